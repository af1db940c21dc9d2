/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/live/vf-run.h"

struct cmd;

/* Starts the lines of the view; or undoes (not NULL). 0, or an exit code after messages. */
int vf_live_work(const struct cmd *cmd, struct vf_view *view, const struct vf_undo *undo);

void vf_live_print(const struct cmd *cmd, const struct findings *findings);
