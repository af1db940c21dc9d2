// SPDX-License-Identifier: GPL-2.0-or-later
/* A text is broken between its words, and only where it must be. */
#include "unit.h"

#include "base/buffer.h"
#include "base/page.h"

static const struct {
	unsigned width, column, indent;
	const char *text, *lines;
} wraps[] = {
	{ 40, 0, 0, "", "\n" },
	{ 40, 0, 0, "  one   two\nthree ", "one two three\n" },
	{ 10, 0, 2, "one two three", "one two\n  three\n" },
	{ 7, 0, 2, "one two three", "one two\n  three\n" },
	{ 6, 0, 2, "one two three", "one\n  two\n  three\n" },
	/* The cursor stands behind a label already. */
	{ 10, 8, 4, "one two", "\n    one\n    two\n" },
	{ 12, 8, 4, "one two", "one\n    two\n" },
	/* No word is broken for a narrow page ... */
	{ 5, 0, 0, "a 0000:01:00.0 b", "a\n0000:01:00.0\nb\n" },
	/* ... and each character counts once, however many bytes it has. */
	{ 7, 0, 0, "äöü äöü äöü", "äöü äöü\näöü\n" },
};

static char *wrapped(const struct page *page, unsigned column, unsigned indent,
		     const char *text)
{
	struct buffer buffer;
	char *lines;

	assert_int_equal(buffer_open(&buffer), 0);
	page_wrap(page, buffer.stream, column, indent, text);
	assert_int_equal(buffer_close(&buffer, &lines), 0);
	return lines;
}

static void test_wrap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wraps); i++) {
		struct page page = { .width = wraps[i].width };
		_cleanup_free_ char *lines =
			wrapped(&page, wraps[i].column, wraps[i].indent, wraps[i].text);

		assert_string_equal(lines, wraps[i].lines);
	}
}

/* At any width and indent every character is printed once, and no line is too long. */
static void test_any_page(void **state)
{
	char text[400], *end = text;

	(void)state;
	for (unsigned length = 1; length < 14; length++) {
		memset(end, 'a' + length, 2 * length);
		end += 2 * length;
		*end++ = ' ';
	}
	memset(end, 'x', 180);
	end[180] = '\0';
	for (unsigned width = 1; width <= PAGE_WIDTH_MOST; width++)
		for (unsigned indent = 0; indent < 12; indent++) {
			struct page page = { .width = width };
			_cleanup_free_ char *lines = wrapped(&page, 0, indent, text);
			size_t n = 0;

			for (const char *c = lines; *c; c++)
				n += *c != ' ' && *c != '\n';
			for (char *rest = lines, *line; (line = strsep(&rest, "\n"));)
				assert_true(strlen(line) <= PAGE_WIDTH_MOST);
			assert_int_equal(n, 2 * 13 * 14 / 2 + 180);
		}
}

static void test_colour(void **state)
{
	const struct page plain = {}, coloured = { .has_colour = true };

	(void)state;
	for (enum colour colour = PLAIN; colour <= DIM; colour++) {
		assert_string_equal(page_on(&plain, colour), "");
		assert_string_equal(page_off(&plain, colour), "");
		assert_int_equal(!*page_on(&coloured, colour), colour == PLAIN);
		assert_int_equal(!*page_off(&coloured, colour), colour == PLAIN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_any_page),
		cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
