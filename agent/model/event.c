// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of events in a report. */
#include "model/event.h"

static const char *const kind_names[] = {
	[EVENT_CLAIMED] = "claimed",
	[EVENT_RELEASED] = "released",
	[EVENT_HELD] = "held",
	[EVENT_REFUSED] = "refused",
	[EVENT_FAILED] = "failed",
	[EVENT_GONE] = "gone",
	[EVENT_LOST] = "lost",
	[EVENT_UNREACHABLE] = "unreachable",
	[EVENT_GROUP_CHANGED] = "group-changed",
	[EVENT_UNKNOWN] = "unknown",
};

const char *event_kind_name(enum event_kind kind)
{
	return kind_names[kind];
}

enum event_kind event_kind_parse(const char *name)
{
	return text_find(kind_names, EVENT_UNKNOWN, name);
}

const char *event_cause_name(enum event_cause cause)
{
	static const char *const names[] = {
		[CAUSE_COMMAND] = "command",
		[CAUSE_ARRIVAL] = "arrival",
		[CAUSE_WATCH] = "watch",
		[CAUSE_VF] = "virtual-functions",
	};

	return names[cause];
}
