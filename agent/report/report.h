/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"
#include "trial/trial.h"

struct json_object;

#define REPORT_FOLDER "/run/vfio-claim"
#define REPORT_JSON "report.json"
#define REPORT_TEXT "report.txt"
#define REPORT_LOCK "lock" /* who claims */
#define REPORT_SIZE_MAX (4 << 20)
#define REPORT_VERSION 1
#ifndef VERSION
#define VERSION "unknown"
#endif

/* All that one run knows. What has not come about yet is NULL. */
struct run {
	const struct config *config;
	const struct snapshot *snapshot;
	const struct plan *plan;
	const struct outcome *outcome;
	double started_at;	/* seconds since kernel start */
	enum result unfinished; /* the result of a target that the outcome does not tell of */
	const struct trial_status *trial;
};

/* The document of docs/design.md; NULL: no memory. To be put. */
struct json_object *report_build(const struct run *run);

/* NULL when this is no report, or of a newer version; *ret_problem says which, in static words. */
struct json_object *report_parse(const char *text, size_t size, const char **ret_problem);
/* The document as a file has it. Belongs to the document. */
const char *report_serialize(struct json_object *report, size_t *ret_size);
void report_put(struct json_object *report);

/* One finding more, with its default severity; the results stay as they are. */
void report_add_failure(struct json_object *report, enum finding_code code,
			const char *text, const char *remedy);
void report_set_duration(struct json_object *report, double duration_ms);

/* Reading; "" and 0 where there is no such member. */
const char *report_string(const struct json_object *object, const char *key);
size_t report_count(const struct json_object *object, const char *key);
struct json_object *report_item(const struct json_object *object, const char *key,
				size_t index);
const char *report_element_string(const struct json_object *object, const char *key,
				  size_t index);
struct json_object *report_member(const struct json_object *object, const char *key);
double report_number(const struct json_object *object, const char *key);
bool report_is_null(const struct json_object *object, const char *key);

/* Changes what was read back of a function, and then the results that follow from it. */
void report_set_driver(struct json_object *function, const char *driver);
void report_settle(struct json_object *report);

/* Names for people, from the running system's pci.ids; the boot agent has none. */
struct report_names {
	/* Writes "Vendor Device" or nothing into buffer. */
	void (*lookup)(void *data, const char *id, char *buffer, size_t size);
	void *data;
};

/* The same for people; to be freed. NULL: no memory. */
char *report_to_text(const struct json_object *report, const struct report_names *names,
		     bool use_colour);

static inline void report_putp(struct json_object **report)
{
	report_put(*report);
}
