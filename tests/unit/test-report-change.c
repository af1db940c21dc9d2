// SPDX-License-Identifier: GPL-2.0-or-later
/* A change appears both in the document and in the parsed report. */
#include "unit.h"

#include "report/report-change.h"
#include "report/report-document.h"

#include <stdio.h>

/* Parses the report again, from its own text. */
static struct report *reread(const struct report *report)
{
	const char *problem, *text;
	struct report *again;
	size_t size;

	text = report_serialize(report, &size);
	assert_non_null(text);
	again = report_parse(text, size, &problem);
	assert_non_null(again);
	return again;
}

static struct report *parse(const char *text)
{
	const char *problem;
	struct report *report = report_parse(text, strlen(text), &problem);

	assert_non_null(report);
	return report;
}

static void check_errors(const struct report *report, size_t n)
{
	const struct report_finding *finding = report->findings.items;

	assert_int_equal(report->findings.n, n);
	finding += n - 2;
	assert_int_equal(finding->code, FINDING_DEADLINE);
	assert_int_equal(finding->severity, SEVERITY_ERROR);
	assert_string_equal(finding->subject, "");
	assert_string_equal(finding->text, "too late");
	assert_string_equal(finding->remedy, "");
	assert_string_equal(finding[1].subject, "6.1");
	assert_string_equal(finding[1].remedy, "tell us");
}

/* New items follow the existing ones; a member of another type is replaced by an array. */
static void test_add_error(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} reports[] = {
		{ "{\"version\":1}", 2 },
		{ "{\"version\":1,\"findings\":7}", 2 },
		{ "{\"version\":1,\"findings\":[{\"code\":\"MODE_OFF\"}]}", 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
		CLEANUP(report_freep) struct report *report = parse(reports[i].text);
		CLEANUP(report_freep) struct report *again = NULL;

		report_add_error(report, FINDING_DEADLINE, NULL, "too late", NULL);
		report_add_error(report, FINDING_INTERNAL, "6.1", "crashed", "tell us");
		again = reread(report);
		check_errors(report, reports[i].n);
		check_errors(again, reports[i].n);
	}
}

static void test_set_duration(void **state)
{
	CLEANUP(report_freep) struct report *report = parse("{\"version\":1}");
	CLEANUP(report_freep) struct report *again = NULL;

	(void)state;
	report_set_duration(report, 96.24);
	again = reread(report);
	assert_true(report->duration_ms == 96.24);
	assert_true(again->duration_ms == 96.2);
}

static void test_set_trial(void **state)
{
	CLEANUP(report_freep)
	struct report *report =
		parse("{\"version\":1,\"trial\":{\"state\":\"on-trial\",\"attempt\":1}}");
	CLEANUP(report_freep) struct report *none = parse("{\"version\":1,\"trial\":1}");
	CLEANUP(report_freep) struct report *again = NULL;

	(void)state;
	report_set_trial(report, TRIAL_CONFIRMED);
	again = reread(report);
	assert_int_equal(report->trial.state, TRIAL_CONFIRMED);
	assert_int_equal(again->trial.state, TRIAL_CONFIRMED);
	assert_int_equal(again->trial.attempt, 1);
	report_set_trial(none, TRIAL_CONFIRMED);
	assert_int_equal(none->trial.state, TRIAL_UNKNOWN);
}

static void test_set_verified(void **state)
{
	CLEANUP(report_freep)
	struct report *report = parse(
		"{\"version\":1,\"verified\":{\"result\":\"off\",\"vfio\":[{},{}]}}");
	struct json_object *verified = document_new();

	(void)state;
	assert_int_equal(report->verified.n_vfio, 2);
	document_add_string(verified, "result", "as-configured");
	assert_int_equal(report_set_verified(report, verified), 0);
	assert_int_equal(report->verified.result, VERIFIED_AS_CONFIGURED);
	assert_int_equal(report->verified.n_vfio, 0);
}

/* Results that follow from the state read back. */
struct settle_case {
	const char *name;
	const char *gpus; /* JSON */
	const char *result;
	const char *gpu_results[2];
};

#define F(result) "{\"result\":\"" result "\"}"
#define CARD(result, functions)                                                          \
	"{\"result\":\"" result "\",\"functions\":[" functions "]}"

static const struct settle_case settlements[] = {
	{ "all claimed",
	  CARD("failed", F("claimed") "," F("claimed")),
	  "claimed",
	  { "claimed" } },
	{ "one function lost",
	  CARD("claimed", F("claimed") "," F("failed")),
	  "failed",
	  { "failed" } },
	{ "a function that was not tried",
	  CARD("claimed", F("claimed") "," F("not-tried")),
	  "failed",
	  { "failed" } },
	{ "no function", CARD("claimed", ""), "failed", { "failed" } },
	{ "no card", "", "failed" },
	{ "functions of other types",
	  "{\"functions\":[null,1,\"claimed\"]}",
	  "failed",
	  { "failed" } },
	{ "refused stays refused", CARD("refused", F("refused")), "refused", { "refused" } },
	{ "claimed and refused",
	  CARD("failed", F("claimed")) "," CARD("refused", ""),
	  "refused",
	  { "claimed", "refused" } },
	{ "refused and failed",
	  CARD("refused", "") "," CARD("failed", F("failed")),
	  "failed",
	  { "refused", "failed" } },
	{ "failed and refused",
	  CARD("failed", F("failed")) "," CARD("refused", ""),
	  "failed",
	  { "failed", "refused" } },
};

static void check_settled(const struct settle_case *test, const struct report *report)
{
	assert_string_equal(report->result_word, test->result);
	assert_int_equal(report->result, result_parse(test->result));
	for (size_t i = 0; i < 2 && test->gpu_results[i]; i++) {
		assert_string_equal(report->gpus[i].result_word, test->gpu_results[i]);
		assert_int_equal(report->gpus[i].result,
				 result_parse(test->gpu_results[i]));
	}
}

static void test_settle(void **state)
{
	const struct settle_case *test = *state;
	CLEANUP(report_freep) struct report *report = NULL, *again = NULL;
	char json[512];

	snprintf(json, sizeof(json), "{\"version\":1,\"result\":\"x\",\"gpus\":[%s]}",
		 test->gpus);
	report = parse(json);
	report_settle(report);
	again = reread(report);
	check_settled(test, report);
	check_settled(test, again);
}

static void test_set_driver(void **state)
{
	static const struct {
		const char *driver;
		enum result result;
	} drivers[] = { { "vfio-pci", RESULT_CLAIMED },
			{ "nouveau", RESULT_FAILED },
			{ NULL, RESULT_FAILED } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		CLEANUP(report_freep)
		struct report *report =
			parse("{\"version\":1,\"gpus\":[{\"functions\":[{},null]}]}");
		CLEANUP(report_freep) struct report *again = NULL;
		struct report_function *function = report->gpus[0].functions.items;

		report_set_driver(&function[1], drivers[i].driver); /* is no object */
		report_set_driver(function, drivers[i].driver);
		again = reread(report);
		assert_string_equal(function->driver,
				    drivers[i].driver ? drivers[i].driver : "");
		assert_int_equal(function->result, drivers[i].result);
		function = again->gpus[0].functions.items;
		assert_string_equal(function->driver,
				    drivers[i].driver ? drivers[i].driver : "");
		assert_int_equal(function->result, drivers[i].result);
		assert_int_equal(function[1].result, RESULT_UNKNOWN);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_error),  cmocka_unit_test(test_set_duration),
		cmocka_unit_test(test_set_trial),  cmocka_unit_test(test_set_verified),
		cmocka_unit_test(test_set_driver),
	};

	return RUN_TABLE(settlements, test_settle) +
		       cmocka_run_group_tests_name("changes of a report", tests, NULL,
						   NULL) >
	       0;
}
