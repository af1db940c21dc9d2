// SPDX-License-Identifier: GPL-2.0-or-later
/* The status compares a report with the drivers bound now. */
#include "claimed-boot.h"

#include "cmd/after/status.h"
#include "report/report-parse.h"

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
	struct report *report = report_from(row->report);
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

int main(void)
{
	return RUN_TABLE(statuses, test_status);
}
