/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/live/vf-run.h"

struct cmd;
struct report;

/* Starts the lines of the view; or undoes (not NULL). Adds what has happened, or would be refused, to the
 * report, which is not this boot's; NULL: prints it. 0, or an exit code after messages. */
int vf_live_work(const struct cmd *cmd, struct vf_view *view, const struct vf_undo *undo,
		 struct report *report);

void vf_live_print(const struct cmd *cmd, const struct findings *findings);
