// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel command line is read, also where the modules are open already. */
#include "unit.h"

#include "facts/modules.h"
#include "survey.h"
#include "tree.h"

#define CMDLINE "quiet pcie_acs_override=multifunction\n"

/* `image-record` opens those of another kernel. */
static void test_modules_opened_before(void **unused)
{
	(void)unused;
	for (int is_open = 0; is_open < 2; is_open++) {
		struct survey survey = {};
		struct tree tree;

		tree_make(&tree, "proc/cmdline = " CMDLINE "proc/sys/kernel/osrelease = 6.1\n"
				 "sys/bus/pci/devices /\n");
		assert_int_equal(survey_read_config_file(&tree.root, &survey.config), 0);
		if (is_open)
			assert_int_equal(modules_open(&tree.root, "6.1", &survey.modules),
					 0);
		assert_int_equal(survey_look(&tree.root, &survey), 0);
		assert_string_equal(survey_sources(&tree.root, &survey).cmdline, CMDLINE);
		assert_true(survey.snapshot.has_acs_override);
		survey_done(&survey);
		tree_remove(&tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_modules_opened_before) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
