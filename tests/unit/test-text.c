// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists, pieces and lines of text are read as they are; quoted text is printable and fits. */
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

struct quote_case {
	const char *name;
	const char *text;
	size_t size;
	const char *quoted;
};

#define QUOTED(literal) literal, sizeof(literal) - 1

static const struct quote_case quotes[] = {
	{ "plain", QUOTED("gpu = 01:00.0"), "gpu = 01:00.0" },
	{ "empty", QUOTED(""), "" },
	{ "NUL, tab, escape, delete", QUOTED("a\0b\t\x1b\x7f"), "a\\x00b\\x09\\x1b\\x7f" },
	{ "the quote itself", QUOTED("it's"), "it\\x27s" },
	{ "beyond ASCII", QUOTED("\xc3\xa4\xff"), "\\xc3\\xa4\\xff" },
	{ "newline", QUOTED("a\nb"), "a\\x0ab" },
};

static void test_quote(void **state)
{
	const struct quote_case *test = *state;
	char buffer[QUOTE_SIZE];

	assert_ptr_equal(quote(test->text, test->size, buffer), buffer);
	assert_string_equal(buffer, test->quoted);
}

/* Text of any length fits; a cut shows as dots and never splits \xNN. */
static void test_quote_length(void **state)
{
	static const char fills[] = { 'x', '\x01' };
	char text[4 * QUOTE_SIZE];

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(fills); f++) {
		size_t piece = f ? 4 : 1;

		memset(text, fills[f], sizeof(text));
		for (size_t size = 0; size <= sizeof(text); size++) {
			char buffer[QUOTE_SIZE + 1];
			size_t length;

			memset(buffer, '#', sizeof(buffer));
			quote(text, size, buffer);
			assert_int_equal(buffer[QUOTE_SIZE], '#');
			length = strnlen(buffer, QUOTE_SIZE);
			assert_true(length < QUOTE_SIZE);
			if (length == size * piece)
				continue;
			assert_true(size * piece > QUOTE_SIZE - 8);
			assert_string_equal(buffer + length - 3, "...");
			assert_int_equal((length - 3) % piece, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format), cmocka_unit_test(test_strings),
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_hex),    cmocka_unit_test(test_quote_length),
	};

	return RUN_TABLE(quotes, test_quote) +
	       cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
