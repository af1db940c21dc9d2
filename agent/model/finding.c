// SPDX-License-Identifier: GPL-2.0-or-later
/* Collects findings: a code, a severity, a subject, a text and a remedy. Pure. */
#include "model/finding.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	enum severity severity;
} finding_table[FINDING_COUNT_] = {
#define X(code, severity) [FINDING_##code] = { #code, SEVERITY_##severity },
	FINDING_CODES(X)
#undef X
};

static const char *const severity_names[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
	[SEVERITY_UNKNOWN] = "unknown",
};

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

enum severity severity_parse(const char *name)
{
	return text_find(severity_names, SEVERITY_UNKNOWN, name);
}

const char *finding_name(enum finding_code code)
{
	return finding_table[code].name;
}

enum finding_code finding_parse(const char *name)
{
	enum finding_code code = 0;

	/* The agent reads codes too: no call for each. */
	while (code < FINDING_COUNT_ && (*finding_table[code].name != *name ||
					 !streq(finding_table[code].name, name)))
		code++;
	return code;
}

enum severity finding_severity(enum finding_code code)
{
	return finding_table[code].severity;
}

static void finding_done(struct finding *finding)
{
	free(finding->subject);
	free(finding->text);
	free(finding->remedy);
}

static void PRINTF_LIKE(6, 0)
	findings_vadd(struct findings *findings, enum severity severity,
		      const char *subject, enum finding_code code, const char *remedy,
		      const char *format, va_list arguments)
{
	struct finding finding = { .code = code, .severity = severity };

	if (findings->n >= FINDINGS_MAX)
		goto drop;
	finding.text = text_vformat(format, arguments);
	if (!finding.text)
		goto drop;
	if (subject && !(finding.subject = strdup(subject)))
		goto drop;
	if (remedy && !(finding.remedy = strdup(remedy)))
		goto drop;
	if (array_reserve(&findings->items, findings->n, &findings->capacity,
			  sizeof(finding)) < 0)
		goto drop;
	findings->items[findings->n++] = finding;
	return;
drop:
	finding_done(&finding);
	findings->dropped++;
	if (severity == SEVERITY_ERROR)
		findings->dropped_errors++;
}

void findings_add(struct findings *findings, const char *subject, enum finding_code code,
		  const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	findings_vadd(findings, finding_severity(code), subject, code, remedy, format,
		      arguments);
	va_end(arguments);
}

void findings_add_as(struct findings *findings, enum severity severity, const char *subject,
		     enum finding_code code, const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	findings_vadd(findings, severity, subject, code, remedy, format, arguments);
	va_end(arguments);
}

static void replace(char **text, const char *with)
{
	char *copy = with ? strdup(with) : NULL;

	if (!copy)
		return;
	free(*text);
	*text = copy;
}

void findings_add_all(struct findings *findings, const struct findings *others)
{
	for (size_t i = 0; i < others->n; i++) {
		const struct finding *other = &others->items[i];

		findings_add_as(findings, other->severity, other->subject, other->code,
				other->remedy, "%s", other->text);
	}
}

void finding_amend(struct finding *finding, const char *text, const char *remedy)
{
	replace(&finding->text, text);
	replace(&finding->remedy, remedy);
}

bool findings_have(const struct findings *findings, enum finding_code code)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].code == code)
			return true;
	return false;
}

bool findings_have_of(const struct findings *findings, enum finding_code code,
		      const char *subject)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].code == code &&
		    is_string_equal(findings->items[i].subject, subject))
			return true;
	return false;
}

bool findings_have_error(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR)
			return true;
	return findings->dropped_errors > 0;
}

void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_done(&findings->items[i]);
	free(findings->items);
	*findings = (struct findings){};
}
