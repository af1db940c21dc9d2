/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/grub-trial.h"

/*
 * Has GRUB's own program write this trial into the environment block, and reads it back. With no
 * digest: removes it. EXIT_... after a message, else 0.
 */
int grub_count_store(const struct root *root, const struct grub_trial *wanted);
