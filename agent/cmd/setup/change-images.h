/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the images hold, before and after a change. */
#pragma once

#include "cmd/setup/setup.h"

/* Checks whether this system's builder can put the change into what boots. EXIT_... after a message. */
int change_check_images(const struct change *change);

/* Writes everything to disk, opens every image, prints its state. Do all that count hold this configuration? */
bool change_verify_images(struct change *change, const char *text);

/* After a failure: does an image hold the new state, which was taken back? */
bool change_has_new_images(struct change *change);
/* Says for each image what a boot with it does. */
void change_say_next_boot(const struct change *change);
