// SPDX-License-Identifier: GPL-2.0-or-later
/* A boot's report becomes entries of the journal. */
#include "claimed-boot.h"

#include "cmd/after/journal.h"
#include "model/event.h"
#include "model/finding.h"
#include "report/report-parse.h"

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
		report_from(GOOD_BOOT(", 'verified': { 'result': 'as-configured' }"));

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
	struct report *report = report_from(GOOD_BOOT(
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
	struct report *report = report_from(
		"{ 'version': 1, 'result': 'failed', 'findings': [ { 'severity': 'error',"
		" 'code': 'IMAGE_WITHOUT_AGENT' } ],"
		" 'verified': { 'result': 'not-as-configured' } }");

	(void)state;
	assert_int_equal(journal_tell_to(take_entry, report, NULL), 0);
	assert_non_null(
		strstr(sent.items[sent.n - 1], "MESSAGE_ID=" MESSAGE_ID_DID_NOT_RUN));
	report_free(report);
}

#define IMAGES                                                                                            \
	"'images': [ { 'kernel': 'six', 'state': 'current' }, { 'kernel': 'seven', 'state': 'stale' } ]," \
	" 'image_findings': [ { 'severity': 'warning', 'code': 'IMAGE_STALE', 'subject': 'seven' } ]"

/* What comes later is told without repeating what was told before. */
static void test_journal_of_images(void **state)
{
	struct report *report = report_from(GOOD_BOOT(
		", 'verified': { 'result': 'as-configured', 'findings': [ { 'code': 'CLAIM_LOST' } ],"
		" 'images_at': '2023-11-14T22:13:25Z', " IMAGES " }"));

	(void)state;
	assert_int_equal(journal_tell_images_to(take_entry, report, false, "/file"), 0);
	assert_int_equal(sent.n, 2);
	assert_non_null(strstr(sent.items[0], "IMAGE_STALE"));
	assert_non_null(
		strstr(sent.items[1], "boot images: 1 of 2 hold this configuration"));
	assert_non_null(strstr(sent.items[1], "MESSAGE_ID=" MESSAGE_ID_IMAGES));
	end_entries(NULL);
	assert_int_equal(journal_tell_images_to(take_entry, report, true, "/file"), 0);
	assert_int_equal(sent.n, 3); /* the verdict too, as it is another now */
	end_entries(NULL);
	fail_at = 2;
	assert_int_equal(journal_tell_images_to(take_entry, report, true, NULL), -ENOTCONN);
	report_free(report);
}

static const struct bdf card = { .bus = 1 };

static void test_journal_of_an_event(void **state)
{
	CLEANUP(findings_done) struct findings findings = {};
	const struct event lost = { EVENT_LOST, CAUSE_WATCH, card, "none", &findings };
	const struct event claimed = { EVENT_CLAIMED, CAUSE_COMMAND, card, "", NULL };

	(void)state;
	findings_add(&findings, "0000:01:00.1", SAY_NOW_NOT_BOUND);
	assert_int_equal(journal_tell_event_to(take_entry, &lost), 0);
	assert_int_equal(sent.n, 2);
	assert_true(has_entry(
		ENTRY("PRIORITY=4|MESSAGE_ID=" MESSAGE_ID_CHANGED
		      "|MESSAGE=0000:01:00.0: lost: none|VFIO_CLAIM_GPU=0000:01:00.0|",
		      "VFIO_CLAIM_EVENT=lost|VFIO_CLAIM_CAUSE=watch|")));
	assert_true(has_entry(ENTRY("VFIO_CLAIM_CODE=CLAIM_LOST|",
				    "VFIO_CLAIM_SUBJECT=0000:01:00.1|")));
	assert_int_equal(journal_tell_event_to(take_entry, &claimed), 0);
	assert_non_null(strstr(sent.items[2], "PRIORITY=5|MESSAGE_ID=" MESSAGE_ID_CLAIMED
					      "|MESSAGE=0000:01:00.0: claimed|"));
}

static void test_journal_of_images_not_judged(void **state)
{
	struct report *report = report_from(GOOD_BOOT(
		", 'verified': { 'result': 'as-configured', 'images_at': null, 'images': [],"
		" 'image_findings': [ { 'severity': 'warning', 'code': 'FACT_UNKNOWN' } ] }"));

	(void)state;
	assert_int_equal(journal_tell_images_to(take_entry, report, false, NULL), 0);
	assert_non_null(strstr(sent.items[1], "boot images: not judged"));
	assert_non_null(strstr(sent.items[1], "PRIORITY=4"));
	report_free(report);
}

/* Each entry in turn cannot be sent: the error is returned, and nothing leaks. */
static void test_journal_fails(void **state)
{
	struct report *report =
		report_from(GOOD_BOOT(", 'verified': { 'result': 'as-configured' }"));
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_journal_of_a_good_boot, end_entries),
		cmocka_unit_test_teardown(test_journal_of_images, end_entries),
		cmocka_unit_test_teardown(test_journal_of_images_not_judged, end_entries),
		cmocka_unit_test_teardown(test_journal_of_a_bad_boot, end_entries),
		cmocka_unit_test_teardown(test_journal_without_the_agent, end_entries),
		cmocka_unit_test_teardown(test_journal_of_an_event, end_entries),
		cmocka_unit_test_teardown(test_journal_fails, end_entries),
		cmocka_unit_test(test_no_journal),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
