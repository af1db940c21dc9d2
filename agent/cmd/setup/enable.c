// SPDX-License-Identifier: GPL-2.0-or-later
/* Enables our systemd units where they are installed but not enabled. Never fails. */
#include "cmd/setup/setup.h"

#include "cmd/setup/child.h"
#include "host/units.h"

#include <stdio.h>

static void enable(const struct root *root, const char *unit, bool is_dry)
{
	const char *const command[] = { "systemctl", "enable", unit, NULL };
	char line[128];
	int r;

	if (!unit_is_installed(root, unit) || unit_is_enabled(root, unit))
		return;
	if (unit_is_masked(root, unit)) {
		printf("%s is masked and stays so.\n", unit);
		return;
	}
	if (is_dry) {
		child_show(command);
		return;
	}
	printf("Running: %s\n", child_format(command, line, sizeof(line)));
	fflush(stdout);
	r = child_run(command);
	if (r)
		fprintf(stderr,
			"vfio-claim: '%s' failed%s%s: the claim is made, but nothing %s\n"
			"  remedy: fix that, then run it by hand and 'vfio-claim setup --rebuild'\n",
			line, r < 0 ? ": " : "", r < 0 ? strerror(-r) : "",
			streq(unit, UNIT_CONFIRM) ?
				"confirms a boot on trial, so there is no trial" :
			streq(unit, UNIT_HIBERNATE) ?
				"withdraws the attempt of a boot that resumes from hibernation" :
				"verifies the claim after the boot");
}

void units_enable(const struct root *root, bool is_dry)
{
	if (!root_exists(root, "/usr/lib/systemd/systemd") &&
	    !root_exists(root, "/lib/systemd/systemd"))
		return;
	enable(root, UNIT_VERIFY, is_dry);
	enable(root, UNIT_CONFIRM, is_dry);
	enable(root, UNIT_HIBERNATE, is_dry);
}
