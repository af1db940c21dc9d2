// SPDX-License-Identifier: GPL-2.0-or-later
/* The document and the text say what the run knew, also after a round trip through a file. */
#include "unit.h"

#include "decide/plan.h"
#include "report/report-change.h"
#include "report/report-document.h"
#include "report/report.h"

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

/* The outcome of the plan; the rest of a run follows from it. */
enum ending { NOT_RUN, ALL_CLAIMED, ALL_FAILED };

struct report_case {
	const char *name;
	const char *config;
	const char *cmdline;
	bool has_iommu;
	enum ending ending;
	/* In the document: overall result, the first card's, its first function's; its driver. */
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
	  { ": claimed\n", "GPU 0000:01:00.0: claimed\n  configured: 01:00.0\n",
	    "0000:01:00.0  class 0x0300    10de:2206  group 12  vfio-pci   claimed",
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
	  { ": failed\n", "GPU 0000:01:00.0: failed",
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
	  { ": refused\n", "GPU (not found): refused\n  configured: 09:00.0\n" } },
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

static size_t count(const struct json_object *object, const char *key)
{
	return document_length(document_member(object, key));
}

static struct json_object *item(const struct json_object *object, const char *key,
				size_t index)
{
	return index < count(object, key) ?
		       document_element(document_member(object, key), index) :
		       NULL;
}

static void check_features(const struct json_object *features)
{
	assert_string_equal(document_string(features, "reset_methods"), "pm bus");
	assert_string_equal(document_string(features, "power_state"), "D0");
	assert_int_equal(count(features, "bar_bytes"), PCI_BARS);
	assert_true(document_number(features, "above_4g") == 1);
	assert_true(document_number(features, "resizable_bar") == 0);
	assert_int_equal(document_number(features, "virtual_functions"), 0);
}

static void check_security(const struct json_object *security)
{
	assert_true(document_number(security, "secure_boot") == 1);
	assert_string_equal(document_string(security, "lockdown"), "integrity");
	assert_null(document_member(security, "module_signatures_enforced"));
}

static void check_document(const struct report_case *test, const struct json_object *report)
{
	const struct json_object *gpu = item(report, "gpus", 0);
	const struct json_object *function = item(gpu, "functions", 0);
	const struct json_object *group = item(gpu, "groups", 0);

	assert_int_equal(document_number(report, "version"), REPORT_VERSION);
	assert_string_equal(document_string(report, "mode"), test->mode);
	assert_string_equal(document_string(report, "result"), test->result);
	assert_string_equal(document_string(report, "kernel"), "6.1.0-56-amd64");
	check_security(document_member(report, "security"));
	assert_string_equal(document_string(report, "image_built_at"),
			    "2026-01-02T03:04:05Z");
	if (!test->gpu_result) {
		assert_int_equal(count(report, "gpus"), 0);
		return;
	}
	assert_string_equal(document_string(gpu, "configured"), "01:00.0");
	assert_string_equal(document_string(gpu, "address"), "0000:01:00.0");
	assert_string_equal(document_string(gpu, "result"), test->gpu_result);
	assert_int_equal(count(gpu, "functions"), 3);
	assert_string_equal(document_string(function, "class"), "0x030000");
	assert_string_equal(document_string(function, "id"), "10de:2206");
	assert_string_equal(document_string(function, "subsystem"), "1458:403b");
	assert_int_equal(document_number(function, "group"), 12);
	assert_string_equal(document_string(function, "result"), test->function_result);
	assert_string_equal(document_string(function, "driver"), test->driver);
	assert_null(document_member(function, "driver_before"));
	assert_string_equal(document_text(item(function, "rivals", 0)), "nouveau");
	check_features(document_member(function, "features"));
	function = item(gpu, "functions", 1);
	assert_string_equal(document_string(function, "driver_before"), "snd_hda_intel");
	assert_null(document_member(function, "features")); /* of displays only */
	assert_null(document_member(item(gpu, "functions", 2), "subsystem"));
	assert_int_equal(document_number(group, "number"), 12);
	assert_int_equal(count(group, "members"), 3);
	assert_true(document_number(group, "isolated") == 1);
}

static void test_report(void **state)
{
	const struct report_case *test = *state;
	struct snapshot snapshot = machine(test->has_iommu);
	CLEANUP(config_done)
	struct config config = config_from(test->config, test->cmdline);
	CLEANUP(plan_done) struct plan plan = {};
	CLEANUP(outcome_done) struct outcome outcome = {};
	CLEANUP(report_freep) struct report *report = NULL, *reread = NULL;
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
	report = report_take(report_build(&run));
	assert_non_null(report);
	report_set_duration(report, 96.24);
	if (test->has_iommu)
		check_document(test, report->document);
	else /* no group to show */
		assert_string_equal(report->result_word, test->result);
	/* After a round trip through a file the report and its text are the same. */
	json = strdup(report_serialize(report, &size));
	assert_int_equal(strlen(json), size);
	reread = report_parse(json, size, &problem);
	assert_non_null(reread);
	assert_string_equal(report_serialize(reread, &size_again), json);
	assert_true(reread->started_at == 3.104);
	assert_true(reread->duration_ms == 96.2);
	text = report_to_text(report, NULL, NULL);
	text_again = report_to_text(reread, NULL, NULL);
	assert_string_equal(text, text_again);
	assert_null(strchr(text, '\033'));
	for (size_t i = 0; i < ARRAY_SIZE(test->says) && test->says[i]; i++)
		if (!strstr(text, test->says[i]))
			fail_msg("'%s' is not in:\n%s", test->says[i], text);
}

/* A run that was cut short knows only its configuration. */
static void test_bare_run(void **state)
{
	CLEANUP(config_done) struct config config = config_from(GPU, NULL);
	struct run run = { .config = &config, .unfinished = RESULT_FAILED };
	CLEANUP(report_freep) struct report *report = report_take(report_build(&run));
	_cleanup_free_ char *text = report_to_text(report, NULL, NULL);

	(void)state;
	assert_string_equal(report->result_word, "failed");
	assert_string_equal(report->iommu.dma_remapping, "unknown");
	assert_non_null(strstr(text, "GPU (not found): failed\n  configured: 01:00.0\n"));
}

static void lookup(void *data, const char *id, char buffer[static DEVICE_NAME_SIZE])
{
	(void)data;
	snprintf(buffer, DEVICE_NAME_SIZE, "%s",
		 streq(id, "10de:2206") ? "NVIDIA GeForce" : "");
}

static void test_names_and_colour(void **state)
{
	const struct report_names names = { lookup, NULL, class_words };
	const struct page page = { .width = 80, .has_colour = true };
	struct snapshot snapshot = machine(true);
	CLEANUP(config_done)
	struct config config = config_from(GPU, "vfio_claim.mode=check");
	CLEANUP(plan_done) struct plan plan = {};
	CLEANUP(report_freep) struct report *report = NULL;
	struct run run = { .config = &config, .snapshot = &snapshot, .plan = &plan };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(plan_make(&config, &snapshot, &plan), 0);
	report = report_take(report_build(&run));
	text = report_to_text(report, &names, &page);
	assert_non_null(strstr(text, "GPU 0000:01:00.0  NVIDIA GeForce\033[0m"));
	assert_non_null(strstr(text, "0000:01:00.1  audio  "));
	assert_non_null(strstr(text, "\033[32m"));
}

/* Findings beyond the limit are counted in the text, and keep their severity. */
static void test_dropped(void **state)
{
	CLEANUP(config_done) struct config config = config_from("", NULL);
	struct run run = { .config = &config };
	CLEANUP(document_putp) struct json_object *report = NULL;
	struct json_object *last;

	(void)state;
	for (int i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add(&config.findings, NULL, FINDING_CONFIG_INVALID, NULL, "text");
	report = report_build(&run);
	assert_int_equal(count(report, "findings"), FINDINGS_MAX + 1);
	last = item(report, "findings", FINDINGS_MAX);
	assert_string_equal(document_string(last, "severity"), "error");
	assert_true(has_prefix(document_string(last, "text"), "5 more"));
	assert_string_equal(document_string(report, "result"), "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare_run),
		cmocka_unit_test(test_names_and_colour),
		cmocka_unit_test(test_dropped),
	};

	return RUN_TABLE(cases, test_report) +
	       cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
