/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

struct json_object;

#define REPORT_VERSION 1

/* NULL when the text is no report, or another version's: *ret_problem says which, in static words.
 * To be put. */
struct json_object *document_parse(const char *text, size_t size, const char **ret_problem);
/* The document as a file has it. Belongs to the document. */
const char *document_serialize(struct json_object *document, size_t *ret_size);
void document_put(struct json_object *document);

static inline void document_putp(struct json_object **document)
{
	document_put(*document);
}

/* Reading; NULL, "" and 0 where there is no such member, or one of another type. */
bool document_is_object(const struct json_object *value);
bool document_is_array(const struct json_object *value);
struct json_object *document_member(const struct json_object *object, const char *key);
const char *document_text(struct json_object *value);
const char *document_string(const struct json_object *object, const char *key);
double document_number(const struct json_object *object, const char *key);
int document_integer(const struct json_object *object, const char *key);
size_t document_length(const struct json_object *array);
struct json_object *document_element(const struct json_object *array, size_t index);

/* Adding. Without memory members are left out. */

/* {}; to be put. */
struct json_object *document_new(void);

/* Takes `value` over, in place of a member of that name. */
void document_add(struct json_object *object, const char *key, struct json_object *value);

/* A member that replaces one of that name; what they return belongs to the document. */
struct json_object *document_add_object(struct json_object *object, const char *key);
struct json_object *document_add_array(struct json_object *object, const char *key);
struct json_object *document_append_object(struct json_object *array);

/* NULL is null. */
void document_add_string(struct json_object *object, const char *key, const char *text);
void document_add_number(struct json_object *object, const char *key, int64_t number);
void document_add_boolean(struct json_object *object, const char *key, bool value);
/* With this many decimal places: a binary fraction brings more. */
void document_add_rounded(struct json_object *object, const char *key, double number,
			  int digits);

void document_append_finding(struct json_object *array, enum severity severity,
			     enum finding_code code, const char *subject,
			     const char *text, const char *remedy);
void document_append_findings(struct json_object *array, const struct findings *findings);
