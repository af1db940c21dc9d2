/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Does /sys/class/input/NAME have the keys to type a passphrase? */
bool keyboard_has_keys(const struct root *root, const char *input);
