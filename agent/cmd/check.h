/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "survey.h"

struct cmd;
struct report;

/* The judgement before a reboot, for `check` and for `setup`. */
struct check {
	const struct cmd *cmd;
	struct survey survey; /* its configuration is there before all else */
	bool is_unconfigured;
};

/* What is so, and what the agent would do at the next boot. 0 or negative errno. */
int MUST_CHECK check_look(struct check *check);

/* As of `check --json`; NULL: no memory. Then the same for people. */
struct report *check_report(struct check *check);
void check_print(struct check *check, const struct report *report);

/*
 * As if this function alone were configured: "claimable", "claimed", or why not; NULL for what
 * is no display. Leaves the configuration naming it. 0 or -ENOMEM.
 */
int MUST_CHECK check_display(struct survey *survey, const struct function *function,
			     const char **ret_verdict);
