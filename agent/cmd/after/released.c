// SPDX-License-Identifier: GPL-2.0-or-later
/* Says of a card that `vfio-claim release` gave away when that was, and how to take it again. Pure. */
#include "cmd/after/released.h"

#include "report/report-events.h"

/* The last of these events: those of other kinds may be later. */
static const char *find_time(const struct report_events *events,
			     const struct report_gpu *gpu)
{
	enum event_kind kind = gpu->result == RESULT_HELD ? EVENT_HELD : EVENT_RELEASED;

	for (size_t i = events->n; i-- > 0;)
		if (events->items[i].kind == kind &&
		    report_gpu_has(gpu, events->items[i].address))
			return events->items[i].at;
	return NULL;
}

char *released_describe(const struct report *report, const struct report_gpu *gpu)
{
	CLEANUP(report_events_done) struct report_events events = {};
	const char *at;

	if (report_events_read(report, &events) < 0)
		return NULL;
	at = find_time(&events, gpu);
	return text_format("'vfio-claim release%s' gave it %s%s%s",
			   gpu->result == RESULT_HELD ? " --hold" : "",
			   gpu->result == RESULT_HELD ? "to no driver" : "to the host",
			   at ? " at " : "", at ? at : "");
}

char *released_remedy(const struct report_gpu *gpu)
{
	return text_format("run 'vfio-claim claim %s' to take it again; the release ends with this boot",
			   gpu->address);
}
