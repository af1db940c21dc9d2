// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the document say what the run knew, after a way through a file too, and to people? */
#include "unit.h"

#include "decide/plan.h"
#include "report/report.h"

#include <json-c/json.h>
#include <stdio.h>

static size_t members[] = { 1, 2, 3 };
static struct group groups[] = {
	{ .number = 1 },
	{ .number = 12, .members = members, .n_members = 3, .reserved_fact = FACT_KNOWN },
};
static struct function functions[] = {
	ROOT_PORT(1, 1),
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12,
		 .rivals = { (char *[]){ TEXT("nouveau") }, 1 },
		 .features = { .reset_fact = FACT_KNOWN,
			       .reset_methods = "pm bus",
			       .power_state = "D0",
			       .bar_sizes = { 16 << 20, 256 << 20 },
			       .is_above_4g = true }),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12, .driver_fact = FACT_KNOWN,
		 .driver = TEXT("snd_hda_intel")),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12, .subsystem_fact = FACT_ABSENT),
	BMC_DISPLAY,
};

static struct snapshot machine(bool has_iommu)
{
	static char kernel[] = "6.1.0-56-amd64", built_at[] = "2026-01-02T03:04:05Z";
	static char boot_id[] = "5f0c8e9e-0000-4000-8000-000000000000";

	return (struct snapshot){
		.kernel = kernel,
		.boot_id = boot_id,
		.image_built_at = built_at,
		.functions = functions,
		.n_functions = ARRAY_SIZE(functions),
		.groups = groups,
		.n_groups = ARRAY_SIZE(groups),
		.needs_fact = FACT_KNOWN,
		.security = { .secure_boot_fact = FACT_KNOWN,
			      .is_secure_boot = true,
			      .lockdown_fact = FACT_KNOWN,
			      .lockdown = "integrity",
			      .signature_fact = FACT_UNREADABLE },
		.iommu = has_iommu ? (struct iommu)IOMMU_ON :
				     (struct iommu){ .tables_fact = FACT_KNOWN,
						     .units_fact = FACT_ABSENT },
	};
}

/* What becomes of the plan; the rest of a run follows from it. */
enum ending { NOT_RUN, ALL_CLAIMED, ALL_FAILED };

struct report_case {
	const char *name;
	const char *config;
	const char *cmdline;
	bool has_iommu;
	enum ending ending;
	/* In the document: result of all, of the first card, of its first function; its driver. */
	const char *mode, *result, *gpu_result, *function_result, *driver;
	const char *says[4]; /* parts of the text */
};

#define GPU "gpu = 01:00.0\n"

static const struct report_case cases[] = {
	{ "claimed",
	  GPU,
	  NULL,
	  true,
	  ALL_CLAIMED,
	  "claim",
	  "claimed",
	  "claimed",
	  "claimed",
	  "vfio-pci",
	  { ": claimed\n", "GPU 0000:01:00.0 claimed  (configured: 01:00.0)",
	    "0000:01:00.0  class 0x0300  10de:2206  group 12  driver vfio-pci  claimed",
	    "rivals: nouveau\n" } },
	{ "failed",
	  GPU,
	  NULL,
	  true,
	  ALL_FAILED,
	  "claim",
	  "failed",
	  "failed",
	  "failed",
	  "",
	  { ": failed\n", "GPU 0000:01:00.0 failed",
	    "error PROBE_FAILED 0000:01:00.0\n    text\n", "remedy: a remedy\n" } },
	{ "refused",
	  GPU,
	  NULL,
	  false,
	  NOT_RUN,
	  "claim",
	  "refused",
	  "refused",
	  "refused",
	  "",
	  { ": refused\n", "DMA remapping off (none, firmware: no-table)" } },
	{ "not yet done",
	  GPU,
	  NULL,
	  true,
	  NOT_RUN,
	  "claim",
	  "failed",
	  "failed",
	  "failed",
	  "",
	  { ": failed\n" } },
	{ "check: claimable",
	  GPU,
	  "vfio_claim.mode=check",
	  true,
	  NOT_RUN,
	  "check",
	  "claimable",
	  "claimable",
	  "not-tried",
	  "",
	  { ": claimable\n", "DMA remapping on (intel" } },
	{ "off",
	  GPU,
	  "vfio_claim.mode=off",
	  true,
	  NOT_RUN,
	  "off",
	  "off",
	  "off",
	  "not-tried",
	  "",
	  { ": off\n", "mode off" } },
	{ "nothing configured",
	  "",
	  NULL,
	  true,
	  NOT_RUN,
	  "claim",
	  "nothing-configured",
	  NULL,
	  NULL,
	  NULL,
	  { ": nothing-configured\n" } },
	{ "a bad line",
	  "nonsense\n",
	  NULL,
	  true,
	  NOT_RUN,
	  "claim",
	  "refused",
	  NULL,
	  NULL,
	  NULL,
	  { ": refused\n", "error CONFIG_INVALID /etc/vfio-claim.conf:1\n" } },
	{ "one of two not found",
	  GPU "gpu = 09:00.0\n",
	  NULL,
	  true,
	  ALL_CLAIMED,
	  "claim",
	  "refused",
	  "claimed",
	  "claimed",
	  "vfio-pci",
	  { ": refused\n", "GPU (not found) refused  (configured: 09:00.0)" } },
};

static void finish(const struct plan *plan, const struct snapshot *snapshot,
		   enum ending ending, struct outcome *outcome)
{
	enum result result = ending == ALL_CLAIMED ? RESULT_CLAIMED : RESULT_FAILED;

	assert_int_equal(outcome_init(outcome, plan, snapshot), 0);
	for (size_t i = 0; i < plan->n_targets; i++) {
		if (plan->targets[i].verdict == VERDICT_CLAIM)
			outcome->targets[i] = result;
		for (size_t k = 0; k < plan->targets[i].n_functions; k++) {
			struct function_outcome *function =
				&outcome->functions[plan->targets[i].functions[k]];

			function->result = result;
			function->driver = ending == ALL_CLAIMED ? strdup("vfio-pci") :
								   NULL;
		}
	}
	if (ending == ALL_FAILED)
		findings_add(&outcome->findings, "0000:01:00.0", FINDING_PROBE_FAILED,
			     "a remedy", "text");
}

static void check_features(const struct json_object *features)
{
	assert_string_equal(report_string(features, "reset_methods"), "pm bus");
	assert_string_equal(report_string(features, "power_state"), "D0");
	assert_int_equal(report_count(features, "bar_bytes"), PCI_BARS);
	assert_true(report_number(features, "above_4g") == 1);
	assert_true(report_number(features, "resizable_bar") == 0);
	assert_int_equal(report_number(features, "virtual_functions"), 0);
}

static void check_security(const struct json_object *security)
{
	assert_true(report_number(security, "secure_boot") == 1);
	assert_string_equal(report_string(security, "lockdown"), "integrity");
	assert_true(report_is_null(security, "module_signatures_enforced"));
}

static void check_document(const struct report_case *test, const struct json_object *report)
{
	const struct json_object *gpu = report_item(report, "gpus", 0);
	const struct json_object *function = report_item(gpu, "functions", 0);
	const struct json_object *group = report_item(gpu, "groups", 0);

	assert_int_equal(report_number(report, "version"), REPORT_VERSION);
	assert_string_equal(report_string(report, "mode"), test->mode);
	assert_string_equal(report_string(report, "result"), test->result);
	assert_string_equal(report_string(report, "kernel"), "6.1.0-56-amd64");
	check_security(report_member(report, "security"));
	assert_string_equal(report_string(report, "image_built_at"),
			    "2026-01-02T03:04:05Z");
	if (!test->gpu_result) {
		assert_int_equal(report_count(report, "gpus"), 0);
		return;
	}
	assert_string_equal(report_string(gpu, "configured"), "01:00.0");
	assert_string_equal(report_string(gpu, "address"), "0000:01:00.0");
	assert_string_equal(report_string(gpu, "result"), test->gpu_result);
	assert_int_equal(report_count(gpu, "functions"), 3);
	assert_string_equal(report_string(function, "class"), "0x030000");
	assert_string_equal(report_string(function, "id"), "10de:2206");
	assert_string_equal(report_string(function, "subsystem"), "1458:403b");
	assert_int_equal(report_number(function, "group"), 12);
	assert_string_equal(report_string(function, "result"), test->function_result);
	assert_string_equal(report_string(function, "driver"), test->driver);
	assert_true(report_is_null(function, "driver_before"));
	assert_string_equal(report_element_string(function, "rivals", 0), "nouveau");
	check_features(report_member(function, "features"));
	function = report_item(gpu, "functions", 1);
	assert_string_equal(report_string(function, "driver_before"), "snd_hda_intel");
	assert_true(report_is_null(function, "features")); /* of displays only */
	assert_true(report_is_null(report_item(gpu, "functions", 2), "subsystem"));
	assert_int_equal(report_number(group, "number"), 12);
	assert_int_equal(report_count(group, "members"), 3);
	assert_true(report_number(group, "isolated") == 1);
}

static void test_report(void **state)
{
	const struct report_case *test = *state;
	struct snapshot snapshot = machine(test->has_iommu);
	CLEANUP(config_done)
	struct config config = config_from(test->config, test->cmdline);
	CLEANUP(plan_done) struct plan plan = {};
	CLEANUP(outcome_done) struct outcome outcome = {};
	CLEANUP(report_putp) struct json_object *report = NULL, *reread = NULL;
	_cleanup_free_ char *text = NULL, *text_again = NULL, *json = NULL;
	struct run run = { &config, &snapshot, &plan, NULL, 3.1041, RESULT_FAILED };
	const char *problem;
	size_t size, size_again;

	for (size_t i = 1; i <= ARRAY_SIZE(members); i++) {
		functions[i].group_fact = test->has_iommu ? FACT_KNOWN : FACT_ABSENT;
		functions[i].group = 12;
	}
	assert_int_equal(plan_make(&config, &snapshot, &plan), 0);
	if (test->ending != NOT_RUN) {
		finish(&plan, &snapshot, test->ending, &outcome);
		run.outcome = &outcome;
	}
	report = report_build(&run);
	assert_non_null(report);
	report_set_duration(report, 96.24);
	if (test->has_iommu)
		check_document(test, report);
	else /* then there is no group to tell of */
		assert_string_equal(report_string(report, "result"), test->result);
	/* Through a file and back it is the same, and says the same. */
	json = strdup(report_serialize(report, &size));
	assert_int_equal(strlen(json), size);
	reread = report_parse(json, size, &problem);
	assert_non_null(reread);
	assert_string_equal(report_serialize(reread, &size_again), json);
	assert_true(report_number(reread, "started_at") == 3.104);
	assert_true(report_number(reread, "duration_ms") == 96.2);
	text = report_to_text(report, NULL, false);
	text_again = report_to_text(reread, NULL, false);
	assert_string_equal(text, text_again);
	assert_null(strchr(text, '\033'));
	for (size_t i = 0; i < ARRAY_SIZE(test->says) && test->says[i]; i++)
		if (!strstr(text, test->says[i]))
			fail_msg("'%s' is not in:\n%s", test->says[i], text);
}

/* A run that was cut short knows its configuration and no more. */
static void test_bare_run(void **state)
{
	CLEANUP(config_done) struct config config = config_from(GPU, NULL);
	struct run run = { .config = &config, .unfinished = RESULT_FAILED };
	CLEANUP(report_putp) struct json_object *report = report_build(&run);
	_cleanup_free_ char *text = report_to_text(report, NULL, false);

	(void)state;
	assert_string_equal(report_string(report, "result"), "failed");
	assert_string_equal(report_string(report_member(report, "iommu"), "dma_remapping"),
			    "unknown");
	assert_non_null(strstr(text, "GPU (not found) failed  (configured: 01:00.0)"));
}

static void lookup(void *data, const char *id, char *buffer, size_t size)
{
	(void)data;
	snprintf(buffer, size, "%s", streq(id, "10de:2206") ? "NVIDIA GeForce" : "");
}

static void test_names_and_colour(void **state)
{
	const struct report_names names = { lookup, NULL };
	struct snapshot snapshot = machine(true);
	CLEANUP(config_done)
	struct config config = config_from(GPU, "vfio_claim.mode=check");
	CLEANUP(plan_done) struct plan plan = {};
	CLEANUP(report_putp) struct json_object *report = NULL;
	struct run run = { .config = &config, .snapshot = &snapshot, .plan = &plan };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(plan_make(&config, &snapshot, &plan), 0);
	report = report_build(&run);
	text = report_to_text(report, &names, true);
	assert_non_null(strstr(text, "not-tried\033[0m  NVIDIA GeForce\n"));
	assert_non_null(strstr(text, "\033[32m"));
}

/* Findings that found no room are counted for people, and keep their weight. */
static void test_dropped(void **state)
{
	CLEANUP(config_done) struct config config = config_from("", NULL);
	struct run run = { .config = &config };
	CLEANUP(report_putp) struct json_object *report = NULL;
	struct json_object *last;

	(void)state;
	for (int i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add(&config.findings, NULL, FINDING_CONFIG_INVALID, NULL, "text");
	report = report_build(&run);
	assert_int_equal(report_count(report, "findings"), FINDINGS_MAX + 1);
	last = report_item(report, "findings", FINDINGS_MAX);
	assert_string_equal(report_string(last, "severity"), "error");
	assert_true(has_prefix(report_string(last, "text"), "5 more"));
	assert_string_equal(report_string(report, "result"), "refused");
}

static void test_add_failure(void **state)
{
	const char *problem;
	CLEANUP(report_putp)
	struct json_object *report = report_parse("{\"version\": 1}", 14, &problem);
	struct json_object *finding;

	(void)state;
	report_add_failure(report, FINDING_DEADLINE, "too late", NULL);
	report_add_failure(report, FINDING_INTERNAL, "crashed", "tell us");
	assert_int_equal(report_count(report, "findings"), 2);
	finding = report_item(report, "findings", 0);
	assert_string_equal(report_string(finding, "code"), "DEADLINE");
	assert_string_equal(report_string(finding, "severity"), "error");
	assert_true(report_is_null(finding, "remedy"));
	assert_string_equal(report_string(report_item(report, "findings", 1), "remedy"),
			    "tell us");
}

/* Results that follow from what was read back. */
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

static void test_settle(void **state)
{
	const struct settle_case *test = *state;
	CLEANUP(report_putp) struct json_object *report = NULL;
	const char *problem;
	char json[512];
	int size;

	size = snprintf(json, sizeof(json),
			"{\"version\":1,\"result\":\"x\",\"gpus\":[%s]}", test->gpus);
	report = report_parse(json, size, &problem);
	assert_non_null(report);
	report_settle(report);
	assert_string_equal(report_string(report, "result"), test->result);
	for (size_t i = 0; i < 2 && test->gpu_results[i]; i++)
		assert_string_equal(report_string(report_item(report, "gpus", i), "result"),
				    test->gpu_results[i]);
}

static void test_set_driver(void **state)
{
	static const struct {
		const char *driver, *result;
	} drivers[] = { { "vfio-pci", "claimed" },
			{ "nouveau", "failed" },
			{ NULL, "failed" } };
	const char *problem;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		CLEANUP(report_putp)
		struct json_object *function =
			report_parse("{\"version\":1}", 13, &problem);

		report_set_driver(function, drivers[i].driver);
		assert_string_equal(report_string(function, "driver"),
				    drivers[i].driver ? drivers[i].driver : "");
		assert_string_equal(report_string(function, "result"), drivers[i].result);
	}
}

struct parse_case {
	const char *name;
	const char *text;
	size_t size;
	const char *problem; /* a part of the words; NULL: it is a report */
};

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct parse_case documents[] = {
	{ "smallest report", BYTES("{\"version\": 1}"), NULL },
	{ "newline at the end", BYTES("{\"version\": 1}\n"), NULL },
	{ "empty", BYTES(""), "damaged" },
	{ "garbage",
	  BYTES("\x7f"
		"ELF\x02\x01\x01"),
	  "damaged" },
	{ "NUL bytes", BYTES("\0\0\0\0"), "damaged" },
	{ "cut short", BYTES("{\"version\": 1, \"gpus\": [ {"), "damaged" },
	{ "cut within a string", BYTES("{\"version\": 1, \"resul"), "damaged" },
	{ "null", BYTES("null"), "damaged" },
	{ "an array", BYTES("[ 1 ]"), "damaged" },
	{ "no version", BYTES("{\"result\": \"claimed\"}"), "no report" },
	{ "version is a string", BYTES("{\"version\": \"1\"}"), "no report" },
	{ "version 2", BYTES("{\"version\": 2}"), "another version" },
};

static void test_parse(void **state)
{
	const struct parse_case *test = *state;
	/* Of exactly this size: a byte read too many is a report of ASan. */
	_cleanup_free_ char *text = malloc(test->size + !test->size);
	CLEANUP(report_putp) struct json_object *report = NULL;
	const char *problem = NULL;

	memcpy(text, test->text, test->size);
	report = report_parse(text, test->size, &problem);
	if (!test->problem) {
		assert_non_null(report);
		return;
	}
	assert_null(report);
	assert_non_null(problem);
	if (!strstr(problem, test->problem))
		fail_msg("'%s' is not in '%s'", test->problem, problem);
}

/* Members of any type must do: a report from a file is from outside. */
static void test_odd_members(void **state)
{
	static const char json[] =
		"{\"version\":1,\"result\":7,\"kernel\":null,\"gpus\":[null,1,\"x\",{\"functions\":"
		"[null,{\"rivals\":[1,null],\"group\":\"x\",\"class\":[]}],\"groups\":[{\"members\":"
		"[null,{}]}]}],\"iommu\":[],\"findings\":[null,{}],\"image_built_at\":{}}";
	const char *problem;
	CLEANUP(report_putp)
	struct json_object *report = report_parse(json, strlen(json), &problem);
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(report);
	text = report_to_text(report, NULL, true);
	assert_non_null(text);
	assert_int_equal(report_count(report, "result"), 0);
	assert_null(report_item(report, "gpus", 4));
	assert_string_equal(report_element_string(report, "gpus", 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare_run),
		cmocka_unit_test(test_names_and_colour),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_add_failure),
		cmocka_unit_test(test_set_driver),
		cmocka_unit_test(test_odd_members),
	};

	return RUN_TABLE(cases, test_report) + RUN_TABLE(settlements, test_settle) +
	       RUN_TABLE(documents, test_parse) +
	       cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
