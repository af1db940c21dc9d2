/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/event.h"

/* What is wrong with a claimed card, and the kind of the event that says so. */
struct watch_faults {
	struct findings findings;
	enum event_kind kinds[FINDINGS_MAX]; /* of each finding */
};

/* A card as it is now. */
struct watch_look {
	struct watch_faults faults;
	bool is_known[FINDINGS_MAX]; /* `verify` has reported this fault in this boot */
	/* The last event of the card in this boot's report. EVENT_UNKNOWN: none. */
	enum event_kind last;
	bool is_last_ours;    /* the watch itself has told it */
	bool is_last_in_vain; /* an arrival, whose card was not claimed again */
	char *mark;	      /* distinguishes it from other events; NULL: none */
};

/* What was told about a card. */
struct watch_state {
	bool has_looked;
	struct watch_faults told;
	char *mark; /* of the last event that was seen */
};

struct watch_changes {
	bool is_new[FINDINGS_MAX]; /* of the state's faults after the step */
	bool is_whole_again;
};

/*
 * Finds what has changed and was not told yet, by whatever part of vfio-claim. The look's faults become
 * the state's.
 */
void watch_step(struct watch_state *state, struct watch_look *look,
		struct watch_changes *ret_changes);

void watch_look_done(struct watch_look *look);
void watch_state_done(struct watch_state *state);
