/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/* What became of a configured card, and what the next boot does. */
enum card_state {
	CARD_CLAIMED, /* every function is on a VFIO driver now */
	CARD_PENDING, /* the boot images hold its line: the next boot claims it */
	CARD_NOT_IN_IMAGE,
	CARD_REFUSED,
	CARD_FAILED,
	CARD_LOST,	     /* claimed, but no longer on VFIO */
	CARD_GIVEN_UP,	     /* its trial is spent */
	CARD_NOT_CONFIGURED, /* this boot claimed it, but the file no longer names it */
	CARD_CLAIMABLE,	     /* judged alone: vfio_claim.mode=check */
	CARD_OFF,	     /* not examined: vfio_claim.mode=off, or a crash kernel */
};

/* "claimed", "not in any image"; the words of every screen, of JSON and of metrics. */
const char *card_state_name(enum card_state state);

/* The present state of a configured card. Texts belong to the report. */
struct card_status {
	const char *configured, *kind;
	const char *address; /* as configured, if no card was found */
	const char *result;  /* the agent's word, or "lost" */
	enum card_state state;
	bool is_claimed;  /* and every function is still on VFIO */
	bool is_lost;	  /* claimed, but no longer on VFIO */
	const char *code; /* of the error; "" for a claimed card */
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
