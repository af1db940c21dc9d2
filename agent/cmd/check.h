/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "survey.h"

struct cmd;
struct report;

/* The judgement before a reboot, for `check` and for `setup`. */
struct check {
	const struct cmd *cmd;
	struct survey survey; /* its configuration is read beforehand */
	const char *way;      /* of builder_find_way() */
	bool is_vf_wrong;     /* a `vf =` line */
	bool is_unconfigured; /* and no card was named: each display is judged alone */
};

/* Surveys the machine and plans the next boot. 0 or negative errno. */
int MUST_CHECK check_look(struct check *check);

/* The report of `check --json`, NULL: no memory; and its text for people. */
struct report *check_report(struct check *check);
void check_print(struct check *check, const struct report *report);

/* Judges this display as if it alone were configured; the survey's plan is then its plan. 0 or -ENOMEM. */
int MUST_CHECK check_alone(struct check *check, const struct function *function);

/*
 * Judges a function as if it alone were configured: "claimable", "claimed", or the reason against
 * it; NULL if it is not a display. The configuration names this function afterwards. 0 or -ENOMEM.
 */
int MUST_CHECK check_display(struct survey *survey, const struct function *function,
			     const char **ret_verdict);
