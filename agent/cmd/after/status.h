/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/* The present state of a configured card. Texts belong to the report. */
struct card_status {
	const char *configured, *kind;
	const char *address; /* as configured, if no card was found */
	const char *result;  /* the agent's word, or "lost" */
	bool is_claimed;     /* and every function is still on VFIO */
	bool is_lost;	     /* claimed, but no longer on VFIO */
	const char *code;    /* of the error; "" for a claimed card */
	size_t n_functions, n_held;
	const char *lost;  /* address of the first function not on VFIO; NULL: none */
	char *lost_driver; /* NULL: it has none */
};

struct status {
	const struct report *report; /* NULL: the agent left none */
	struct card_status *cards;
	size_t n_cards;
	const char *code; /* of the first error, MODE_OFF or CRASH_KERNEL; "" */
	bool is_as_configured;
};

/* Reads the driver links of the report's functions. 0 or -ENOMEM. */
int MUST_CHECK status_read(const struct root *root, const struct report *report,
			   struct status *ret_status);
void status_done(struct status *status);

/* For node_exporter's textfile collector; to be freed. NULL: no memory. */
char *status_to_metrics(const struct status *status);
