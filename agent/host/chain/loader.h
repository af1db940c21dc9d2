/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/*
 * A text that the loader of this boot left in an EFI variable (https://systemd.io/BOOT_LOADER_INTERFACE),
 * as far as it is ASCII. False: there is none.
 */
bool loader_variable(const struct root *root, const char *name, char *buffer, size_t size);
