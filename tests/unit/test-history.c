// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports are kept, found and pruned as promised, whatever else is in the folder; and times
 * that a person writes are understood.
 */
#include "cmd/after/history.h"
#include "base/clock.h"
#include "report/report-document.h"
#include "report/report-parse.h"
#include "cmd/after/since.h"
#include "cmd/after/when.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FOLDER "var/log/vfio-claim"
#define ID(n) "0000000" n "-1111-4222-8333-444444444444"
#define REPORT(id, kernel)                                                               \
	"{ \"version\": 1, \"boot_id\": \"" id "\", \"kernel\": \"" kernel               \
	"\", \"result\": \"claimed\" }"
#define KEPT(time, n, text) FOLDER "/" time "-" ID(n) ".json = " text "\n"

/* Only the running system's reports are filed: the test has a folder of its own there. */
static char place[] = "/tmp/vfio-claim-history-XXXXXX";

static int make_place(void **state)
{
	(void)state;
	return mkdtemp(place) ? 0 : -1;
}

static int take_name(const char *name, void *data)
{
	return strings_add(data, name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct strings list_place(const struct root *root)
{
	struct strings names = {};

	assert_int_equal(root_list(root, place, take_name, &names), 0);
	if (names.n)
		qsort(names.items, names.n, sizeof(*names.items), compare);
	return names;
}

static int empty_place(void **state)
{
	struct root root;
	struct strings names;

	(void)state;
	assert_int_equal(root_open(&root, "/"), 0);
	names = list_place(&root);
	for (size_t i = 0; i < names.n; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", place, names.items[i]);
		assert_int_equal(root_remove(&root, path), 0);
	}
	strings_done(&names);
	root_done(&root);
	return 0;
}

static int remove_place(void **state)
{
	empty_place(state);
	return rmdir(place);
}

static int file(const struct root *root, unsigned boot, time_t started, char **ret_path)
{
	struct json_object *document = document_new();
	struct report *report;
	char id[40];
	int r;

	snprintf(id, sizeof(id), "%08x-1111-4222-8333-444444444444", boot);
	document_add_number(document, "version", 1);
	document_add_string(document, "boot_id", id);
	report = report_take(document);
	r = history_file_at(root, place, started, report, ret_path);
	report_free(report);
	return r;
}

static void test_filed(void **state)
{
	struct strings names;
	struct stat status;
	struct root root;
	char *path = NULL;

	(void)state;
	assert_int_equal(root_open(&root, "/"), 0);
	assert_int_equal(file(&root, 1, 1700000000, &path), 0);
	assert_non_null(strstr(path, "/20231114T221320Z-00000001-1111-"));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0644);
	free(path);
	/* The same boot after a change of the clock has the same file. */
	assert_int_equal(file(&root, 1, 1700009999, &path), 0);
	assert_non_null(strstr(path, "/20231114T221320Z-"));
	free(path);
	names = list_place(&root);
	assert_int_equal(names.n, 1);
	strings_done(&names);
	root_done(&root);
}

static void test_pruned(void **state)
{
	struct strings names;
	struct root root;
	char *path = NULL;

	(void)state;
	assert_int_equal(root_open(&root, "/"), 0);
	assert_int_equal(root_replace(&root, place, "a-note", "x", 1), 0);
	for (unsigned i = 0; i < HISTORY_MOST + 5; i++) {
		assert_int_equal(file(&root, i, 1700000000 + i * 60, &path), 0);
		free(path);
	}
	names = list_place(&root);
	assert_int_equal(names.n, HISTORY_MOST + 1);
	/* The five oldest are gone; files that are no reports stay. */
	assert_non_null(strstr(names.items[0], "-00000005-"));
	assert_string_equal(names.items[HISTORY_MOST], "a-note");
	strings_done(&names);
	/* A report filed after the clock went back is not the one to delete. */
	assert_int_equal(file(&root, 99, 60, &path), 0);
	assert_int_equal(access(path, F_OK), 0);
	free(path);
	names = list_place(&root);
	assert_int_equal(names.n, HISTORY_MOST + 1);
	strings_done(&names);
	root_done(&root);
}

static void test_links_are_not_followed(void **state)
{
	char name[256], *path = NULL;
	struct stat status;
	struct root root;
	int fd;

	(void)state;
	assert_int_equal(root_open(&root, "/"), 0);
	assert_int_equal(root_replace(&root, place, "victim", "safe", 4), 0);
	snprintf(name, sizeof(name),
		 "%s/20231114T221320Z-00000001-1111-4222-8333-444444444444.json", place);
	assert_int_equal(symlink("victim", name), 0);
	snprintf(name, sizeof(name),
		 "%s/.20231114T221320Z-00000001-1111-4222-8333-444444444444.json.new",
		 place);
	assert_int_equal(symlink("victim", name), 0);
	assert_int_equal(file(&root, 1, 1700000000, &path), 0);
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	free(path);
	snprintf(name, sizeof(name), "%s/victim", place);
	fd = open(name, O_RDONLY);
	assert_int_equal(read(fd, name, sizeof(name)), 4);
	close(fd);
	root_done(&root);
}

static void test_not_filed(void **state)
{
	struct root root;
	char *path = NULL;

	(void)state;
	assert_int_equal(root_open(&root, "/"), 0);
	assert_int_equal(file(&root, 1, -1, &path), -EINVAL);
	root_done(&root);
	/* Nothing is written below a sysroot. */
	assert_int_equal(root_open(&root, place), 0);
	assert_int_equal(file(&root, 1, 1700000000, &path), -EROFS);
	assert_null(path);
	root_done(&root);
}

/* Reading -------------------------------------------------------------------------------------- */

#define TREE                                                                               \
	"proc/sys/kernel/random/boot_id = " ID(                                            \
		"9") "\n"                                                                  \
		     "run/vfio-claim/report.json = " REPORT(ID("9"), "now") "\n" KEPT(     \
			     "20260101T000000Z", "1", REPORT(ID("1"), "first"))            \
			     KEPT("20260102T000000Z", "2", "{ \"version\": 1, \"boot")     \
				     KEPT("20260103T000000Z", "3", "{ \"version\": 7 }")   \
					     KEPT("20260104T000000Z", "4",                 \
						  REPORT(ID("4"), "fourth"))               \
						     KEPT("20260105T000000Z", "9",         \
							  REPORT(ID("9"), "filed before")) \
							     FOLDER                        \
		"/20260106T000000Z-" ID(                                                   \
			"6") ".json -> ../../../run/vfio-claim/report.json\n" FOLDER       \
			     "/20260107T000000Z-" ID("7") ".json /\n" FOLDER               \
							  "/notes.txt = hello\n" FOLDER    \
							  "/.20260108T000000Z-" ID(        \
								  "8") ".json.new = {\n"

static const char *kernel_of(const struct history *history, const char *boot)
{
	const struct kept *kept = history_find(history, boot);

	if (!kept)
		return "(none)";
	return kept->report ? kept->report->kernel : kept->problem;
}

static void test_read(void **state)
{
	struct history history;
	struct tree tree;

	(void)state;
	tree_make(&tree, TREE);
	assert_int_equal(history_read(&tree.root, &history), 0);
	assert_int_equal(history.n, 8);
	assert_string_equal(kernel_of(&history, "0"), "now");
	assert_string_equal(kernel_of(&history, "-1"), "it is not a regular file");
	assert_string_equal(kernel_of(&history, "-2"), "it is a link, not a file");
	assert_string_equal(kernel_of(&history, "-3"), "fourth");
	assert_string_equal(kernel_of(&history, "-4"),
			    "it was written by another version of vfio-claim");
	assert_string_equal(kernel_of(&history, "-5"), "it is damaged or truncated");
	assert_string_equal(kernel_of(&history, "-6"), "first");
	assert_string_equal(kernel_of(&history, "-7"),
			    "the file does not have the name of a kept report");
	assert_string_equal(kernel_of(&history, "-8"), "(none)");
	assert_string_equal(kernel_of(&history, "1"), "(none)");
	assert_string_equal(kernel_of(&history, ""), "(none)");
	assert_string_equal(kernel_of(&history, ID("4")), "fourth");
	assert_string_equal(kernel_of(&history, "0000000411114222"), "fourth");
	assert_string_equal(kernel_of(&history, "00000009"), "now");
	assert_string_equal(kernel_of(&history, "0000"), "(none)"); /* the prefix of several */
	assert_string_equal(kernel_of(&history, "00000005"), "(none)");
	history_done(&history);
	tree_remove(&tree);
}

/* Its report in /run is gone; the filed one is there. */
static void test_read_filed_only(void **state)
{
	struct history history;
	struct tree tree;

	(void)state;
	tree_make(&tree,
		  "proc/sys/kernel/random/boot_id = " ID(
			  "9") "\n" KEPT("20260101T000000Z", "1", REPORT(ID("1"), "first"))
			  KEPT("20260105T000000Z", "9", REPORT(ID("9"), "filed")));
	assert_int_equal(history_read(&tree.root, &history), 0);
	assert_string_equal(kernel_of(&history, "0"), "filed");
	assert_string_equal(kernel_of(&history, "-1"), "first");
	history_done(&history);
	tree_remove(&tree);
}

static void test_read_nothing(void **state)
{
	struct history history;
	struct tree tree;

	(void)state;
	tree_make(&tree, "etc /\n");
	assert_int_equal(history_read(&tree.root, &history), 0);
	assert_int_equal(history.n, 0);
	assert_null(history_find(&history, "0"));
	history_done(&history);
	tree_remove(&tree);
}

/* Time ----------------------------------------------------------------------------------------- */

static void test_since(void **state)
{
	static const struct {
		const char *text;
		time_t expected;
	} rows[] = {
		{ "-90m", 1000000000 - 5400 },
		{ "-2h", 1000000000 - 7200 },
		{ "-2d", 1000000000 - 172800 },
		{ "-1w", 1000000000 - 604800 },
		{ "2026-11-22", 1795305600 },
		{ "2026-11-22 01:00", 1795309200 },
		{ "2026-11-22T01:00", 1795309200 },
		{ "2026-11-22T01:00:01", 1795309201 },
		{ "2026-11-22 01:00:01Z", 1795309201 },
		{ "2026-11-22Z", 1795305600 },
		{ "-", -1 },
		{ "-2", -1 },
		{ "-2x", -1 },
		{ "--2d", -1 },
		{ "", -1 },
		/* 1000000000 is Sunday, 2001-09-09 01:46:40. */
		{ "now", 1000000000 },
		{ "today", 999993600 },
		{ "Yesterday", 999993600 - 86400 },
		{ "yesterday 18:00", 999993600 - 86400 + 64800 },
		{ "sunday", 999993600 },
		{ "last sunday", 999993600 - 7 * 86400 },
		{ "sat", 999993600 - 86400 },
		{ "monday", 999993600 - 6 * 86400 },
		{ "monday 08:30:15", 999993600 - 6 * 86400 + 30615 },
		{ "00:30", 999993600 + 1800 },
		{ "2 hours ago", 1000000000 - 7200 },
		{ " 2  hours  ago ", 1000000000 - 7200 },
		{ "90 min ago", 1000000000 - 5400 },
		{ "an hour ago", 1000000000 - 3600 },
		{ "3 days ago", 1000000000 - 3 * 86400 },
		{ "1 week ago", 1000000000 - 604800 },
		{ "last week", 1000000000 - 604800 },
		{ "a month ago", 1000000000 - 31 * 86400 },
		{ "last year", 1000000000 - 365 * 86400 },
		{ "2 hours", -1 },
		{ "hours ago", -1 },
		{ "2 fortnights ago", -1 },
		{ "99999999999999999999 years ago", -1 },
		{ "ago", -1 },
		{ "last", -1 },
		{ "s", -1 },
		{ "sund", -1 },
		{ "yesterday noon", -1 },
		{ "25:00", -1 },
		{ "soon", -1 },
		{ "2026-13-40", -1 },
		{ "2026-11-22 x", -1 },
		{ "-99999999999999999999d", -1 },
	};

	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (since_parse(rows[i].text, 1000000000) != rows[i].expected)
			fail_msg("%s: %lld", rows[i].text,
				 (long long)since_parse(rows[i].text, 1000000000));
	setenv("TZ", "CET-1", 1); /* local time, but with a Z */
	assert_int_equal(since_parse("2026-11-22", 0), 1795302000);
	assert_int_equal(since_parse("2026-11-22Z", 0), 1795305600);
}

/* A day without a whole number of hours: midnight is still midnight. */
static void test_since_in_summer_time(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	/* 2026-03-30 12:00 CEST; the clocks went forward the day before. */
	assert_int_equal(since_parse("yesterday", 1774864800), 1774738800);
	assert_int_equal(since_parse("yesterday 12:00", 1774864800), 1774778400);
	setenv("TZ", "UTC", 1);
}

static void test_times_for_people(void **state)
{
	static const struct {
		time_t distance;
		const char *expected;
	} rows[] = {
		{ -1, "" },
		{ 0, "just now" },
		{ 59, "just now" },
		{ 60, "1 minute ago" },
		{ 7199, "1 hour ago" },
		{ 7200, "2 hours ago" },
		{ 86400, "1 day ago" },
		{ 13 * 86400, "13 days ago" },
		{ 14 * 86400, "2 weeks ago" },
		{ 60 * 86400, "2 months ago" },
		{ 729 * 86400, "24 months ago" },
		{ 730 * 86400, "2 years ago" },
	};
	char text[WHEN_SIZE];

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset(); /* localtime_r() need not */
	assert_string_equal(when_format(1000000000, text), "Sun 2001-09-09 01:46");
	assert_string_equal(when_format(-1, text), "");
	assert_string_equal(when_ago(-1, 1000000000, text), "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(when_ago(1000000000 - rows[i].distance, 1000000000,
					     text),
				    rows[i].expected);
}

static void test_names_of_times(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	assert_string_equal(clock_format_compact(1700000000, text), "20231114T221320Z");
	assert_int_equal(clock_parse_compact(text), 1700000000);
	assert_string_equal(clock_format_iso(1700000000, text), "2023-11-14T22:13:20Z");
	assert_int_equal(clock_parse_compact("20231114T221320"), -1);
	assert_int_equal(clock_parse_compact("20231314T221320Z"), -1);
	assert_int_equal(clock_parse_compact(""), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_filed, empty_place),
		cmocka_unit_test_teardown(test_pruned, empty_place),
		cmocka_unit_test_teardown(test_links_are_not_followed, empty_place),
		cmocka_unit_test_teardown(test_not_filed, empty_place),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_filed_only),
		cmocka_unit_test(test_read_nothing),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_since_in_summer_time),
		cmocka_unit_test(test_times_for_people),
		cmocka_unit_test(test_names_of_times),
	};

	return cmocka_run_group_tests_name("history", tests, make_place, remove_place);
}
