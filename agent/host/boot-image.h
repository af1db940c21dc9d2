/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/images.h"

/*
 * Opens the image, and sets its state and what is wrong with it: compared with the configuration, and its files
 * with those that they are copies of. 0 or -ENOMEM.
 */
int MUST_CHECK boot_image_look(const struct root *system, const char *config_sha256,
			       struct boot_image *image);
void boot_image_done(struct boot_image *image);
