// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Converts a report between text and JSON document, and reads and adds members. Together with
 * report.c the owner of json-c.
 */
#include "report/report-document.h"

#include "model/finding.h"

#include <json-c/json.h>
#include <stdio.h>

/*
 * json-c seeds its default hash from /dev/urandom. On a processor without random numbers the kernel
 * first gathers entropy (drivers/char/random.c, try_to_generate_entropy), which delays the boot by a
 * second. All keys here are our own.
 */
static void __attribute__((constructor)) choose_hash(void)
{
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
}

bool document_is_report(const struct json_object *document, const char **ret_problem)
{
	const struct json_object *version = document_member(document, "version");

	*ret_problem = NULL;
	if (!document_is_object(document))
		*ret_problem = "it is damaged or truncated";
	else if (!json_object_is_type(version, json_type_int))
		*ret_problem = "it is not a vfio-claim report";
	else if (json_object_get_int(version) != REPORT_VERSION)
		*ret_problem = "it was written by another version of vfio-claim";
	return !*ret_problem;
}

struct json_object *document_parse(const char *text, size_t size, const char **ret_problem)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document;

	*ret_problem = "out of memory";
	if (!tokener)
		return NULL;
	document = json_tokener_parse_ex(tokener, text, size);
	json_tokener_free(tokener);
	if (document_is_report(document, ret_problem))
		return document;
	json_object_put(document);
	return NULL;
}

const char *document_serialize(struct json_object *document, size_t *ret_size)
{
	const char *text;

	/* Out of memory, json-c silently omits members; malloc sets errno. */
	errno = 0;
	text = json_object_to_json_string_ext(document,
					      JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_SPACED |
						      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (errno == ENOMEM)
		text = NULL;
	*ret_size = text ? strlen(text) : 0;
	return text;
}

void document_put(struct json_object *document)
{
	json_object_put(document);
}

/* Writing ------------------------------------------------------------------------------ */

struct json_object *document_new(void)
{
	return json_object_new_object();
}

struct json_object *document_add(struct json_object *object, const char *key,
				 struct json_object *value)
{
	/* All keys are words of the program: none has to be copied. */
	json_object_object_add_ex(object, key, value, JSON_C_OBJECT_KEY_IS_CONSTANT);
	return value;
}

struct json_object *document_add_object(struct json_object *object, const char *key)
{
	return document_add(object, key, json_object_new_object());
}

struct json_object *document_add_array(struct json_object *object, const char *key)
{
	return document_add(object, key, json_object_new_array());
}

struct json_object *document_append_object(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	json_object_array_add(array, object);
	return object;
}

void document_append_shared(struct json_object *array, struct json_object *value)
{
	json_object_array_add(array, json_object_get(value));
}

void document_set_element(struct json_object *array, size_t index, struct json_object *value)
{
	json_object_array_put_idx(array, index, json_object_get(value));
}

void document_keep_last(struct json_object *array, size_t most)
{
	size_t n = document_length(array);

	if (n > most)
		json_object_array_del_idx(array, 0, n - most);
}

void document_remove_element(struct json_object *array, size_t index)
{
	json_object_array_del_idx(array, index, 1);
}

void document_add_string(struct json_object *object, const char *key, const char *text)
{
	document_add(object, key, text ? json_object_new_string(text) : NULL);
}

void document_add_number(struct json_object *object, const char *key, int64_t number)
{
	document_add(object, key, json_object_new_int64(number));
}

void document_add_boolean(struct json_object *object, const char *key, bool value)
{
	document_add(object, key, json_object_new_boolean(value));
}

void document_add_rounded(struct json_object *object, const char *key, double number,
			  int digits)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", digits, number);
	document_add(object, key, json_object_new_double_s(number, text));
}

void document_append_finding(struct json_object *array, enum severity severity,
			     enum finding_code code, const char *subject,
			     const char *text, const char *remedy)
{
	struct json_object *object = json_object_new_object();

	document_add_string(object, "severity", severity_name(severity));
	document_add_string(object, "code", finding_name(code));
	document_add_string(object, "subject", subject);
	document_add_string(object, "text", text);
	document_add_string(object, "remedy", remedy);
	json_object_array_add(array, object);
}

void document_append_findings(struct json_object *array, const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		document_append_finding(array, finding->severity, finding->code,
					finding->subject, finding->text, finding->remedy);
	}
	if (findings->dropped) {
		char text[64];

		snprintf(text, sizeof(text), TEXT_MORE_FINDINGS, findings->dropped);
		document_append_finding(array,
					findings->dropped_errors ? SEVERITY_ERROR :
								   SEVERITY_WARNING,
					findings->n ? findings->items[findings->n - 1].code :
						      FINDING_INTERNAL,
					NULL, text, NULL);
	}
}

/* Reading ------------------------------------------------------------------------------ */

bool document_is_object(const struct json_object *value)
{
	return json_object_is_type(value, json_type_object);
}

bool document_is_array(const struct json_object *value)
{
	return json_object_is_type(value, json_type_array);
}

struct json_object *document_member(const struct json_object *object, const char *key)
{
	struct json_object *member = NULL;

	if (document_is_object(object))
		json_object_object_get_ex(object, key, &member);
	return member;
}

const char *document_text(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ?
		       json_object_get_string(value) :
		       "";
}

const char *document_string(const struct json_object *object, const char *key)
{
	return document_text(document_member(object, key));
}

double document_number(const struct json_object *object, const char *key)
{
	return json_object_get_double(document_member(object, key));
}

int document_integer(const struct json_object *object, const char *key)
{
	return json_object_get_int(document_member(object, key));
}

size_t document_length(const struct json_object *array)
{
	return document_is_array(array) ? json_object_array_length(array) : 0;
}

struct json_object *document_element(const struct json_object *array, size_t index)
{
	return json_object_array_get_idx(array, index);
}
