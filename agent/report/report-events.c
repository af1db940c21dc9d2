// SPDX-License-Identifier: GPL-2.0-or-later
/* The events of a boot in its report. The boot agent has none. */
#include "report/report-events.h"

#include "base/clock.h"
#include "report/report-document.h"

#include <time.h>

static void read_event(const struct json_object *object, struct report_event *event)
{
	*event = (struct report_event){
		.kind_word = document_string(object, "kind"),
		.cause_word = document_string(object, "cause"),
		.at = document_string(object, "at"),
		.address = document_string(object, "address"),
		.text = document_string(object, "text"),
	};
	event->kind = event_kind_parse(event->kind_word);
}

int report_events_read(const struct report *report, struct report_events *ret_events)
{
	const struct json_object *array = document_member(report->document, "events");
	size_t n = document_length(array);

	*ret_events = (struct report_events){};
	if (!n)
		return 0;
	ret_events->items = calloc(n, sizeof(*ret_events->items));
	if (!ret_events->items)
		return -ENOMEM;
	ret_events->n = n;
	for (size_t i = 0; i < n; i++)
		read_event(document_element(array, i), &ret_events->items[i]);
	return 0;
}

void report_events_done(struct report_events *events)
{
	free(events->items);
	*events = (struct report_events){};
}

const struct report_event *report_events_last(const struct report_events *events,
					      const char *address)
{
	for (size_t i = events->n; i > 0; i--)
		if (streq(events->items[i - 1].address, address))
			return &events->items[i - 1];
	return NULL;
}

void report_add_event(struct report *report, const struct event *event)
{
	struct json_object *events = document_member(report->document, "events"), *object;
	char at[CLOCK_TEXT_SIZE], address[PCI_ADDRESS_SIZE];

	if (!document_is_array(events))
		events = document_add_array(report->document, "events");
	document_keep_last(events, REPORT_EVENTS_MOST - 1);
	object = document_append_object(events);
	document_add_string(object, "at", clock_format_iso(time(NULL), at));
	document_add_string(object, "kind", event_kind_name(event->kind));
	document_add_string(object, "cause", event_cause_name(event->cause));
	document_add_string(object, "address", bdf_format(&event->address, address));
	document_add_string(object, "text", event->text);
	document_append_findings(document_add_array(object, "findings"),
				 event->findings ? event->findings : &(struct findings){});
}

void report_copy_events(struct report *report, const struct report *from)
{
	struct json_object *from_events = document_member(from->document, "events"),
			   *events;

	if (!from_events)
		return;
	events = document_add_array(report->document, "events");
	for (size_t i = 0; i < document_length(from_events); i++)
		document_append_shared(events, document_element(from_events, i));
}

/* The findings that the boot had about this line of the configuration. */
static void forget_findings(struct report *report, const struct report_gpu *gpu)
{
	struct json_object *findings = document_member(report->document, "findings");

	for (size_t i = report->findings.n; i > 0; i--) {
		const char *subject = report->findings.items[i - 1].subject;

		if (streq(subject, gpu->origin) || streq(subject, gpu->configured) ||
		    report_gpu_has(gpu, subject))
			document_remove_element(findings, i - 1);
	}
}

void report_replace_gpu(struct report *report, const struct report_gpu *gpu)
{
	struct json_object *gpus = document_member(report->document, "gpus");
	size_t i = 0;

	while (i < report->n_gpus && !streq(report->gpus[i].configured, gpu->configured))
		i++;
	if (i < report->n_gpus)
		document_set_element(gpus, i, gpu->object);
	else
		document_append_shared(gpus, gpu->object);
	forget_findings(report, gpu);
}
