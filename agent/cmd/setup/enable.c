// SPDX-License-Identifier: GPL-2.0-or-later
/* Enables our systemd units where they are installed but not enabled. Never fails. */
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"
#include "host/units.h"

#include <stdio.h>

size_t units_to_enable(const struct root *root, const char *ret_units[static UNITS_MAX])
{
	static const char *const units[UNITS_MAX] = { UNIT_VERIFY, UNIT_IMAGES,
						      UNIT_ARRIVALS, UNIT_CONFIRM,
						      UNIT_HIBERNATE };
	size_t n = 0;

	if (!root_exists(root, "/usr/lib/systemd/systemd") &&
	    !root_exists(root, "/lib/systemd/systemd"))
		return 0;
	for (size_t i = 0; i < UNITS_MAX; i++)
		if (unit_is_installed(root, units[i]) &&
		    !unit_is_enabled(root, units[i]) && !unit_is_masked(root, units[i]))
			ret_units[n++] = units[i];
	return n;
}

static void enable(const char *unit)
{
	const char *const command[] = { "systemctl", "enable", unit, NULL };

	if (program_run(command) == 0)
		return;
	if (streq(unit, UNIT_IMAGES) || streq(unit, UNIT_ARRIVALS)) {
		say_error(0, "fix that, then run it by hand",
			  "the claim is made and verified, but nothing %s",
			  streq(unit, UNIT_IMAGES) ?
				  "looks into the boot images after a boot" :
				  "claims a card that comes after the boot");
		return;
	}
	say_error(0, "fix that, then run it by hand and 'vfio-claim setup --rebuild'",
		  "the claim is made, but nothing %s",
		  streq(unit, UNIT_CONFIRM) ?
			  "confirms a boot on trial, so there is no trial" :
		  streq(unit, UNIT_HIBERNATE) ?
			  "withdraws the attempt of a boot that resumes from hibernation" :
			  "verifies the claim after the boot");
}

void units_enable(const struct root *root)
{
	const char *units[UNITS_MAX];
	size_t n = units_to_enable(root, units);

	for (size_t i = 0; i < n; i++)
		enable(units[i]);
}
