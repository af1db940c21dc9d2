// SPDX-License-Identifier: GPL-2.0-or-later
/* Are lists, pieces and lines of text read as they stand? */
#include "unit.h"

#include "base/text.h"

static void test_format(void **state)
{
	_cleanup_free_ char *text = text_format("%s/%d", "a", 1),
			    *empty = text_format("%s", "");

	(void)state;
	assert_string_equal(text, "a/1");
	assert_string_equal(empty, "");
}

static void test_strings(void **state)
{
	CLEANUP(strings_done) struct strings strings = {};

	(void)state;
	assert_false(strings_have(&strings, "a"));
	for (char name[] = "a"; *name <= 'z'; (*name)++)
		assert_int_equal(strings_add(&strings, name), 0);
	assert_int_equal(strings.n, 26);
	assert_true(strings_have(&strings, "z"));
	assert_false(strings_have(&strings, "ab"));
}

static void test_pieces(void **state)
{
	struct span rest = { TEXT(" a ;;b"), 6 };

	(void)state;
	assert_true(span_equal(span_trim(span_next(&rest, ";")), "a"));
	assert_true(span_equal(span_next(&rest, ";"), ""));
	assert_true(span_equal(span_next(&rest, ";"), "b"));
	assert_int_equal(rest.size, 0);
}

static void test_lines(void **state)
{
	const char *cursor = "need a\nneeds known\nneed b", *line;
	size_t size;

	(void)state;
	line = text_next_line(&cursor, "need ", &size);
	assert_true(line && size == 1 && *line == 'a');
	line = text_next_line(&cursor, "need ", &size);
	assert_true(line && size == 1 && *line == 'b');
	assert_null(text_next_line(&cursor, "need ", &size));
	cursor = NULL;
	assert_null(text_next_line(&cursor, "", &size));
}

static void test_hex(void **state)
{
	static const char digits[] = "0123456789abcdef", capitals[] = "ABCDEF";

	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(hex_digit(digits[i]), i);
	for (int i = 0; i < 6; i++)
		assert_int_equal(hex_digit(capitals[i]), 10 + i);
	for (const char *c = "/:@G`g-"; *c; c++)
		assert_int_equal(hex_digit(*c), -1);
	assert_int_equal(hex_digit('\0'), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format), cmocka_unit_test(test_strings),
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
