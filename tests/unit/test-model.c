// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of reports are read and written alike. */
#include "unit.h"

#include "model/model.h"

/* Each word is read as the value it names; any other word as nothing good. */
static void test_words(void **state)
{
	(void)state;
	for (enum result i = 0; i <= RESULT_UNKNOWN; i++)
		assert_int_equal(result_parse(result_name(i)), i);
	for (enum mode i = 0; i <= MODE_UNKNOWN; i++)
		assert_int_equal(mode_parse(mode_name(i)), i);
	for (enum vfio_answer i = 0; i <= VFIO_IN_USE; i++)
		assert_int_equal(vfio_answer_parse(vfio_answer_name(i)), i);
	for (enum verified i = 0; i <= VERIFIED_NOT_AS_CONFIGURED; i++)
		assert_int_equal(verified_parse(verified_name(i)), i);
	assert_int_equal(result_parse("claimed "), RESULT_UNKNOWN);
	assert_int_equal(mode_parse(""), MODE_UNKNOWN);
	assert_int_equal(vfio_answer_parse("accepted?"), VFIO_REFUSED);
	assert_int_equal(verified_parse("as"), VERIFIED_NOT_AS_CONFIGURED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
