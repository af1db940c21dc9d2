/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* Has /sys/class/input/NAME the keys that a passphrase is typed with? */
bool keyboard_has_keys(const struct root *root, const char *input);
