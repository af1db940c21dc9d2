// SPDX-License-Identifier: GPL-2.0-or-later
/* Points in time are written and read alike, and the clocks run forward. */
#include "unit.h"

#include "base/clock.h"

static const struct {
	const char *name, *iso;
	time_t time; /* -1: the text is no point in time */
} times[] = {
	{ "19700101T000000Z", "1970-01-01T00:00:00Z", 0 },
	{ "20231114T221320Z", "2023-11-14T22:13:20Z", 1700000000 },
	{ "20240229T235959Z", "2024-02-29T23:59:59Z", 1709251199 },
	{ "20380119T031408Z", "2038-01-19T03:14:08Z", 2147483648 },
	{ "", NULL, -1 },
	{ "20231114T221320", NULL, -1 },
	{ "20231114T221320Z-boot", NULL, 1700000000 }, /* the name of a kept report */
	{ "20231314T221320Z", NULL, -1 },
	{ "2023-11-14T22:13:20Z", NULL, -1 },
};

static void test_text(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		assert_int_equal(clock_parse_compact(times[i].name), times[i].time);
		if (!times[i].iso)
			continue;
		assert_string_equal(clock_format_compact(times[i].time, text),
				    times[i].name);
		assert_string_equal(clock_format_iso(times[i].time, text), times[i].iso);
	}
}

/* A year beyond struct tm's. */
static void test_no_text(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	assert_string_equal(clock_format_compact(INT64_MAX, text), "");
	assert_string_equal(clock_format_iso(INT64_MAX, text), "");
}

static void test_clocks(void **state)
{
	int64_t before = clock_ms();
	double seconds = clock_seconds(CLOCK_MONOTONIC);

	(void)state;
	assert_true(clock_ms() >= before);
	assert_true(clock_seconds(CLOCK_MONOTONIC) >= seconds);
	assert_true(clock_boot_time() <= time(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_text),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
