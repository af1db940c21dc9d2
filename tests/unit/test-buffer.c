// SPDX-License-Identifier: GPL-2.0-or-later
/* A text is returned only when it was written whole. */
#include "unit.h"

#include "base/buffer.h"

static void test_whole(void **state)
{
	_cleanup_free_ char *text = NULL, *empty = NULL;
	struct buffer buffer;

	(void)state;
	assert_int_equal(buffer_open(&buffer), 0);
	fputs("a = ", buffer.stream);
	fprintf(buffer.stream, "%d\n", 1);
	assert_int_equal(buffer_close(&buffer, &text), 0);
	assert_string_equal(text, "a = 1\n");
	assert_int_equal(buffer_open(&buffer), 0);
	assert_int_equal(buffer_close(&buffer, &empty), 0);
	assert_string_equal(empty, "");
}

/* A stream that fails in the middle, and one that fails at its end. */
static void test_failed(void **state)
{
	char *text = NULL;

	(void)state;
	for (int is_late = 0; is_late < 2; is_late++) {
		struct buffer buffer = { fopen("/dev/full", "w"), strdup("a"), 1 };

		assert_non_null(buffer.stream);
		fputs("a = ", buffer.stream);
		if (!is_late)
			assert_int_equal(fflush(buffer.stream), EOF);
		assert_int_equal(buffer_close(&buffer, &text), -ENOMEM);
		assert_null(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
