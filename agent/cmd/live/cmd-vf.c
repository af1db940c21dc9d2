// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim vf`: makes the virtual functions that the `vf =` lines want and takes those for VMs, or
 * undoes that. Runs from vfio-claim-vf.service.
 */
#include "cmd/cmd.h"
#include "cmd/live/vf-live.h"
#include "model/finding.h"

#include <stdio.h>

static struct {
	bool is_undo, is_unfinished;
} options;

static const struct verb_option rows[] = {
	{ "undo", "remove the virtual functions that were made in this boot, the last first",
	  .sets = &options.is_undo },
	{ "unfinished", "with --undo: only what a start that was killed has left",
	  .sets = &options.is_unfinished },
	{},
};

static int run(const struct cmd *cmd, struct vf_view *view)
{
	const struct config *config = &view->survey.config;
	const struct vf_undo undo = { .is_unfinished_only = options.is_unfinished };
	int r;

	vf_live_print(cmd, &config->findings);
	vf_live_print(cmd, &view->findings);
	if (!options.is_undo && findings_have_error(&config->findings))
		return EXIT_USAGE;
	if (!options.is_undo && config->mode != MODE_CLAIM) {
		puts("switched off for this boot: no virtual function is made");
		return EXIT_AS_CONFIGURED;
	}
	if (!cmd->root.is_live)
		return findings_have_error(&view->findings) ? EXIT_USAGE :
							      EXIT_AS_CONFIGURED;
	r = vf_live_work(cmd, view, options.is_undo ? &undo : NULL, NULL);
	return findings_have_error(&view->findings) ? EXIT_USAGE : r;
}

static int cmd_vf(const struct cmd *cmd)
{
	struct vf_view view;
	int r;

	if (options.is_unfinished && !options.is_undo)
		return verb_usage_error(cmd->verb, "--unfinished goes with --undo");
	r = vf_view_read(&cmd->root, &view);
	if (r < 0)
		return cmd_fail("vf", r);
	r = run(cmd, &view);
	vf_view_done(&view);
	return r;
}

const struct verb verb_vf = {
	.name = "vf",
	.details =
		"For vfio-claim-vf.service: makes the virtual functions that the 'vf =' lines of the "
		"configuration want, claims those for VMs, and gives the others to the host's "
		"drivers. Changes nothing that is right already, and nothing that is in use. Below "
		"a sysroot it only reads the lines.",
	.exit_codes =
		"Exit code: 0 as configured; 1 not as configured; 2 the configuration is wrong.",
	.options = rows,
	.run = cmd_vf,
};
