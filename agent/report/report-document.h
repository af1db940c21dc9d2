/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adding to a JSON document; report.h has what reads one. Without memory members are left out.
 */
#pragma once

#include "model/model.h"

struct json_object;

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

void document_append_finding(struct json_object *array, enum severity severity,
			     enum finding_code code, const char *subject,
			     const char *text, const char *remedy);
void document_append_findings(struct json_object *array, const struct findings *findings);
