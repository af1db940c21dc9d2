/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/channel.h"
#include "act/execute.h"
#include "cmd/cmd.h"
#include "model/event.h"
#include "report/report-parse.h"

struct users;

/* What is asked of the cards of the running system. */
enum live_wish { LIVE_CLAIM, LIVE_RELEASE, LIVE_HOLD };

struct live_order {
	const struct cmd *cmd;
	enum live_wish wish;
	enum event_cause cause;
	struct config config; /* as read; the cards meant replace its own if it does not name them */
	/* The functions meant, one of each card; none: all configured cards, or the awaited lines. */
	struct bdf *functions;
	size_t n_functions;
	struct strings awaited; /* lines of the configuration */
	bool is_dry_run;
};

/* The configuration alone. 0 or an exit code. */
int MUST_CHECK live_begin(const struct cmd *cmd, struct live_order *order);
/* 0 or -ENOMEM. */
int MUST_CHECK live_add_function(struct live_order *order, const struct bdf *address);
/* The configuration, and the cards that the arguments of the command mean. 0 or an exit code. */
int MUST_CHECK live_prepare(const struct cmd *cmd, struct live_order *order);
void live_order_done(struct live_order *order);

/* Keeps all others that change cards away until the descriptor is closed. Waits for the configured
 * timeout; negative errno, after a message. */
int MUST_CHECK live_lock(const struct live_order *order);

/* Does what is asked, in a child with a deadline. The report tells what became of each card of the
 * configuration, and only those that live_is_meant() names were touched. To be freed; NULL: no memory. */
struct report *live_run(struct live_order *order);
bool live_is_meant(const struct live_order *order, const struct report_gpu *gpu);

/* Adds an event for each card meant to this boot's report. Where functions that arrive are judged, these
 * have been told about. */
void live_tell(const struct live_order *order, const struct report *report);
/* The card's functions are no arrivals as long as they stay. 0 or negative errno. */
int MUST_CHECK live_note(const struct root *root, const struct report_gpu *gpu);
/* Does this boot's report, which `arrive` asks, have each card meant as it is now? Without a report
 * nothing is claimed later on. */
bool live_is_remembered(const struct live_order *order, const struct report *report);
/* Is each card meant as it was asked for? */
bool live_is_done(const struct live_order *order, const struct report *report);
