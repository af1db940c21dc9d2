// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card that a command has told about is no arrival, neither for `arrive` nor for the watch; a release is
 * remembered.
 */
#include "cmd/live/live.h"

#include "cmd/live/arrivals.h"
#include "report/report.h"
#include "tree.h"
#include "unit.h"

#define CARD "0000:01:00.0"
#define AUDIO "0000:01:00.1"
#define CONFIG(address) "sys/bus/pci/devices/" address "/config = @hex:de100622\n"
#define CLAIMED(address)                                                                 \
	"{ \"address\": \"" address "\", \"driver_before\": \"vfio-pci\", "              \
	"\"driver\": \"vfio-pci\" }"

#define REPORT(result)                                                                   \
	"{ \"version\": 1, \"mode\": \"claim\", \"result\": \"claimed\", "               \
	"\"gpus\": [ { \"configured\": \"01:00.0\", \"address\": \"" CARD "\", "         \
	"\"result\": \"" result                                                          \
	"\", \"functions\": [ " CLAIMED(CARD) ", " CLAIMED(AUDIO) " ] } ] }"

/* It was claimed already, so that there is no event. */
static const char claimed[] = REPORT("claimed");

static bool is_new_after_telling(struct tree *tree, const char *address)
{
	struct cmd cmd = { .root = tree->root };
	struct live_order order = { .cmd = &cmd, .cause = CAUSE_COMMAND };
	CLEANUP(report_freep) struct report *report = NULL;
	const char *problem;
	struct bdf function;

	cmd.root.is_live = true; /* it may be written */
	assert_true(bdf_parse(address, &function));
	report = report_parse(claimed, strlen(claimed), &problem);
	assert_non_null(report);
	live_tell(&order, report);
	return arrivals_is_new(&tree->root, &function);
}

static void test_told_is_known(void **unused)
{
	struct tree tree;

	(void)unused;
	tree_make(&tree, CONFIG(CARD) CONFIG(AUDIO) "run/vfio-claim/arrivals /\n");
	assert_false(is_new_after_telling(&tree, CARD));
	assert_false(is_new_after_telling(&tree, AUDIO));
	tree_remove(&tree);
}

/* The folder is what the udev rule waits for: only `arrive --begin` makes it. */
static void test_no_arrivals(void **unused)
{
	struct tree tree;

	(void)unused;
	tree_make(&tree, CONFIG(CARD) "run/vfio-claim /\n");
	assert_true(is_new_after_telling(&tree, CARD));
	assert_false(root_exists(&tree.root, ARRIVALS_FOLDER));
	tree_remove(&tree);
}

/* The report could not be written: the card would be claimed when it comes again. */
static void test_release_is_remembered(void **unused)
{
	static const char *const words[] = { "released", "claimed" };

	(void)unused;
	for (int is_forgotten = 0; is_forgotten < 2; is_forgotten++) {
		_cleanup_free_ char *text =
			text_format("run/vfio-claim/report.json = " REPORT("%s") "\n",
				    words[is_forgotten]);
		static const char released[] = REPORT("released");
		CLEANUP(report_freep) struct report *report = NULL;
		struct live_order order = { .wish = LIVE_RELEASE };
		const char *problem;
		struct tree tree;
		struct cmd cmd;

		tree_make(&tree, text);
		cmd = (struct cmd){ .root = tree.root };
		order.cmd = &cmd;
		report = report_parse(released, strlen(released), &problem);
		assert_int_equal(live_is_remembered(&order, report), !is_forgotten);
		tree_remove(&tree);
	}
}

static void test_no_report_no_claim(void **unused)
{
	static const char released[] = REPORT("released");
	CLEANUP(report_freep) struct report *report = NULL;
	struct tree tree;
	struct cmd cmd;
	const struct live_order order = { .cmd = &cmd, .wish = LIVE_RELEASE };
	const char *problem;

	(void)unused;
	tree_make(&tree, "run/vfio-claim /\n");
	cmd = (struct cmd){ .root = tree.root };
	report = report_parse(released, strlen(released), &problem);
	assert_true(live_is_remembered(&order, report));
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told_is_known),
		cmocka_unit_test(test_no_arrivals),
		cmocka_unit_test(test_release_is_remembered),
		cmocka_unit_test(test_no_report_no_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
