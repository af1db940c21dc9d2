// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers are read lowest byte first, at any alignment. */
#include "unit.h"

#include "base/bytes.h"

static void test_numbers(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0x81, 0x02, 0x03, 0x84,
					 0x05, 0x06, 0x07, 0x88 };

	(void)state;
	assert_int_equal(get_le16(bytes + 1), 0x0281);
	assert_int_equal(get_le32(bytes + 1), 0x84030281);
	assert_true(get_le64(bytes + 1) == 0x8807060584030281);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
