// SPDX-License-Identifier: GPL-2.0-or-later
/* Text is measured, and broken into lines, without a font. */
#include "unit.h"

#include "cmd/map/text-width.h"

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width("", SIZE_MAX, 10, false), 0);
	assert_int_equal(text_width("0", SIZE_MAX, 1000, false), 637);
	assert_int_equal(text_width("0000", 2, 1000, false), 1274);
	assert_true(text_width("group", SIZE_MAX, 13, true) >
		    text_width("group", SIZE_MAX, 13, false));
	/* Each character counts once, however many bytes it has. */
	assert_int_equal(text_width("ä", SIZE_MAX, 1000, false),
			 text_width("語", SIZE_MAX, 1000, false));
}

static const struct {
	unsigned width; /* of a font in which a digit is 6.37 wide, and a blank 3.18 */
	const char *text;
	size_t line;
} lines[] = {
	{ 100, "", 0 },
	{ 100, "0000", 4 },
	{ 26, "0000", 4 },
	{ 25, "0000", 3 },
	{ 30, "0000 00", 4 },
	{ 35, "0000 00", 4 },
	{ 45, "0000 00", 7 },
	/* At least a whole character, however narrow the line. */
	{ 1, "0000", 1 },
	{ 1, "語語", 3 },
	{ 12, "語語", 3 },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(text_line(lines[i].text, lines[i].width, 10, false),
				 lines[i].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
