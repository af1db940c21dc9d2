/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

#define UNIT_VERIFY "vfio-claim-verify.service"
#define UNIT_CONFIRM "vfio-claim-confirm.service"
#define UNIT_HIBERNATE "vfio-claim-hibernate.service"

/* Would systemd start it, at the next boot, because some target wants it? */
bool unit_is_enabled(const struct root *root, const char *unit);

/*
 * Enables our units where they are installed and are not: a package does so, `make install` and
 * a distribution's presets do not. Says what it does, and what cannot be done; never fails.
 */
void units_enable(const struct root *root, bool is_dry);
