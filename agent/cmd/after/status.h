/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/* One configured card now. Texts belong to the report. */
struct card_status {
	const char *configured, *kind;
	const char *address; /* as configured where no card was found */
	const char *result;  /* the agent's word, or "lost" */
	bool is_claimed;     /* and all of it still ours */
	bool is_lost;	     /* claimed, and not ours any more */
	const char *code;    /* of what is wrong; "" for a claimed card */
	size_t n_functions, n_held;
	const char *lost; /* address of the first function that is not ours; NULL: none */
	char *lost_driver; /* NULL: it has none */
};

struct status {
	const struct report *report; /* NULL: the agent left none */
	struct card_status *cards;
	size_t n_cards;
	const char *code; /* of the first error, MODE_OFF or CRASH_KERNEL; "" */
	bool is_as_configured;
};

/* Driver links are read anew. 0 or -ENOMEM. */
int MUST_CHECK status_read(const struct root *root, const struct report *report,
			   struct status *ret_status);
void status_done(struct status *status);

/* For node_exporter's textfile collector; to be freed. NULL: no memory. */
char *status_to_metrics(const struct status *status);
