// SPDX-License-Identifier: GPL-2.0-or-later
/* Every member of a report is read, and no document does harm, whatever it holds. */
#include "unit.h"

#include "report/report-document.h"
#include "report/report-pack.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

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
	{ "no version", BYTES("{\"result\": \"claimed\"}"), "not a vfio-claim report" },
	{ "version is a string", BYTES("{\"version\": \"1\"}"), "not a vfio-claim report" },
	{ "version 2", BYTES("{\"version\": 2}"), "another version" },
};

static void test_parse(void **state)
{
	const struct parse_case *test = *state;
	/* Exactly this size, so that ASan reports a read beyond. */
	_cleanup_free_ char *text = malloc(test->size + !test->size);
	CLEANUP(report_freep) struct report *report = NULL;
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

static const char whole[] =
	"{ 'version': 1, 'program': 'vfio-claim 1', 'boot_id': 'b', 'kernel': '6.1',"
	" 'started_at': 3.5, 'duration_ms': 96.2, 'mode': 'check', 'result': 'refused',"
	" 'config_sha256': 'sum', 'image_built_at': 'then', 'security': { 'lockdown': 'none' },"
	" 'iommu': { 'dma_remapping': 'on', 'kind': 'intel', 'firmware': 'no-table',"
	"            'interrupt_remapping': 'unknown', 'evidence': [ 'dmar0', 'irq' ] },"
	" 'trial': { 'state': 'on-trial', 'attempt': 1, 'limit': 2, 'reason': 'why',"
	"            'key': '000102030405060708090a0b0c0d0e0f' },"
	" 'gpus': [ { 'configured': '01:00.0', 'kind': 'gpu', 'address': '0000:01:00.0',"
	"             'result': 'claimed', 'functions': ["
	"   { 'address': '0000:01:00.0', 'class': '0x030000', 'id': '10de:2206', 'group': 12,"
	"     'driver_before': 'nouveau', 'driver': 'vfio-pci', 'rivals': [ 'nouveau', 'nvidia' ],"
	"     'hold': true, 'result': 'claimed' },"
	"   { 'address': '0000:01:00.1', 'group': null, 'hold': false, 'result': 'not-tried' } ],"
	"   'groups': [ { 'number': 12, 'isolated': true, 'reserved_direct': true, 'members': ["
	"     { 'address': '0000:00:1f.0', 'class': '0x060100', 'id': '8086:1', 'driver': 'lpc' } ] } ] },"
	"   { 'configured': '02:00.0', 'kind': 'device', 'address': null, 'result': 'refused' } ],"
	" 'findings': [ { 'severity': 'error', 'code': 'GROUP_SHARED', 'subject': 's', 'text': 't',"
	"                 'remedy': 'r' }, { 'severity': 'info', 'code': 'MODE_OFF' } ],"
	" 'verified': { 'at': 'now', 'result': 'as-configured', 'vfio': ["
	"     { 'group': 12, 'answer': 'accepted', 'interface': 'container', 'errno': null },"
	"     { 'group': 13, 'answer': 'refused', 'interface': null, 'errno': 1 } ],"
	"   'images': [ { 'kernel': '6.1', 'path': 'p', 'state': 'current' } ],"
	"   'findings': [ { 'severity': 'warning', 'code': 'IMAGE_STALE' } ] } }";

static void test_whole(void **state)
{
	CLEANUP(report_freep) struct report *report = report_from(whole);

	(void)state;
	assert_string_equal(report->program, "vfio-claim 1");
	assert_string_equal(report->boot_id, "b");
	assert_string_equal(report->kernel, "6.1");
	assert_true(report->has_start);
	assert_true(report->started_at == 3.5);
	assert_true(report->duration_ms == 96.2);
	assert_int_equal(report->mode, MODE_CHECK);
	assert_string_equal(report->mode_word, "check");
	assert_int_equal(report->result, RESULT_REFUSED);
	assert_string_equal(report->result_word, "refused");
	assert_string_equal(report->config_sha256, "sum");
	assert_string_equal(report->image_built_at, "then");
	assert_string_equal(report->lockdown, "none");
}

static void test_iommu_and_trial(void **state)
{
	CLEANUP(report_freep) struct report *report = report_from(whole);
	const struct report_iommu *iommu = &report->iommu;
	const struct report_trial *trial = &report->trial;

	(void)state;
	assert_true(iommu->is_there);
	assert_string_equal(iommu->kind, "intel");
	assert_string_equal(iommu->firmware, "no-table");
	assert_string_equal(iommu->dma_remapping, "on");
	assert_string_equal(iommu->interrupt_remapping, "unknown");
	assert_true(iommu->is_dma_remapped);
	assert_false(iommu->is_interrupt_remapped);
	assert_int_equal(iommu->evidence.n, 2);
	assert_string_equal(iommu->evidence.items[1], "irq");
	assert_true(trial->is_there);
	assert_int_equal(trial->state, TRIAL_TRYING);
	assert_string_equal(trial->state_word, "on-trial");
	assert_int_equal(trial->attempt, 1);
	assert_int_equal(trial->limit, 2);
	assert_string_equal(trial->reason, "why");
	assert_true(trial->has_key);
	assert_int_equal(trial->key[15], 15);
}

static void test_cards(void **state)
{
	CLEANUP(report_freep) struct report *report = report_from(whole);
	const struct report_gpu *gpu = report->gpus;
	const struct report_function *function = gpu->functions.items;
	const struct report_function *member;

	(void)state;
	assert_int_equal(report->n_gpus, 2);
	assert_string_equal(gpu->configured, "01:00.0");
	assert_string_equal(gpu->kind, "gpu");
	assert_string_equal(gpu->address, "0000:01:00.0");
	assert_false(gpu->is_device);
	assert_int_equal(gpu->result, RESULT_CLAIMED);
	assert_int_equal(gpu->functions.n, 2);
	assert_string_equal(function->address, "0000:01:00.0");
	assert_string_equal(function->class, "0x030000");
	assert_string_equal(function->id, "10de:2206");
	assert_string_equal(function->driver_before, "nouveau");
	assert_string_equal(function->driver, "vfio-pci");
	assert_int_equal(function->group, 12);
	assert_true(function->may_hold);
	assert_int_equal(function->rivals.n, 2);
	assert_string_equal(function->rivals.items[1], "nvidia");
	assert_int_equal(function->result, RESULT_CLAIMED);
	assert_int_equal(function[1].group, GROUP_NONE);
	assert_false(function[1].may_hold);
	assert_string_equal(function[1].driver, "");
	assert_int_equal(function[1].result, RESULT_NOT_TRIED);
	assert_int_equal(gpu->n_groups, 1);
	assert_int_equal(gpu->groups[0].number, 12);
	assert_true(gpu->groups[0].is_isolated);
	assert_true(gpu->groups[0].has_reserved_direct);
	assert_int_equal(gpu->groups[0].members.n, 1);
	member = gpu->groups[0].members.items;
	assert_string_equal(member->address, "0000:00:1f.0");
	assert_string_equal(member->id, "8086:1");
	assert_string_equal(member->driver, "lpc");
	assert_true(gpu[1].is_device);
	assert_string_equal(gpu[1].address, "");
	assert_int_equal(gpu[1].functions.n, 0);
}

static void test_findings_and_verified(void **state)
{
	CLEANUP(report_freep) struct report *report = report_from(whole);
	const struct report_finding *finding = report->findings.items;
	const struct report_verified *verified = &report->verified;

	(void)state;
	assert_int_equal(report->findings.n, 2);
	assert_int_equal(finding->code, FINDING_GROUP_SHARED);
	assert_string_equal(finding->code_word, "GROUP_SHARED");
	assert_int_equal(finding->severity, SEVERITY_ERROR);
	assert_string_equal(finding->severity_word, "error");
	assert_string_equal(finding->subject, "s");
	assert_string_equal(finding->text, "t");
	assert_string_equal(finding->remedy, "r");
	assert_int_equal(finding[1].code, FINDING_MODE_OFF);
	assert_int_equal(finding[1].severity, SEVERITY_INFO);
	assert_true(verified->is_there);
	assert_string_equal(verified->at, "now");
	assert_int_equal(verified->result, VERIFIED_AS_CONFIGURED);
	assert_string_equal(verified->result_word, "as-configured");
	assert_int_equal(verified->n_vfio, 2);
	assert_int_equal(verified->vfio[0].group, 12);
	assert_int_equal(verified->vfio[0].answer, VFIO_ACCEPTED);
	assert_string_equal(verified->vfio[0].interface, "container");
	assert_int_equal(verified->vfio[0].error, 0);
	assert_int_equal(verified->vfio[1].answer, VFIO_REFUSED);
	assert_int_equal(verified->vfio[1].error, 1);
	assert_int_equal(verified->n_images, 1);
	assert_string_equal(verified->images[0].kernel, "6.1");
	assert_string_equal(verified->images[0].state, "current");
	assert_int_equal(verified->findings.n, 1);
	assert_int_equal(verified->findings.items[0].code, FINDING_IMAGE_STALE);
}

/* Only a version: no member is required, and nothing counts as a success. */
static void test_bare(void **state)
{
	CLEANUP(report_freep) struct report *report = report_from("{ 'version': 1 }");

	(void)state;
	assert_string_equal(report->kernel, "");
	assert_int_equal(report->mode, MODE_UNKNOWN);
	assert_int_equal(report->result, RESULT_UNKNOWN);
	assert_string_equal(report->result_word, "");
	assert_false(report->has_start);
	assert_false(report->iommu.is_there);
	assert_string_equal(report->iommu.kind, "");
	assert_false(report->trial.is_there);
	assert_int_equal(report->trial.state, TRIAL_UNKNOWN);
	assert_false(report->trial.has_key);
	assert_int_equal(report->n_gpus, 0);
	assert_int_equal(report->findings.n, 0);
	assert_false(report->verified.is_there);
	assert_int_equal(report->verified.result, VERIFIED_NOT_AS_CONFIGURED);
}

/* Words of a newer version are kept for display, and are no success. */
static void test_unknown_words(void **state)
{
	CLEANUP(report_freep)
	struct report *report = report_from(
		"{ 'version': 1, 'mode': 'try', 'result': 'unknown', 'trial': { 'state': 'won',"
		" 'key': '00' }, 'iommu': { 'dma_remapping': 'half' },"
		" 'gpus': [ { 'kind': 'disk', 'result': 'claimed?', 'functions': ["
		" { 'result': 'Claimed' } ] } ], 'findings': [ { 'severity': 'fatal',"
		" 'code': 'NEW' } ], 'verified': { 'result': 'fine', 'vfio': ["
		" { 'answer': 'perhaps' } ] } }");
	const struct report_gpu *gpu = report->gpus;

	(void)state;
	assert_int_equal(report->mode, MODE_UNKNOWN);
	assert_string_equal(report->mode_word, "try");
	assert_int_equal(report->result, RESULT_UNKNOWN);
	assert_int_equal(report->trial.state, TRIAL_UNKNOWN);
	assert_string_equal(report->trial.state_word, "won");
	assert_false(report->trial.has_key);
	assert_false(report->iommu.is_dma_remapped);
	assert_false(gpu->is_device);
	assert_string_equal(gpu->kind, "disk");
	assert_int_equal(gpu->result, RESULT_UNKNOWN);
	assert_string_equal(gpu->result_word, "claimed?");
	assert_int_equal(gpu->functions.items[0].result, RESULT_UNKNOWN);
	assert_int_equal(report->findings.items[0].severity, SEVERITY_UNKNOWN);
	assert_int_equal(report->findings.items[0].code, FINDING_UNKNOWN);
	assert_string_equal(report->findings.items[0].code_word, "NEW");
	assert_int_equal(report->verified.result, VERIFIED_NOT_AS_CONFIGURED);
	assert_string_equal(report->verified.result_word, "fine");
	assert_int_equal(report->verified.vfio[0].answer, VFIO_REFUSED);
}

/* Members may have any type: a report file is outside input. */
static void test_odd_members(void **state)
{
	CLEANUP(report_freep)
	struct report *report = report_from(
		"{ 'version': 1, 'result': 7, 'kernel': null, 'gpus': [ null, 1, 'x', { 'functions':"
		" [ null, { 'rivals': [ 1, null ], 'group': 'x', 'class': [] } ], 'groups': ["
		" { 'members': [ null, {} ] }, 3 ] } ], 'iommu': [], 'findings': [ null, {} ],"
		" 'image_built_at': {}, 'trial': 1, 'verified': [], 'started_at': 'x' }");
	_cleanup_free_ char *text =
		report_to_text(report, NULL, &(struct page){ 80, true });
	const struct report_gpu *gpu = &report->gpus[3];

	(void)state;
	assert_non_null(text);
	assert_int_equal(report->n_gpus, 4);
	assert_null(report->gpus[1].object);
	assert_string_equal(report->gpus[2].configured, "");
	assert_non_null(gpu->object);
	assert_null(gpu->functions.items[0].object);
	assert_int_equal(gpu->functions.items[1].rivals.n, 2);
	assert_string_equal(gpu->functions.items[1].rivals.items[0], "");
	assert_int_equal(gpu->functions.items[1].group, 0);
	assert_int_equal(gpu->groups[0].members.n, 2);
	assert_int_equal(gpu->groups[1].members.n, 0);
	assert_true(report->iommu.is_there);
	assert_false(report->trial.is_there);
	assert_int_equal(report->findings.n, 2);
	assert_true(report->verified.is_there);
	assert_true(report->started_at == 0);
}

/* More items than the first block holds: each list stays intact. */
static void test_many(void **state)
{
	_cleanup_free_ char *text = malloc(1 << 16);
	CLEANUP(report_freep) struct report *report = NULL;
	char *end = stpcpy(text, "{ 'version': 1, 'findings': [ {}");

	(void)state;
	for (int i = 0; i < 300; i++)
		end = stpcpy(end, ", { 'code': 'DEADLINE' }");
	end = stpcpy(end, " ], 'gpus': [ {}");
	for (int i = 0; i < 300; i++)
		end = stpcpy(end,
			     ", { 'kind': 'gpu', 'functions': [ { 'rivals': [ 'a' ] } ] }");
	strcpy(end, " ] }");
	report = report_from(text);
	assert_int_equal(report->findings.n, 301);
	assert_int_equal(report->n_gpus, 301);
	for (int i = 1; i <= 300; i++) {
		assert_int_equal(report->findings.items[i].code, FINDING_DEADLINE);
		assert_string_equal(report->gpus[i].kind, "gpu");
		assert_string_equal(report->gpus[i].functions.items[0].rivals.items[0],
				    "a");
	}
}

/* Of every kind of value; and no part of the packed bytes is taken for the whole. */
static void test_packed(void **state)
{
	static const char text[] =
		"{ \"version\": 1, \"a\": [ null, true, false, -9000000000, 0.50, \"\","
		" \"x/y\", {}, [] ], \"\": { \"b\": 1 } }";
	const char *problem;
	struct json_object *document = document_parse(text, sizeof(text) - 1, &problem),
			   *again;
	size_t size, text_size;
	char *bytes, *part, *written;

	(void)state;
	assert_non_null(document);
	/* Versions of json-c differ in the space that they write into empty values. */
	written = strdup(document_serialize(document, &text_size));
	assert_non_null(strstr(written, "0.50"));
	bytes = document_pack(document, &size);
	assert_non_null(bytes);
	for (size_t length = 0; length <= size; length++) {
		/* Exactly this size, so that ASan reports a read beyond. */
		part = malloc(length + !length);
		memcpy(part, bytes, length);
		again = document_unpack(part, length);
		assert_int_equal(again != NULL, length == size);
		if (again)
			assert_string_equal(document_serialize(again, &text_size), written);
		document_put(again);
		free(part);
	}
	free(written);
	free(bytes);
	document_put(document);
	assert_null(document_pack(NULL, &size));
	/* Deeper than any report. */
	part = malloc(100000);
	memset(part, '[', 100000);
	assert_null(document_unpack(part, 100000));
	free(part);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_iommu_and_trial),
		cmocka_unit_test(test_cards),
		cmocka_unit_test(test_findings_and_verified),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_unknown_words),
		cmocka_unit_test(test_odd_members),
		cmocka_unit_test(test_many),
	};

	return RUN_TABLE(documents, test_parse) +
		       cmocka_run_group_tests_name("reading a report", tests, NULL, NULL) >
	       0;
}
