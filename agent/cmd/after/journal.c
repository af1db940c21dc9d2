// SPDX-License-Identifier: GPL-2.0-or-later
/* Sends a report to the journal as entries with fields. The owner of libsystemd. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "cmd/after/journal.h"

#include "cmd/after/verify-verdict.h"
#include "model/event.h"
#include "model/finding.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#define FIELDS_MOST 12

enum priority {
	PRIORITY_ERROR = 3,
	PRIORITY_WARNING = 4,
	PRIORITY_NOTICE = 5,
	PRIORITY_INFO
};

struct entry {
	char *fields[FIELDS_MOST];
	size_t n;
	int error;
};

bool journal_is_stdout(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDOUT_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

void journal_tell_ready(void)
{
	sd_notify(0, "READY=1");
}

/* Adds "NAME=value", unless the value is empty. */
static void PRINTF_LIKE(3, 4)
	add(struct entry *entry, const char *name, const char *format, ...)
{
	_cleanup_free_ char *value = NULL;
	va_list arguments;
	char *field = NULL;

	va_start(arguments, format);
	value = text_vformat(format, arguments);
	va_end(arguments);
	if (value && !*value)
		return;
	if (value && entry->n < FIELDS_MOST)
		field = text_format("%s=%s", name, value);
	if (field)
		entry->fields[entry->n++] = field;
	else
		entry->error = -ENOMEM;
}

static int finish(struct entry *entry, journal_send *send)
{
	struct iovec fields[FIELDS_MOST];
	int r = entry->error;

	for (size_t i = 0; i < entry->n; i++)
		fields[i] = (struct iovec){ entry->fields[i], strlen(entry->fields[i]) };
	if (r == 0)
		r = send(fields, entry->n);
	for (size_t i = 0; i < entry->n; i++)
		free(entry->fields[i]);
	return r;
}

static void begin(struct entry *entry, enum priority priority, const char *id)
{
	*entry = (struct entry){};
	add(entry, "SYSLOG_IDENTIFIER", "vfio-claim");
	add(entry, "PRIORITY", "%d", priority);
	add(entry, "MESSAGE_ID", "%s", id);
}

static int tell_text(journal_send *send, const struct report *report)
{
	_cleanup_free_ char *text = report_to_text(report, NULL, NULL);
	char *rest = text, *line;
	int r = text ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n"))) {
		struct entry entry;

		if (!*line)
			continue;
		begin(&entry, PRIORITY_INFO, "");
		add(&entry, "MESSAGE", "%s", line);
		r = finish(&entry, send);
	}
	return r;
}

static int tell_card(journal_send *send, const struct report_gpu *gpu)
{
	const char *card = *gpu->address ? gpu->address : gpu->configured;
	bool is_claimed = gpu->result == RESULT_CLAIMED;
	struct entry entry;

	begin(&entry, is_claimed ? PRIORITY_INFO : PRIORITY_WARNING,
	      is_claimed ? MESSAGE_ID_CLAIMED : MESSAGE_ID_NOT_AS_CONFIGURED);
	add(&entry, "MESSAGE", "%s: %s", card, gpu->result_word);
	add(&entry, "VFIO_CLAIM_GPU", "%s", card);
	add(&entry, "VFIO_CLAIM_CONFIGURED", "%s", gpu->configured);
	add(&entry, "VFIO_CLAIM_RESULT", "%s", gpu->result_word);
	return finish(&entry, send);
}

static int tell_finding(journal_send *send, const struct report_finding *finding)
{
	bool is_error = finding->severity == SEVERITY_ERROR;
	struct entry entry;

	begin(&entry,
	      is_error				    ? PRIORITY_ERROR :
	      finding->severity == SEVERITY_WARNING ? PRIORITY_WARNING :
						      PRIORITY_INFO,
	      is_error ? MESSAGE_ID_NOT_AS_CONFIGURED : "");
	add(&entry, "MESSAGE", "%s%s%s: %s", finding->subject,
	    *finding->subject ? ": " : "", finding->code_word, finding->text);
	add(&entry, "VFIO_CLAIM_CODE", "%s", finding->code_word);
	add(&entry, "VFIO_CLAIM_SEVERITY", "%s", finding->severity_word);
	add(&entry, "VFIO_CLAIM_SUBJECT", "%s", finding->subject);
	add(&entry, "VFIO_CLAIM_REMEDY", "%s", finding->remedy);
	return finish(&entry, send);
}

static int tell_findings(journal_send *send, const struct report_findings *findings)
{
	int r = 0;

	for (size_t i = 0; i < findings->n && r == 0; i++)
		r = tell_finding(send, &findings->items[i]);
	return r;
}

static int tell_verdict(journal_send *send, const struct report *report, const char *filed)
{
	static const char *const ids[] = {
		[VERIFIED_AS_CONFIGURED] = MESSAGE_ID_CLAIMED,
		[VERIFIED_NOT_AS_CONFIGURED] = MESSAGE_ID_NOT_AS_CONFIGURED,
		[VERIFIED_OFF] = "",
		[VERIFIED_NOTHING_CONFIGURED] = "",
		[VERIFIED_RELEASED] = "",
		[VERIFIED_PENDING] = "",
	};
	enum verified verified = report->verified.result;
	struct entry entry;

	begin(&entry,
	      verified == VERIFIED_NOT_AS_CONFIGURED ? PRIORITY_ERROR : PRIORITY_NOTICE,
	      verify_has_run(report) ? ids[verified] : MESSAGE_ID_DID_NOT_RUN);
	add(&entry, "MESSAGE", "%s: result of the agent in this boot: %s%s",
	    verified_name(verified), report->result_word,
	    verify_has_run(report) ? "" : "; it did not run");
	add(&entry, "VFIO_CLAIM_RESULT", "%s", report->result_word);
	add(&entry, "VFIO_CLAIM_VERIFIED", "%s", verified_name(verified));
	add(&entry, "VFIO_CLAIM_REPORT", "%s", filed ? filed : "");
	return finish(&entry, send);
}

int journal_tell_to(journal_send *send, const struct report *report, const char *filed)
{
	int r;

	r = tell_text(send, report);
	for (size_t i = 0; i < report->n_gpus && r == 0; i++)
		r = tell_card(send, &report->gpus[i]);
	if (r == 0)
		r = tell_findings(send, &report->findings);
	if (r == 0)
		r = tell_findings(send, &report->verified.findings);
	if (r == 0)
		r = tell_findings(send, &report->verified.image_findings);
	return r < 0 ? r : tell_verdict(send, report, filed);
}

static size_t count_current(const struct report_verified *verified)
{
	size_t n = 0;

	for (size_t i = 0; i < verified->n_images; i++)
		n += streq(verified->images[i].state, "current");
	return n;
}

/* An image that claims nothing, or something else, is no fault of this boot. */
static int tell_images(journal_send *send, const struct report *report, const char *filed)
{
	const struct report_verified *verified = &report->verified;
	bool is_judged = *verified->images_at != '\0';
	struct entry entry;

	begin(&entry, verified->image_findings.n ? PRIORITY_WARNING : PRIORITY_NOTICE,
	      verified->image_findings.n ? MESSAGE_ID_IMAGES : "");
	if (is_judged)
		add(&entry, "MESSAGE", "boot images: %zu of %zu hold this configuration",
		    count_current(verified), verified->n_images);
	else
		add(&entry, "MESSAGE", "boot images: not judged");
	add(&entry, "VFIO_CLAIM_VERIFIED", "%s", verified_name(verified->result));
	add(&entry, "VFIO_CLAIM_REPORT", "%s", filed ? filed : "");
	return finish(&entry, send);
}

int journal_tell_images_to(journal_send *send, const struct report *report,
			   bool is_changed, const char *filed)
{
	int r = tell_findings(send, &report->verified.image_findings);

	if (r == 0)
		r = tell_images(send, report, filed);
	return r < 0 || !is_changed ? r : tell_verdict(send, report, filed);
}

static const char *id_of_event(enum event_kind kind)
{
	switch (kind) {
	case EVENT_CLAIMED:
		return MESSAGE_ID_CLAIMED;
	case EVENT_RELEASED:
	case EVENT_HELD:
		return "";
	case EVENT_GONE:
	case EVENT_LOST:
	case EVENT_UNREACHABLE:
	case EVENT_GROUP_CHANGED:
		return MESSAGE_ID_CHANGED;
	default:
		return MESSAGE_ID_NOT_AS_CONFIGURED;
	}
}

static bool is_good(enum event_kind kind)
{
	return kind == EVENT_CLAIMED || kind == EVENT_RELEASED || kind == EVENT_HELD;
}

int journal_tell_event_to(journal_send *send, const struct event *event)
{
	const struct findings *findings = event->findings;
	const char *kind = event_kind_name(event->kind);
	char address[PCI_ADDRESS_SIZE];
	struct entry entry;
	int r;

	bdf_format(&event->address, address);
	begin(&entry, is_good(event->kind) ? PRIORITY_NOTICE : PRIORITY_WARNING,
	      id_of_event(event->kind));
	add(&entry, "MESSAGE", "%s: %s%s%s", address, kind, *event->text ? ": " : "",
	    event->text);
	add(&entry, "VFIO_CLAIM_GPU", "%s", address);
	add(&entry, "VFIO_CLAIM_EVENT", "%s", kind);
	add(&entry, "VFIO_CLAIM_CAUSE", "%s", event_cause_name(event->cause));
	r = finish(&entry, send);
	for (size_t i = 0; findings && i < findings->n && r == 0; i++) {
		const struct finding *finding = &findings->items[i];
		const struct report_finding told = {
			.severity = finding->severity,
			.code_word = finding_name(finding->code),
			.severity_word = severity_name(finding->severity),
			.subject = finding->subject ? finding->subject : "",
			.text = finding->text,
			.remedy = finding->remedy ? finding->remedy : "",
		};

		r = tell_finding(send, &told);
	}
	return r;
}

static int send_to_journal(const struct iovec *fields, int n)
{
	return sd_journal_sendv(fields, n);
}

int journal_tell(const struct report *report, const char *filed)
{
	return journal_tell_to(send_to_journal, report, filed);
}

int journal_tell_images(const struct report *report, bool is_changed, const char *filed)
{
	return journal_tell_images_to(send_to_journal, report, is_changed, filed);
}

int journal_tell_event(const struct event *event)
{
	return journal_tell_event_to(send_to_journal, event);
}
