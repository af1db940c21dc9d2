// SPDX-License-Identifier: GPL-2.0-or-later
/* Records what happens to cards on the running system: in this boot's report and in the journal. */
#include "cmd/live/events.h"

#include "cmd/after/history.h"
#include "cmd/after/journal.h"
#include "cmd/cmd.h"
#include "report/report-change.h"
#include "report/report-events.h"
#include "report/report-file.h"
#include "report/report.h"

/* A changed document is read again, so that its plain data is true. */
static struct report *reread(const struct report *report)
{
	const char *text, *problem;
	size_t size;

	text = report_serialize(report, &size);
	return text ? report_parse(text, size, &problem) : NULL;
}

static int add(const struct root *root, const struct event *event,
	       const struct report_gpu *gpu)
{
	CLEANUP(report_freep) struct report *report = NULL, *changed = NULL;
	_cleanup_free_ char *path = NULL;
	const char *problem;
	int r;

	report = report_read(root, REPORT_PATH, &problem, &r);
	if (!report)
		return r;
	report_add_event(report, event);
	if (gpu)
		report_replace_gpu(report, gpu);
	changed = reread(report);
	if (!changed)
		return -ENOMEM;
	if (gpu)
		report_settle(changed);
	r = report_write(root, changed);
	return r < 0 ? r : history_file(root, changed, &path);
}

int event_tell_card(const struct root *root, const struct event *event,
		    const struct report_gpu *gpu)
{
	/* Without the lock the report is changed all the same. */
	_cleanup_close_ int lock = report_lock(root);
	int r = add(root, event, gpu), told = journal_tell_event(event);

	(void)lock;
	return r < 0 ? r : told;
}

int event_tell(const struct root *root, const struct event *event)
{
	return event_tell_card(root, event, NULL);
}

void event_tell_or_warn(const struct root *root, const struct event *event,
			const struct report_gpu *gpu)
{
	int r = event_tell_card(root, event, gpu);

	if (r < 0)
		cmd_fail("this boot's report does not have the event", r);
}
