// SPDX-License-Identifier: GPL-2.0-or-later
/* Each verdict that a list may show is in words that fit into a column. */
#include "unit.h"

#include "cmd/words.h"

#define VERDICT_MOST 26

/* Of the outcome, the configuration, or a card that is not there: no verdict on a display has them. */
static const enum finding_code never[] = {
	FINDING_GPU_NOT_FOUND,	FINDING_NOT_A_GPU,	FINDING_CARD_REFUSED,
	FINDING_UNBIND_TIMEOUT, FINDING_PROBE_FAILED,	FINDING_CLAIM_LOST,
	FINDING_RIVAL_BOUND,	FINDING_CONFIG_INVALID, FINDING_CMDLINE_INVALID,
	FINDING_DEADLINE,	FINDING_TRIAL_SPENT,	FINDING_INTERNAL,
	FINDING_CARD_IN_USE,
};

static bool is_never(enum finding_code code)
{
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (never[i] == code)
			return true;
	return false;
}

#define X(code, severity) FINDING_##code,
static const enum finding_code codes[] = { FINDING_CODES(X) };
#undef X

static void test_every_reason(void **state)
{
	char buffer[VERDICT_WORDS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		const char *words = verdict_words(finding_name(codes[i]), buffer);

		assert_true(has_prefix(words, "no: "));
		if (finding_severity(codes[i]) != SEVERITY_ERROR || is_never(codes[i]))
			continue;
		print_message("%s: %s\n", finding_name(codes[i]), words);
		assert_null(strchr(words, '_'));
		assert_true(strlen(words) <= VERDICT_MOST);
		assert_int_equal(verdict_colour(finding_name(codes[i])), RED);
	}
}

static void test_other_verdicts(void **state)
{
	char buffer[VERDICT_WORDS_SIZE];

	(void)state;
	assert_string_equal(verdict_words("claimable", buffer), "can be claimed");
	assert_string_equal(verdict_words("claimed", buffer), "claimed");
	assert_string_equal(verdict_words("refused", buffer), "no: refused");
	assert_string_equal(verdict_words("A_NEW_CODE", buffer), "no: A_NEW_CODE");
	assert_int_equal(verdict_colour("claimable"), GREEN);
	assert_int_equal(verdict_colour("claimed"), GREEN);
	assert_int_equal(verdict_colour("refused"), RED);
}

static void test_kinds(void **state)
{
	struct function function = { .class = 0x060400 };

	(void)state;
	assert_string_equal(function_words(&function), "PCI bridge");
	function.caps.type = PCIE_ROOT_PORT;
	assert_string_equal(function_words(&function), "root port");
	function.caps.type = PCIE_UPSTREAM_PORT;
	assert_string_equal(function_words(&function), "switch");
	function.caps.type = PCIE_DOWNSTREAM_PORT;
	assert_string_equal(function_words(&function), "switch port");
	function.caps.type = PCIE_LEGACY_ENDPOINT;
	function.class = 0x030000;
	assert_string_equal(function_words(&function), "display");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_other_verdicts),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
