// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the programs of a change, and shows their output where it is needed. */
#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"

int program_end(const char *const *command, int r)
{
	char line[256];

	child_format(command, line, sizeof(line));
	if (r < 0)
		return cmd_fail(line, r);
	if (r > 0)
		say_error(0, NULL, "'%s' failed with %d", line, r);
	return r ? EXIT_NOT_AS_CONFIGURED : 0;
}

int program_run(const char *const *command)
{
	CLEANUP(strings_done) struct strings kept = {};
	char line[256];
	int r;

	if (!command)
		return 0;
	say_paragraph("Running: %s", child_format(command, line, sizeof(line)));
	r = child_run(command, say_keep, &kept);
	if (r)
		say_kept(&kept);
	else
		say_kept_of_ours(&kept);
	return program_end(command, r);
}
