// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the journal is told of a boot: entries that people read and programs can search by field.
 * The owner of libsystemd.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "cmd/after/journal.h"

#include "cmd/after/verify.h"
#include "report/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
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

/* "NAME=value"; what is empty is left out. */
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

static int tell_text(journal_send *send, const struct json_object *report)
{
	_cleanup_free_ char *text = report_to_text(report, NULL, false);
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

static int tell_card(journal_send *send, const struct json_object *gpu)
{
	const char *address = report_string(gpu, "address");
	const char *result = report_string(gpu, "result");
	bool is_claimed = streq(result, "claimed");
	const char *configured = report_string(gpu, "configured");
	struct entry entry;

	begin(&entry, is_claimed ? PRIORITY_INFO : PRIORITY_WARNING,
	      is_claimed ? MESSAGE_ID_CLAIMED : MESSAGE_ID_NOT_AS_CONFIGURED);
	add(&entry, "MESSAGE", "%s: %s", *address ? address : configured, result);
	add(&entry, "VFIO_CLAIM_GPU", "%s", *address ? address : configured);
	add(&entry, "VFIO_CLAIM_CONFIGURED", "%s", configured);
	add(&entry, "VFIO_CLAIM_RESULT", "%s", result);
	return finish(&entry, send);
}

static int tell_finding(journal_send *send, const struct json_object *finding)
{
	const char *severity = report_string(finding, "severity");
	const char *subject = report_string(finding, "subject");
	const char *code = report_string(finding, "code");
	bool is_error = streq(severity, "error");
	struct entry entry;

	begin(&entry,
	      is_error			 ? PRIORITY_ERROR :
	      streq(severity, "warning") ? PRIORITY_WARNING :
					   PRIORITY_INFO,
	      is_error ? MESSAGE_ID_NOT_AS_CONFIGURED : "");
	add(&entry, "MESSAGE", "%s%s%s: %s", subject, *subject ? ": " : "", code,
	    report_string(finding, "text"));
	add(&entry, "VFIO_CLAIM_CODE", "%s", code);
	add(&entry, "VFIO_CLAIM_SEVERITY", "%s", severity);
	add(&entry, "VFIO_CLAIM_SUBJECT", "%s", subject);
	add(&entry, "VFIO_CLAIM_REMEDY", "%s", report_string(finding, "remedy"));
	return finish(&entry, send);
}

static int tell_findings(journal_send *send, const struct json_object *object)
{
	int r = 0;

	for (size_t i = 0; i < report_count(object, "findings") && r == 0; i++)
		r = tell_finding(send, report_item(object, "findings", i));
	return r;
}

/* The agent never gives this code to the boot it runs in. */
static bool has_run(const struct json_object *report)
{
	for (size_t i = 0; i < report_count(report, "findings"); i++)
		if (streq(report_string(report_item(report, "findings", i), "code"),
			  "IMAGE_WITHOUT_AGENT"))
			return false;
	return true;
}

static int tell_verdict(journal_send *send, const struct json_object *report,
			const char *filed)
{
	static const char *const ids[] = {
		[VERIFIED_AS_CONFIGURED] = MESSAGE_ID_CLAIMED,
		[VERIFIED_NOT_AS_CONFIGURED] = MESSAGE_ID_NOT_AS_CONFIGURED,
		[VERIFIED_OFF] = "",
		[VERIFIED_NOTHING_CONFIGURED] = "",
	};
	enum verified verified = verified_of(report);
	struct entry entry;

	begin(&entry,
	      verified == VERIFIED_NOT_AS_CONFIGURED ? PRIORITY_ERROR : PRIORITY_NOTICE,
	      has_run(report) ? ids[verified] : MESSAGE_ID_DID_NOT_RUN);
	add(&entry, "MESSAGE", "%s: the agent's result in this boot: %s%s",
	    verified_name(verified), report_string(report, "result"),
	    has_run(report) ? "" : "; it did not run");
	add(&entry, "VFIO_CLAIM_RESULT", "%s", report_string(report, "result"));
	add(&entry, "VFIO_CLAIM_VERIFIED", "%s", verified_name(verified));
	add(&entry, "VFIO_CLAIM_REPORT", "%s", filed ? filed : "");
	return finish(&entry, send);
}

int journal_tell_to(journal_send *send, const struct json_object *report, const char *filed)
{
	int r;

	r = tell_text(send, report);
	for (size_t i = 0; i < report_count(report, "gpus") && r == 0; i++)
		r = tell_card(send, report_item(report, "gpus", i));
	if (r == 0)
		r = tell_findings(send, report);
	if (r == 0)
		r = tell_findings(send, report_member(report, "verified"));
	return r < 0 ? r : tell_verdict(send, report, filed);
}

static int send_to_journal(const struct iovec *fields, int n)
{
	return sd_journal_sendv(fields, n);
}

int journal_tell(const struct json_object *report, const char *filed)
{
	return journal_tell_to(send_to_journal, report, filed);
}
