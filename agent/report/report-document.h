/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

struct json_object;

#define REPORT_VERSION 1

/* False: *ret_problem explains, in a static string, why it is not a report of this version. */
bool document_is_report(const struct json_object *document, const char **ret_problem);
/* To be put. NULL: *ret_problem explains it, as above. */
struct json_object *document_parse(const char *text, size_t size, const char **ret_problem);
/* The document as text, which belongs to the document. */
const char *document_serialize(struct json_object *document, size_t *ret_size);
void document_put(struct json_object *document);

static inline void document_putp(struct json_object **document)
{
	document_put(*document);
}

/* Reading. NULL, "" or 0 for a missing member or one of another type. */
bool document_is_object(const struct json_object *value);
bool document_is_array(const struct json_object *value);
struct json_object *document_member(const struct json_object *object, const char *key);
const char *document_text(struct json_object *value);
const char *document_string(const struct json_object *object, const char *key);
double document_number(const struct json_object *object, const char *key);
int document_integer(const struct json_object *object, const char *key);
size_t document_length(const struct json_object *array);
struct json_object *document_element(const struct json_object *array, size_t index);

/* Adding. Members are silently omitted when there is no memory. */

/* An empty object, to be put. */
struct json_object *document_new(void);

/* Add or replace a member and return it; the document owns it. */
struct json_object *document_add(struct json_object *object, const char *key,
				 struct json_object *value);
struct json_object *document_add_object(struct json_object *object, const char *key);
struct json_object *document_add_array(struct json_object *object, const char *key);
struct json_object *document_append_object(struct json_object *array);
/* Both documents own the value then. */
void document_append_shared(struct json_object *array, struct json_object *value);
void document_set_element(struct json_object *array, size_t index,
			  struct json_object *value);
/* Removes elements from the front until there are at most so many. */
void document_keep_last(struct json_object *array, size_t most);
void document_remove_element(struct json_object *array, size_t index);

/* NULL becomes null. */
void document_add_string(struct json_object *object, const char *key, const char *text);
void document_add_number(struct json_object *object, const char *key, int64_t number);
void document_add_boolean(struct json_object *object, const char *key, bool value);
/* Rounds to this many decimal places. */
void document_add_rounded(struct json_object *object, const char *key, double number,
			  int digits);

void document_append_finding(struct json_object *array, enum severity severity,
			     enum finding_code code, const char *subject,
			     const char *text, const char *remedy);
void document_append_findings(struct json_object *array, const struct findings *findings);
