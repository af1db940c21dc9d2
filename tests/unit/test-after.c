// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is said of a boot afterwards: changes since the one before, status as numbers, entries
 * for the journal.
 */
#include "cmd/after/compare.h"
#include "cmd/after/journal.h"
#include "decide/member.h"
#include "report/report-parse.h"
#include "cmd/after/status.h"
#include "tree.h"
#include "unit.h"

#include <stdio.h>

static struct report *parse(const char *text)
{
	struct report *report;
	_cleanup_free_ char *copy = strdup(text);
	const char *problem;

	assert_non_null(copy);
	for (char *c = copy; *c; c++) /* easier to read in a C string */
		if (*c == '\'')
			*c = '"';
	report = report_parse(copy, strlen(copy), &problem);
	if (!report)
		fail_msg("%s: %s", problem, text);
	return report;
}

/* Changes -------------------------------------------------------------------------------------- */

#define FUNCTION_AT(address, id, driver)                                                 \
	"{ 'address': '" address "', 'id': '" id "', 'driver': '" driver "' }"
#define MEMBER_AT(address, id) "{ 'address': '" address "', 'id': '" id "' }"
#define BOOT(more) "{ 'version': 1, 'result': 'claimed', 'kernel': '6.1'" more " }"
#define CARD_AT(address, functions, members)                                                 \
	BOOT(", 'gpus': [ { 'configured': 'card', 'result': 'claimed', 'address': '" address \
	     "', 'functions': [ " functions                                                  \
	     " ], 'groups': [ { 'number': 1, 'members': [ " members " ] } ] } ]")
#define FINDINGS(items) BOOT(", 'findings': [ " items " ]")
#define SHARED "{ 'severity': 'error', 'code': 'GROUP_SHARED', 'subject': '02:00.0' }"

static const struct change_case {
	const char *name, *before, *now;
	const char *expected; /* a line for each change */
} changes[] = {
	{ "nothing", BOOT(""), BOOT(""), "" },
	{ "machine",
	  BOOT(", 'config_sha256': 'a', 'iommu': { 'kind': 'intel', 'dma_remapping': 'on' }"),
	  "{ 'version': 1, 'result': 'refused', 'kernel': '6.12', 'config_sha256': 'b',"
	  " 'iommu': { 'kind': 'none', 'dma_remapping': 'off' } }",
	  "result: refused, was claimed\nkernel: 6.12, was 6.1\nIOMMU: none, was intel\n"
	  "DMA remapping: off, was on\nthe configuration has changed\n" },
	{ "image", BOOT(", 'image_built_at': 'x'"), BOOT(""), "image built: none, was x\n" },
	{ "verified", BOOT(", 'verified': { 'result': 'as-configured' }"),
	  BOOT(", 'verified': { 'result': 'not-as-configured' }"),
	  "verified: not-as-configured, was as-configured\n" },
	{ "not verified then", BOOT(""),
	  BOOT(", 'verified': { 'result': 'as-configured' }"), "" },
	{ "the card moved, and nothing else",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1")),
	  CARD_AT("02:00.0", FUNCTION_AT("02:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("02:00.0", "10de:1")),
	  "02:00.0: the card moved here from 01:00.0\n" },
	{ "the group grew",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1")),
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1") "," MEMBER_AT("03:00.0", "8086:1")),
	  "01:00.0: 03:00.0 (8086:1) joined its IOMMU group\n" },
	{ "the group shrank",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1") "," MEMBER_AT("03:00.0", "8086:1")),
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1")),
	  "01:00.0: 03:00.0 (8086:1) left its IOMMU group\n" },
	{ "another card with more functions and another driver",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"), ""),
	  CARD_AT("01:00.0",
		  FUNCTION_AT("01:00.0", "10de:2",
			      "nouveau") "," FUNCTION_AT("01:00.1", "10de:3", "vfio-pci"),
		  ""),
	  "01:00.0: id: 10de:2, was 10de:1\n01:00.0: driver: nouveau, was vfio-pci\n"
	  "01:00.1: the function is new (10de:3)\n" },
	{ "a function less",
	  CARD_AT("01:00.0",
		  FUNCTION_AT("01:00.0", "10de:2", "") "," FUNCTION_AT("01:00.1",
								       "10de:3", ""),
		  ""),
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:2", ""), ""),
	  "01:00.1: the function is gone (10de:3)\n" },
	{ "lines of the configuration", BOOT(", 'gpus': [ { 'configured': 'a' } ]"),
	  BOOT(", 'gpus': [ { 'configured': 'b' } ]"),
	  "'b' is configured now\n'a' is no longer configured\n" },
	{ "the card went", CARD_AT("01:00.0", "", ""),
	  BOOT(", 'gpus': [ { 'configured': 'card', 'result': 'refused', 'address': null } ]"),
	  "01:00.0: the card is gone\ncard: result: refused, was claimed\n" },
	{ "findings", FINDINGS(""), FINDINGS(SHARED), "new: error GROUP_SHARED 02:00.0\n" },
	{ "findings gone", FINDINGS(SHARED), FINDINGS(""),
	  "gone: error GROUP_SHARED 02:00.0\n" },
	{ "findings stay", FINDINGS(SHARED), FINDINGS(SHARED), "" },
	{ "members of other types",
	  BOOT(", 'gpus': [ 1, null, 'x', { 'functions': 3, 'groups': [ 7 ] } ]"),
	  BOOT(", 'gpus': 'none', 'findings': {}, 'iommu': [], 'verified': 1"),
	  "'' is no longer configured\n'' is no longer configured\n"
	  "'' is no longer configured\n'' is no longer configured\n" },
};

static void test_change(void **state)
{
	const struct change_case *row = *state;
	struct report *before = parse(row->before), *now = parse(row->now);
	struct strings found = {};
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(compare_reports(before, now, &found), 0);
	for (size_t i = 0; i < found.n; i++)
		fprintf(stream, "%s\n", found.items[i]);
	fclose(stream);
	assert_string_equal(text, row->expected);
	free(text);
	strings_done(&found);
	report_free(before);
	report_free(now);
}

/* Status --------------------------------------------------------------------------------------- */

#define DEVICE(address, driver)                                                          \
	"sys/bus/pci/devices/" address "/driver -> ../../../bus/pci/drivers/" driver "\n"
#define CLAIMED_CARD                                                                     \
	"{ 'configured': '0000:01:00.0', 'kind': 'gpu', 'address': '0000:01:00.0',"      \
	" 'result': 'claimed', 'functions': [ { 'address': '0000:01:00.0' },"            \
	" { 'address': '0000:01:00.1' } ] }"
#define GOOD_BOOT(more)                                                                         \
	"{ 'version': 1, 'program': 'vfio-claim 1', 'kernel': 'six', 'mode': 'claim',"          \
	" 'result': 'claimed', 'started_at': 2.5, 'duration_ms': 96.2, 'gpus': [ " CLAIMED_CARD \
	" ]" more " }"
#define BOTH                                                                             \
	DEVICE("0000:01:00.0", "vfio-pci") DEVICE("0000:01:00.1", "nvgrace_gpu_vfio_pci")

static const struct status_case {
	const char *name, *report, *tree;
	bool is_as_configured;
	const char *result, *code; /* of the first card */
	size_t n_held;
} statuses[] = {
	{ "held", GOOD_BOOT(""), BOTH, true, "claimed", "", 2 },
	{ "unbound", GOOD_BOOT(""), DEVICE("0000:01:00.0", "vfio-pci"), false, "lost",
	  "CLAIM_LOST", 1 },
	{ "a rival", GOOD_BOOT(""),
	  DEVICE("0000:01:00.0", "vfio-pci") DEVICE("0000:01:00.1", "snd_hda_intel"),
	  false, "lost", "RIVAL_BOUND", 1 },
	{ "verified", GOOD_BOOT(", 'verified': { 'result': 'as-configured' }"), BOTH,
	  true, "claimed", "", 2 },
	{ "VFIO said no", GOOD_BOOT(", 'verified': { 'result': 'not-as-configured' }"),
	  BOTH, false, "claimed", "", 2 },
	{ "refused",
	  "{ 'version': 1, 'result': 'refused', 'gpus': [ { 'configured': 'x', 'result': 'refused',"
	  " 'address': null } ], 'findings': [ { 'severity': 'error', 'code': 'GPU_NOT_FOUND' } ] }",
	  "sys /\n", false, "refused", "GPU_NOT_FOUND", 0 },
	{ "off",
	  "{ 'version': 1, 'result': 'off', 'gpus': [ { 'configured': 'x', 'result': 'off' } ],"
	  " 'findings': [ { 'severity': 'info', 'code': 'MODE_OFF' } ],"
	  " 'verified': { 'result': 'off' } }",
	  "sys /\n", false, "off", "MODE_OFF", 0 },
	{ "nothing configured", "{ 'version': 1, 'result': 'nothing-configured' }",
	  "sys /\n", true, NULL, NULL, 0 },
};

static void test_status(void **state)
{
	const struct status_case *row = *state;
	struct report *report = parse(row->report);
	struct status status;
	struct tree tree;

	tree_make(&tree, row->tree);
	assert_int_equal(status_read(&tree.root, report, &status), 0);
	assert_int_equal(status.is_as_configured, row->is_as_configured);
	assert_int_equal(status.n_cards, row->result != NULL);
	if (row->result) {
		assert_string_equal(status.cards[0].result, row->result);
		assert_string_equal(status.cards[0].code, row->code);
		assert_int_equal(status.cards[0].n_held, row->n_held);
	}
	status_done(&status);
	report_free(report);
	tree_remove(&tree);
}

static void expect_lines(const char *text, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = strstr(text, lines[i]);
		size_t length = strlen(lines[i]);

		if (!found || (found != text && found[-1] != '\n') || found[length] != '\n')
			fail_msg("no line '%s' in\n%s", lines[i], text);
	}
}

/* Every sample follows a HELP and a TYPE of its name, and no name comes twice. */
static void expect_format(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line, name[64] = "";
	struct strings seen = {};

	while ((line = strsep(&rest, "\n")) && *line) {
		if (sscanf(line, "# HELP %63s", name) == 1) {
			assert_false(strings_have(&seen, name));
			assert_int_equal(strings_add(&seen, name), 0);
			line = strsep(&rest, "\n");
			assert_true(has_prefix(line, "# TYPE "));
			assert_true(has_prefix(line + 7, name));
			assert_non_null(strstr(line, " gauge"));
			continue;
		}
		assert_true(*name && has_prefix(line, name));
		assert_true(line[strlen(name)] == ' ' || line[strlen(name)] == '{');
	}
	assert_true(seen.n > 0);
	assert_true(!line || !rest); /* it ends with a line feed, and no empty line before */
	strings_done(&seen);
}

static void test_metrics(void **state)
{
	static const char *const lines[] = {
		"vfio_claim_as_configured 1",
		"vfio_claim_report_present 1",
		"vfio_claim_info{program=\"vfio-claim 1\",kernel=\"six\",mode=\"claim\",result=\"claimed\"} 1",
		"vfio_claim_agent_duration_seconds 0.0962",
		"vfio_claim_gpu_claimed{gpu=\"0000:01:00.0\",address=\"0000:01:00.0\",kind=\"gpu\"} 1",
		"vfio_claim_gpu_functions_held{gpu=\"0000:01:00.0\",address=\"0000:01:00.0\",kind=\"gpu\"} 2",
		"vfio_claim_findings{severity=\"error\"} 0",
		"vfio_claim_findings{severity=\"warning\"} 2",
		"vfio_claim_verified 1",
		"vfio_claim_verified_timestamp_seconds 1700000000",
		"vfio_claim_group_accepted{group=\"7\"} 1",
		"vfio_claim_group_accepted{group=\"8\"} 0",
	};
	struct report *report = parse(GOOD_BOOT(
		", 'findings': [ { 'severity': 'warning' } ],"
		" 'verified': { 'at': '2023-11-14T22:13:20Z',"
		" 'result': 'as-configured', 'findings': [ { 'severity': 'warning' } ],"
		" 'vfio': [ { 'group': 7, 'answer': 'in-use' },"
		" { 'group': 8, 'answer': 'refused' },"
		" { 'group': 9, 'answer': 'unknown' } ] }"));
	struct status status;
	struct tree tree;
	char *text;

	(void)state;
	tree_make(&tree, BOTH);
	assert_int_equal(status_read(&tree.root, report, &status), 0);
	text = status_to_metrics(&status);
	assert_non_null(text);
	expect_lines(text, lines, ARRAY_SIZE(lines));
	expect_format(text);
	assert_null(strstr(text, "group=\"9\""));
	free(text);
	status_done(&status);
	report_free(report);
	tree_remove(&tree);
}

static void test_metrics_without_a_report(void **state)
{
	struct status status = {};
	char *text = status_to_metrics(&status);

	(void)state;
	assert_string_equal(text,
			    "# HELP vfio_claim_as_configured Whether everything is as configured.\n"
			    "# TYPE vfio_claim_as_configured gauge\n"
			    "vfio_claim_as_configured 0\n"
			    "# HELP vfio_claim_report_present Whether there is a report of this boot.\n"
			    "# TYPE vfio_claim_report_present gauge\n"
			    "vfio_claim_report_present 0\n");
	free(text);
}

static void test_labels_are_escaped(void **state)
{
	struct card_status card = { .configured = "a\"b\\c\nd",
				    .kind = "gpu",
				    .address = "",
				    .result = "refused",
				    .code = "" };
	struct report *report = parse("{ 'version': 1 }");
	struct status status = { .report = report, .cards = &card, .n_cards = 1 };
	char *text = status_to_metrics(&status);

	(void)state;
	assert_non_null(strstr(text, "vfio_claim_gpu_claimed{gpu=\"a\\\"b\\\\c\\nd\","
				     "address=\"\",kind=\"gpu\"} 0\n"));
	expect_format(text);
	free(text);
	report_free(report);
}

/* Journal -------------------------------------------------------------------------------------- */

static struct strings sent; /* "FIELD|FIELD|..." for each entry */
static size_t fail_at;	    /* 0: never */

static int take_entry(const struct iovec *fields, int n)
{
	char text[1024] = "";

	for (int i = 0; i < n; i++) {
		strncat(text, fields[i].iov_base, fields[i].iov_len);
		strcat(text, "|");
		assert_null(memchr(fields[i].iov_base, '\n', fields[i].iov_len));
	}
	assert_int_equal(strings_add(&sent, text), 0);
	return fail_at == sent.n ? -ENOTCONN : 0;
}

static bool has_entry(const char *const *parts)
{
	for (size_t i = 0; i < sent.n; i++) {
		const char *const *part = parts;

		while (*part && strstr(sent.items[i], *part))
			part++;
		if (!*part)
			return true;
	}
	return false;
}

#define ENTRY(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int end_entries(void **state)
{
	(void)state;
	strings_done(&sent);
	fail_at = 0;
	return 0;
}

static void test_journal_of_a_good_boot(void **state)
{
	struct report *report =
		parse(GOOD_BOOT(", 'verified': { 'result': 'as-configured' }"));

	(void)state;
	assert_int_equal(journal_tell_to(take_entry, report, "/var/log/x"), 0);
	assert_true(has_entry(
		ENTRY("SYSLOG_IDENTIFIER=vfio-claim|PRIORITY=6|MESSAGE=kernel six")));
	assert_true(has_entry(ENTRY("MESSAGE_ID=" MESSAGE_ID_CLAIMED,
				    "VFIO_CLAIM_GPU=0000:01:00.0|",
				    "VFIO_CLAIM_RESULT=claimed|")));
	assert_false(has_entry(ENTRY(MESSAGE_ID_NOT_AS_CONFIGURED)));
	assert_false(has_entry(ENTRY(MESSAGE_ID_DID_NOT_RUN)));
	assert_non_null(
		strstr(sent.items[sent.n - 1], "VFIO_CLAIM_VERIFIED=as-configured|"));
	assert_non_null(strstr(sent.items[sent.n - 1], "VFIO_CLAIM_REPORT=/var/log/x|"));
	report_free(report);
}

static void test_journal_of_a_bad_boot(void **state)
{
	struct report *report = parse(GOOD_BOOT(
		", 'verified': { 'result': 'not-as-configured', 'findings': [ { 'severity': 'error',"
		" 'code': 'CLAIM_LOST', 'subject': '0000:01:00.1', 'text': 'gone', 'remedy': 'do' },"
		" { 'severity': 'warning', 'code': 'IMAGE_STALE', 'subject': null } ] }"));

	(void)state;
	assert_int_equal(journal_tell_to(take_entry, report, NULL), 0);
	assert_true(
		has_entry(ENTRY("PRIORITY=3|MESSAGE_ID=" MESSAGE_ID_NOT_AS_CONFIGURED
				"|MESSAGE=0000:01:00.1: CLAIM_LOST: gone|",
				"VFIO_CLAIM_CODE=CLAIM_LOST|", "VFIO_CLAIM_REMEDY=do|")));
	assert_true(has_entry(ENTRY("PRIORITY=4|MESSAGE=IMAGE_STALE: ")));
	assert_non_null(strstr(sent.items[sent.n - 1],
			       "PRIORITY=3|MESSAGE_ID=" MESSAGE_ID_NOT_AS_CONFIGURED));
	assert_null(strstr(sent.items[sent.n - 1], "VFIO_CLAIM_REPORT"));
	report_free(report);
}

static void test_journal_without_the_agent(void **state)
{
	struct report *report = parse(
		"{ 'version': 1, 'result': 'failed', 'findings': [ { 'severity': 'error',"
		" 'code': 'IMAGE_WITHOUT_AGENT' } ],"
		" 'verified': { 'result': 'not-as-configured' } }");

	(void)state;
	assert_int_equal(journal_tell_to(take_entry, report, NULL), 0);
	assert_non_null(
		strstr(sent.items[sent.n - 1], "MESSAGE_ID=" MESSAGE_ID_DID_NOT_RUN));
	report_free(report);
}

/* Each entry in turn cannot be sent: that is the answer, and nothing leaks. */
static void test_journal_fails(void **state)
{
	struct report *report =
		parse(GOOD_BOOT(", 'verified': { 'result': 'as-configured' }"));
	size_t n;

	(void)state;
	assert_int_equal(journal_tell_to(take_entry, report, NULL), 0);
	n = sent.n;
	for (size_t i = 1; i <= n; i++) {
		end_entries(NULL);
		fail_at = i;
		assert_int_equal(journal_tell_to(take_entry, report, NULL), -ENOTCONN);
		assert_int_equal(sent.n, i);
	}
	report_free(report);
}

static void test_no_journal(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	assert_false(journal_is_stdout());
	setenv("JOURNAL_STREAM", "1:1", 1);
	assert_false(journal_is_stdout());
	setenv("JOURNAL_STREAM", "x", 1);
	assert_false(journal_is_stdout());
	unsetenv("JOURNAL_STREAM");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_metrics_without_a_report),
		cmocka_unit_test(test_labels_are_escaped),
		cmocka_unit_test_teardown(test_journal_of_a_good_boot, end_entries),
		cmocka_unit_test_teardown(test_journal_of_a_bad_boot, end_entries),
		cmocka_unit_test_teardown(test_journal_without_the_agent, end_entries),
		cmocka_unit_test_teardown(test_journal_fails, end_entries),
		cmocka_unit_test(test_no_journal),
	};

	return RUN_TABLE(changes, test_change) + RUN_TABLE(statuses, test_status) +
		       cmocka_run_group_tests_name("after the boot", tests, NULL, NULL) >
	       0;
}
