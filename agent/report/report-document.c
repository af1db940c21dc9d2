// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report as a JSON document, whatever it says: from text and back, reading and adding members.
 * With report.c, which builds the agent's, the owner of json-c.
 */
#include "report/report-document.h"

#include "model/finding-texts.h"
#include "report/report.h"

#include <json-c/json.h>
#include <stdio.h>

/*
 * json-c's default hash is seeded from /dev/urandom, and where the processor brings no random
 * numbers the kernel first gathers entropy for that (drivers/char/random.c,
 * try_to_generate_entropy): a second of the boot. All keys here are our own.
 */
static void __attribute__((constructor)) choose_hash(void)
{
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
}

struct json_object *report_parse(const char *text, size_t size, const char **ret_problem)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *report, *version;

	*ret_problem = "out of memory";
	if (!tokener)
		return NULL;
	report = json_tokener_parse_ex(tokener, text, size);
	json_tokener_free(tokener);
	*ret_problem = "it is damaged or cut short";
	if (!json_object_is_type(report, json_type_object))
		goto not_a_report;
	*ret_problem = "it is no report of vfio-claim";
	version = report_member(report, "version");
	if (!json_object_is_type(version, json_type_int))
		goto not_a_report;
	*ret_problem = "it was written by another version of vfio-claim";
	if (json_object_get_int(version) != REPORT_VERSION)
		goto not_a_report;
	return report;
not_a_report:
	json_object_put(report);
	return NULL;
}

const char *report_serialize(struct json_object *report, size_t *ret_size)
{
	const char *text;

	/* json-c leaves out what it has no memory for, and says nothing; malloc does. */
	errno = 0;
	text = json_object_to_json_string_ext(report,
					      JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_SPACED |
						      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (errno == ENOMEM)
		text = NULL;
	*ret_size = text ? strlen(text) : 0;
	return text;
}

void report_put(struct json_object *report)
{
	json_object_put(report);
}

/* Writing ------------------------------------------------------------------------------ */

struct json_object *document_new(void)
{
	return json_object_new_object();
}

static struct json_object *add(struct json_object *object, const char *key,
			       struct json_object *value)
{
	json_object_object_add(object, key, value);
	return value;
}

void document_add(struct json_object *object, const char *key, struct json_object *value)
{
	add(object, key, value);
}

struct json_object *document_add_object(struct json_object *object, const char *key)
{
	return add(object, key, json_object_new_object());
}

struct json_object *document_add_array(struct json_object *object, const char *key)
{
	return add(object, key, json_object_new_array());
}

struct json_object *document_append_object(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	json_object_array_add(array, object);
	return object;
}

void document_add_string(struct json_object *object, const char *key, const char *text)
{
	add(object, key, text ? json_object_new_string(text) : NULL);
}

void document_add_number(struct json_object *object, const char *key, int64_t number)
{
	add(object, key, json_object_new_int64(number));
}

void document_add_boolean(struct json_object *object, const char *key, bool value)
{
	add(object, key, json_object_new_boolean(value));
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

struct json_object *report_member(const struct json_object *object, const char *key)
{
	struct json_object *member = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &member);
	return member;
}

const char *report_string(const struct json_object *object, const char *key)
{
	struct json_object *member = report_member(object, key);

	return json_object_is_type(member, json_type_string) ?
		       json_object_get_string(member) :
		       "";
}

size_t report_count(const struct json_object *object, const char *key)
{
	struct json_object *member = report_member(object, key);

	return json_object_is_type(member, json_type_array) ?
		       json_object_array_length(member) :
		       0;
}

struct json_object *report_item(const struct json_object *object, const char *key,
				size_t index)
{
	return index < report_count(object, key) ?
		       json_object_array_get_idx(report_member(object, key), index) :
		       NULL;
}

const char *report_element_string(const struct json_object *object, const char *key,
				  size_t index)
{
	struct json_object *element = report_item(object, key, index);

	return json_object_is_type(element, json_type_string) ?
		       json_object_get_string(element) :
		       "";
}

double report_number(const struct json_object *object, const char *key)
{
	return json_object_get_double(report_member(object, key));
}

bool report_is_null(const struct json_object *object, const char *key)
{
	return report_member(object, key) == NULL;
}
