/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to cards after the boot agent was done, in the same boot. */
#pragma once

#include "model/model.h"

enum event_kind {
	EVENT_CLAIMED,
	EVENT_RELEASED,	     /* to the host's drivers, as asked */
	EVENT_HELD,	     /* no driver may have it, as asked */
	EVENT_REFUSED,	     /* nothing was changed */
	EVENT_FAILED,	     /* it was tried, and given back */
	EVENT_GONE,	     /* removed from the system */
	EVENT_LOST,	     /* another driver has it, or none */
	EVENT_UNREACHABLE,   /* reads return all ones */
	EVENT_GROUP_CHANGED, /* its group has members that keep VFIO from it */
	EVENT_UNKNOWN,	     /* another word, in a report */
};

enum event_cause { CAUSE_COMMAND, CAUSE_ARRIVAL, CAUSE_WATCH, CAUSE_VF };

struct event {
	enum event_kind kind;
	enum event_cause cause;
	struct bdf address; /* of the card's first function */
	const char *text;
	const struct findings *findings; /* NULL: none */
};

const char *event_kind_name(enum event_kind kind);
enum event_kind event_kind_parse(const char *name);
const char *event_cause_name(enum event_cause cause);
