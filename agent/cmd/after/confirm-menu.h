/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/*
 * What `confirm` does where GRUB counts the trial, because there are no EFI variables. All return
 * EXIT_... and print what was done.
 */
int confirm_menu(const struct root *root);
/* --again, --hibernating and --resumed. */
int confirm_menu_again(const struct root *root);
int confirm_menu_hibernating(const struct root *root);
int confirm_menu_resumed(const struct root *root);
