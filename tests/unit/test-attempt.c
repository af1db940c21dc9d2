// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One boot's attempt with a store of variables in a folder: what is written and when, what
 * happens when writes fail, and what later boots find.
 */
#include "boot/attempt.h"
#include "cmd/after/blackbox.h"
#include "trial/efivar.h"
#include "cmd/after/history.h"
#include "decide/plan.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "tree.h"
#include "cmd/after/trial-status.h"
#include "trial/trial-store.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>

#define VARIABLE EFIVAR_FOLDER "/" TRIAL_VARIABLE "-" EFIVAR_GUID
#define FLAG REPORT_FOLDER "/" TRIAL_FLAG
#define BOOT_ID(digit) "0123456" digit "-89ab-cdef-0123-456789abcdef"

static struct group groups[] = { { 1 }, { 12 }, { 30 } };
static struct function card_[] = { ROOT_PORT(1, 1), RTX3080(1, 12), BMC_DISPLAY };
static const struct snapshot card = MACHINE(card_, groups, IOMMU_ON);

struct bench {
	struct tree tree;
	struct survey survey;
	struct attempt attempt;
};

/* A tree that is written like the running system; no path leads out of it. */
static void bench_make(struct bench *bench)
{
	*bench = (struct bench){};
	tree_make(&bench->tree, "sys/firmware/efi/efivars /\nrun /\nvar/log /\n"
				"proc/sys/kernel/random/boot_id = " BOOT_ID("9") "\n");
	bench->tree.root.is_live = true;
}

static void boot(struct bench *bench, const char *boot_id)
{
	struct survey *survey = &bench->survey;

	survey->config = config_from("gpu = 01:00.0\n", NULL);
	survey->snapshot = machine_join_groups(&card);
	survey->snapshot.boot_id = (char *)boot_id;
	assert_int_equal(plan_make(&survey->config, &survey->snapshot, &survey->plan), 0);
	assert_true(survey->plan.n_steps > 0);
	bench->attempt = (struct attempt){ .status.limit = survey->config.trial_limit };
	assert_int_equal(root_open_folder(&bench->tree.root, EFIVAR_FOLDER,
					  &bench->attempt.store),
			 0);
}

static void boot_ends(struct bench *bench)
{
	attempt_done(&bench->attempt);
	bench->survey.snapshot.boot_id = NULL;
	machine_done(&bench->survey.snapshot);
	plan_done(&bench->survey.plan);
	config_done(&bench->survey.config);
	bench->survey = (struct survey){};
}

static void count(struct bench *bench, enum trial_standing standing, unsigned attempt)
{
	assert_int_equal(attempt_count(&bench->tree.root, &bench->survey, &bench->attempt),
			 0);
	assert_int_equal(bench->attempt.status.standing, standing);
	assert_int_equal(bench->attempt.status.attempt, attempt);
	assert_int_equal(bench->survey.plan.n_steps == 0, standing == TRIAL_SPENT);
}

static void tell(struct bench *bench, enum result result)
{
	struct outcome outcome;

	assert_int_equal(outcome_init(&outcome, &bench->survey.plan,
				      &bench->survey.snapshot),
			 0);
	outcome.targets[0] = result;
	attempt_tell(&bench->attempt, &bench->survey, &outcome);
	outcome_done(&outcome);
}

static struct trial_record stored(struct bench *bench)
{
	struct trial_record record;

	assert_int_equal(trial_read(&bench->attempt.store, &record), 0);
	return record;
}

static const struct trial_claim *newest(const struct trial_record *record)
{
	return &record->claims[record->n_claims - 1];
}

static bool has_warning(const struct bench *bench)
{
	return findings_have(&bench->survey.config.findings, FINDING_TRIAL_UNAVAILABLE);
}

static void test_counted_before_and_told_after(void **state)
{
	struct trial_record record;
	struct bench bench;
	char text[64], bytes[8];

	(void)state;
	bench_make(&bench);
	boot(&bench, BOOT_ID("1"));
	assert_false(root_exists(&bench.tree.root, VARIABLE));
	count(&bench, TRIAL_TRYING, 1);
	assert_int_equal(stored(&bench).boxes[0].stage, TRIAL_STAGE_CLAIMING);
	assert_true(root_read_line(&bench.tree.root, FLAG, text, sizeof(text)) > 0);
	assert_string_equal(text, "attempt 1 of 2");
	assert_int_equal(root_read(&bench.tree.root, VARIABLE, bytes, sizeof(bytes)),
			 -EFBIG);
	/* Attributes, version, one claim, one box. */
	assert_memory_equal(bytes, "\x07\0\0\0\x02\x01\x01\0", 8);
	tell(&bench, RESULT_CLAIMED);
	assert_int_equal(stored(&bench).boxes[0].stage, TRIAL_STAGE_CLAIMED);
	record = stored(&bench);
	assert_int_equal(newest(&record)->attempts, 1);
	assert_true(bench.attempt.status.has_key);
	assert_memory_equal(newest(&record)->key, bench.attempt.status.key, TRIAL_KEY_SIZE);
	assert_false(has_warning(&bench));
	boot_ends(&bench);
	tree_remove(&bench.tree);
}

static void test_given_up_on_the_third_boot(void **state)
{
	static const enum trial_standing standings[] = { TRIAL_TRYING, TRIAL_TRYING,
							 TRIAL_SPENT, TRIAL_SPENT };
	static const unsigned attempts[] = { 1, 2, 2, 2 };
	static const char *const ids[] = { BOOT_ID("1"), BOOT_ID("2"), BOOT_ID("3"),
					   BOOT_ID("4") };
	struct bench bench;

	(void)state;
	bench_make(&bench);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		boot(&bench, ids[i]);
		if (root_exists(&bench.tree.root, FLAG))
			assert_int_equal(root_remove(&bench.tree.root, FLAG), 0);
		count(&bench, standings[i], attempts[i]);
		assert_int_equal(root_exists(&bench.tree.root, FLAG),
				 standings[i] == TRIAL_TRYING);
		assert_int_equal(findings_have(&bench.survey.plan.findings,
					       FINDING_TRIAL_SPENT),
				 standings[i] == TRIAL_SPENT);
		tell(&bench, RESULT_CLAIMED); /* nothing, when the trial is spent */
		assert_int_equal(stored(&bench).n_boxes, i < 3 ? i + 1 : 3);
		boot_ends(&bench);
	}
	tree_remove(&bench.tree);
}

/* Below a sysroot nothing can be written, as if the store were full. */
static void test_a_store_that_cannot_be_written(void **state)
{
	struct trial_record record;
	struct bench bench;

	(void)state;
	bench_make(&bench);
	boot(&bench, BOOT_ID("1"));
	bench.attempt.store.is_live = false;
	count(&bench, TRIAL_UNAVAILABLE, 1);
	assert_true(has_warning(&bench));
	assert_false(root_exists(&bench.tree.root, FLAG));
	boot_ends(&bench);

	/* The last boot failed and this one cannot be counted: every boot would hang. */
	boot(&bench, BOOT_ID("2"));
	count(&bench, TRIAL_TRYING, 1);
	boot_ends(&bench);
	boot(&bench, BOOT_ID("3"));
	bench.attempt.store.is_live = false;
	count(&bench, TRIAL_SPENT, 1);
	assert_non_null(strstr(bench.attempt.status.reason, "cannot be counted"));
	boot_ends(&bench);

	/* A confirmed claim needs no write. */
	boot(&bench, BOOT_ID("4"));
	record = stored(&bench);
	record.claims[0].state = TRIAL_STATE_CONFIRMED;
	assert_int_equal(trial_write(&bench.attempt.store, &record), 0);
	bench.attempt.store.is_live = false;
	count(&bench, TRIAL_CONFIRMED, 1);
	assert_false(has_warning(&bench));
	boot_ends(&bench);
	tree_remove(&bench.tree);
}

static void test_a_store_that_cannot_be_read(void **state)
{
	struct bench bench;

	(void)state;
	bench_make(&bench);
	assert_int_equal(mkdirat(bench.tree.root.fd, VARIABLE + 1, 0755), 0);
	boot(&bench, BOOT_ID("1"));
	count(&bench, TRIAL_UNAVAILABLE, 0);
	assert_true(has_warning(&bench));
	boot_ends(&bench);
	tree_remove(&bench.tree);
}

static void test_a_record_of_another_version_is_replaced(void **state)
{
	/* The head of version 1: trying, one attempt of two, no boxes, and its longer key. */
	static const uint8_t damaged[40] = { 1, 1, 1, 2 };
	struct bench bench;

	(void)state;
	bench_make(&bench);
	boot(&bench, BOOT_ID("1"));
	assert_int_equal(efivar_write(&bench.attempt.store, TRIAL_VARIABLE, damaged,
				      sizeof(damaged)),
			 0);
	count(&bench, TRIAL_TRYING, 1);
	boot_ends(&bench);
	tree_remove(&bench.tree);
}

static void test_no_flag_can_be_left(void **state)
{
	struct bench bench;

	(void)state;
	bench_make(&bench);
	boot(&bench, BOOT_ID("1"));
	bench.tree.root.is_live = false;
	count(&bench, TRIAL_TRYING, 1);
	assert_true(has_warning(&bench));
	boot_ends(&bench);
	tree_remove(&bench.tree);
}

/* With the trial off, or without EFI, no file is opened. */
static void test_without_a_trial(void **state)
{
	struct survey survey = {};
	struct attempt attempt;
	struct tree tree;

	(void)state;
	tree_make(&tree, "sys/kernel /\n");
	config_done(&survey.config);
	survey.config.trial_limit = 2;
	assert_int_equal(attempt_begin(&tree.root, &survey, 0, &attempt), 0);
	assert_int_equal(attempt.status.standing, TRIAL_NONE);
	survey.config.trial_limit = 0;
	assert_int_equal(attempt_begin(&tree.root, &survey, 0, &attempt), 0);
	assert_int_equal(attempt.status.standing, TRIAL_OFF);
	tree_remove(&tree);
}

#define OTHER_DIGEST "01234567"

static const struct menu_case {
	struct menu_trial said;
	enum trial_standing standing;
	unsigned attempt;
	bool has_flag, has_warning;
} menu_cases[] = {
	{ { MENU_TRIAL_NONE }, TRIAL_NONE },
	{ { MENU_TRIAL_TRYING, 1, 2 }, TRIAL_TRYING, 1, .has_flag = true },
	{ { MENU_TRIAL_TRYING, 3, 3 }, TRIAL_TRYING, 3, .has_flag = true },
	{ { MENU_TRIAL_SPENT, 2 }, TRIAL_SPENT, 2 },
	{ { MENU_TRIAL_UNCOUNTED, 0 }, TRIAL_UNAVAILABLE, .has_warning = true },
	{ { MENU_TRIAL_UNCOUNTED, 1 }, TRIAL_SPENT, 1 },
	{ { MENU_TRIAL_CONFIRMED, .digest = "" }, TRIAL_CONFIRMED },
	{ { MENU_TRIAL_CONFIRMED, .digest = OTHER_DIGEST },
	  TRIAL_UNAVAILABLE,
	  .has_warning = true },
};

/* As the agent does: the flag, then whether the trial is spent, then the attempt. */
static void run_menu_case(struct bench *bench, const struct menu_case *test)
{
	struct config *config = &bench->survey.config;
	struct trial_status status;
	bool is_given_up;

	config->menu_trial = test->said;
	if (test->said.state == MENU_TRIAL_CONFIRMED && !*test->said.digest)
		memcpy(config->menu_trial.digest, config->sha256, MENU_TRIAL_DIGEST);
	attempt_leave_menu_flag(&bench->tree.root, &bench->survey);
	is_given_up = attempt_is_given_up(&bench->tree.root, config, &status);
	if (!is_given_up) {
		assert_int_equal(attempt_begin(&bench->tree.root, &bench->survey, 0,
					       &bench->attempt),
				 0);
		status = bench->attempt.status;
	}
	assert_int_equal(is_given_up, test->standing == TRIAL_SPENT);
	assert_int_equal(status.standing, test->standing);
	assert_int_equal(status.attempt, test->attempt);
	assert_int_equal(*status.reason != '\0',
			 test->has_warning || (test->said.state == MENU_TRIAL_UNCOUNTED));
	assert_false(status.has_key);
}

static void test_what_grub_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(menu_cases); i++) {
		const struct menu_case *test = &menu_cases[i];
		struct bench bench = {};

		tree_make(&bench.tree, "run /\n");
		bench.tree.root.is_live = true;
		bench.survey.config = config_from("gpu = 01:00.0\n", NULL);
		strcpy(bench.survey.config.sha256, "89abcdef");
		run_menu_case(&bench, test);
		attempt_tell(&bench.attempt, &bench.survey, NULL); /* no record to tell */
		assert_int_equal(root_exists(&bench.tree.root, FLAG), test->has_flag);
		assert_int_equal(has_warning(&bench), test->has_warning);
		assert_int_equal(findings_have(&bench.survey.config.findings,
					       FINDING_TRIAL_SPENT),
				 test->standing == TRIAL_SPENT);
		config_done(&bench.survey.config);
		tree_remove(&bench.tree);
	}
}

/* EFI variables count better, and only one of the two may. */
static void test_grub_counts_in_vain_beside_efi(void **state)
{
	static const struct menu_trial said[] = { { MENU_TRIAL_SPENT, 2 },
						  { MENU_TRIAL_TRYING, 2, 2 } };
	struct trial_status status;
	struct bench bench;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		bench_make(&bench);
		boot(&bench, BOOT_ID("1"));
		bench.survey.config.menu_trial = said[i];
		attempt_leave_menu_flag(&bench.tree.root, &bench.survey);
		assert_false(root_exists(&bench.tree.root, FLAG));
		assert_false(attempt_is_given_up(&bench.tree.root, &bench.survey.config,
						 &status));
		count(&bench, TRIAL_TRYING, 1);
		boot_ends(&bench);
		tree_remove(&bench.tree);
	}
}

static void test_nothing_to_give_up(void **state)
{
	struct config config = config_from("trial = 2\n", NULL);
	struct trial_status status;
	struct tree tree;

	(void)state;
	tree_make(&tree, "run /\n");
	config.menu_trial = (struct menu_trial){ MENU_TRIAL_SPENT, 2 };
	assert_false(attempt_is_given_up(&tree.root, &config, &status));
	config_done(&config);
	config = config_from("gpu = 01:00.0\ntrial = off\n", NULL);
	config.menu_trial = (struct menu_trial){ MENU_TRIAL_SPENT, 2 };
	assert_false(attempt_is_given_up(&tree.root, &config, &status));
	config_done(&config);
	tree_remove(&tree);
}

/* A boot that no unit would confirm is not counted: good claims would be given up. */
static void test_without_confirmation(void **state)
{
	static const struct {
		const char *record;
		enum trial_standing standing;
	} cases[] = {
		{ NULL, TRIAL_UNAVAILABLE },
		{ "built-at 2026-11-22T16:15:40Z\n", TRIAL_UNAVAILABLE },
		{ "confirmed-by \n", TRIAL_UNAVAILABLE },
		{ "built-at x\nconfirmed-by vfio-claim-confirm.service\n", TRIAL_TRYING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench bench;

		bench_make(&bench);
		/* Below a sysroot the type of the firmware's file system is not checked. */
		bench.tree.root.is_live = false;
		boot(&bench, BOOT_ID("1"));
		attempt_done(&bench.attempt);
		assert_int_equal(modules_open(&bench.tree.root, "6.1",
					      &bench.survey.modules),
				 0);
		bench.survey.record.text = cases[i].record ? strdup(cases[i].record) : NULL;
		assert_int_equal(attempt_begin(&bench.tree.root, &bench.survey, 0,
					       &bench.attempt),
				 0);
		if (cases[i].standing ==
		    TRIAL_TRYING) /* the open is all that can be tested here */
			assert_null(strstr(bench.attempt.status.reason, "confirm"));
		else
			assert_non_null(strstr(bench.attempt.status.reason, "confirm"));
		assert_true(has_warning(&bench));
		assert_false(root_exists(&bench.tree.root, FLAG));
		record_done(&bench.survey.record);
		modules_close(bench.survey.modules);
		boot_ends(&bench);
		tree_remove(&bench.tree);
	}
}

/* The boxes --------------------------------------------------------------------------- */

static void test_boxes_are_filed_once(void **state)
{
	static const char *const ids[] = { BOOT_ID("1"), BOOT_ID("2"), BOOT_ID("9") };
	struct trial_record record = { .n_boxes = 3 };
	struct history history;
	struct bench bench;

	(void)state;
	bench_make(&bench);
	for (size_t i = 0; i < 3; i++) {
		struct trial_box *box = &record.boxes[i];

		*box = (struct trial_box){ .started = 1700000000 + 60 * (int64_t)i,
					   .kernel = "6.1.0",
					   .attempt = i + 1,
					   .limit = 3,
					   .stage = i ? TRIAL_STAGE_FAILED :
							TRIAL_STAGE_CLAIMED,
					   .n_functions = 2,
					   .n_findings = 1,
					   .findings = { "PROBE_FAILED" } };
		box->functions[0].address = (struct bdf){ 0, 1, 0, 0 };
		box->functions[1].address = (struct bdf){ 0, 2, 0, 0 };
		assert_true(trial_parse_boot_id(ids[i], box->boot_id));
	}
	for (int again = 0; again < 2; again++) {
		const struct report *report;

		assert_int_equal(blackbox_file_at(&bench.tree.root, HISTORY_FOLDER, &record),
				 0);
		assert_int_equal(history_read(&bench.tree.root, &history), 0);
		assert_int_equal(history.n, 2); /* not of this boot */
		report = history.items[0].report;
		assert_string_equal(report->boot_id, ids[1]);
		assert_int_equal(report->result, RESULT_FAILED);
		assert_int_equal(report->n_gpus, 2);
		assert_int_equal(report->findings.items[0].code, FINDING_PROBE_FAILED);
		report = history.items[1].report;
		assert_int_equal(report->result, RESULT_CLAIMED);
		assert_string_equal(report->trial.state_word, "unfinished");
		history_done(&history);
		record.boxes[0].stage = TRIAL_STAGE_FAILED; /* filed boxes stay */
	}
	tree_remove(&bench.tree);
}

/* The line of `status`: only where there is something to do or to expect. */
static void test_status_line(void **state)
{
	static const struct {
		const char *trial, *line;
		enum trial_state stored; /* 0: nothing */
	} lines[] = {
		{ "{}", NULL, 0 },
		{ "{\"trial\":{\"state\":\"on-trial\",\"attempt\":1,\"limit\":2}}",
		  "on trial: attempt 1 of 2", 0 },
		{ "{\"trial\":{\"state\":\"on-trial\",\"attempt\":1,\"limit\":2}}",
		  "on trial: attempt 1 of 2", TRIAL_STATE_TRYING },
		{ "{\"trial\":{\"state\":\"on-trial\",\"attempt\":1,\"limit\":2}}", NULL,
		  TRIAL_STATE_CONFIRMED },
		{ "{\"trial\":{\"state\":\"confirmed\"}}", NULL, 0 },
		/* The cards say so. */
		{ "{\"trial\":{\"state\":\"spent\",\"attempt\":1}}", NULL,
		  TRIAL_STATE_SPENT },
		{ "{\"trial\":{\"state\":\"off\"}}", NULL, 0 },
		{ "{\"trial\":{\"state\":\"none\"}}", NULL, 0 },
		{ "{\"trial\":{\"state\":\"unavailable\",\"reason\":\"full\"}}",
		  "none: full; a claim that", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		CLEANUP(report_freep) struct report *report = NULL;
		static const uint8_t key[TRIAL_KEY_SIZE] = { 0xab };
		struct trial_record record = {
			.claims = { { { 1 }, TRIAL_STATE_CONFIRMED, 1, 2 },
				    { { 0xab }, lines[i].stored, 1, 2 } },
			.n_claims = 2,
		};
		char hex[TRIAL_KEY_TEXT_SIZE];
		_cleanup_free_ char *text = NULL, *line = NULL;
		const char *problem;
		struct bench bench;

		bench_make(&bench);
		boot(&bench, BOOT_ID("1"));
		if (lines[i].stored)
			assert_int_equal(trial_write(&bench.attempt.store, &record), 0);
		bench.tree.root.is_live = false;
		trial_format_hex(key, sizeof(key), hex);
		assert_true(asprintf(&text, "{\"version\":1,%.*s,\"key\":\"%s\"}}",
				     (int)strlen(lines[i].trial) - 3, lines[i].trial + 1,
				     hex) > 0);
		if (streq(lines[i].trial, "{}"))
			strcpy(text, "{\"version\":1}");
		report = report_parse(text, strlen(text), &problem);
		assert_non_null(report);
		line = trial_describe(&bench.tree.root, &report->trial);
		if (lines[i].line)
			assert_true(line && has_prefix(line, lines[i].line));
		else
			assert_null(line);
		boot_ends(&bench);
		tree_remove(&bench.tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counted_before_and_told_after),
		cmocka_unit_test(test_given_up_on_the_third_boot),
		cmocka_unit_test(test_a_store_that_cannot_be_written),
		cmocka_unit_test(test_a_store_that_cannot_be_read),
		cmocka_unit_test(test_a_record_of_another_version_is_replaced),
		cmocka_unit_test(test_no_flag_can_be_left),
		cmocka_unit_test(test_without_a_trial),
		cmocka_unit_test(test_what_grub_counts),
		cmocka_unit_test(test_grub_counts_in_vain_beside_efi),
		cmocka_unit_test(test_nothing_to_give_up),
		cmocka_unit_test(test_without_confirmation),
		cmocka_unit_test(test_boxes_are_filed_once),
		cmocka_unit_test(test_status_line),
	};

	return cmocka_run_group_tests_name("attempt", tests, NULL, NULL);
}
