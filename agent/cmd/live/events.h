/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/event.h"

struct report_gpu;

/*
 * Adds the event to this boot's report (under its lock), to the filed report and to the journal.
 * 0 or negative errno; -ENOENT: the boot left no report, and the journal alone has it.
 */
int MUST_CHECK event_tell(const struct root *root, const struct event *event);
/* The same, and the report has the card as it is now. NULL: without. */
int MUST_CHECK event_tell_card(const struct root *root, const struct event *event,
			       const struct report_gpu *gpu);
/* Tells, and prints a message if that fails: what was done is done. */
void event_tell_or_warn(const struct root *root, const struct event *event,
			const struct report_gpu *gpu);
