/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"
#include "model/finding-texts.h"

enum severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_ERROR,
	SEVERITY_UNKNOWN, /* another word, in a report */
};

enum finding_code {
#define X(code, severity) FINDING_##code,
	FINDING_CODES(X)
#undef X
		FINDING_COUNT_,
	FINDING_UNKNOWN = FINDING_COUNT_, /* another code, in a report */
};

struct finding {
	enum finding_code code;
	enum severity severity;
	char *subject; /* an address, "file:line" or a parameter; may be NULL */
	char *text;
	char *remedy; /* may be NULL */
};

struct findings {
	struct finding *items;
	size_t n, capacity;
	size_t dropped; /* findings beyond FINDINGS_MAX, or lost to a failed allocation */
	size_t dropped_errors; /* errors among these */
};

#define FINDINGS_MAX 64

const char *severity_name(enum severity severity);
enum severity severity_parse(const char *name);
const char *finding_name(enum finding_code code);
enum finding_code finding_parse(const char *name);
enum severity finding_severity(enum finding_code code);
/* Adds with the code's own severity. finding-texts.h has the last three arguments in one. A finding
 * that does not fit is counted, so that no error is lost. */
void findings_add(struct findings *findings, const char *subject, enum finding_code code,
		  const char *remedy, const char *format, ...) PRINTF_LIKE(5, 6);
void findings_add_as(struct findings *findings, enum severity severity,
		     const char *subject, enum finding_code code, const char *remedy,
		     const char *format, ...) PRINTF_LIKE(6, 7);
/* Adds copies of all of them. */
void findings_add_all(struct findings *findings, const struct findings *others);
/* Replaces the text (NULL: it stays) and the remedy. Without memory both stay. */
void finding_amend(struct finding *finding, const char *text, const char *remedy);
bool findings_have(const struct findings *findings, enum finding_code code);
bool findings_have_of(const struct findings *findings, enum finding_code code,
		      const char *subject);
bool findings_have_error(const struct findings *findings);
void findings_done(struct findings *findings);
