/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/event.h"
#include "report/report-parse.h"

#define REPORT_EVENTS_MOST 100 /* of a boot; the oldest give way */

struct report_event {
	enum event_kind kind;
	const char *kind_word, *cause_word, *at, *address, *text;
};

/* The document of the report owns all texts. */
struct report_events {
	struct report_event *items;
	size_t n;
};

/* 0 or -ENOMEM. */
int MUST_CHECK report_events_read(const struct report *report,
				  struct report_events *ret_events);
void report_events_done(struct report_events *events);
/* NULL: nothing has happened to this card since the boot. */
const struct report_event *report_events_last(const struct report_events *events,
					      const char *address);

/* Adds the event, with the present time. */
void report_add_event(struct report *report, const struct event *event);
/* To a report that has none yet. Changes the document alone. */
void report_copy_events(struct report *report, const struct report *from);
/*
 * Puts the card as another report has it in place of the one with the same line of the
 * configuration, and removes the boot's findings about it. Changes the document alone: to be
 * serialized and read again.
 */
void report_replace_gpu(struct report *report, const struct report_gpu *gpu);
