/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

#define UNIT_VERIFY "vfio-claim-verify.service"
#define UNIT_IMAGES "vfio-claim-images.service"
#define UNIT_ARRIVALS "vfio-claim-arrivals.service"
#define UNIT_CONFIRM "vfio-claim-confirm.service"
#define UNIT_HIBERNATE "vfio-claim-hibernate.service"

bool unit_is_installed(const struct root *root, const char *unit);
/* A link to /dev/null, or an empty file, in place of the unit (systemctl mask). */
bool unit_is_masked(const struct root *root, const char *unit);
/* Would systemd start the unit at the next boot, because some other unit wants it? */
bool unit_is_enabled(const struct root *root, const char *unit);
