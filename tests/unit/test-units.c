// SPDX-License-Identifier: GPL-2.0-or-later
/* Units that systemd starts at each boot are recognized by folders and links alone. */
#include "host/units.h"

#include "tree.h"
#include "unit.h"

#define INSTALLED "usr/lib/systemd/system/" UNIT_CONFIRM " = [Unit]\n"
#define UNIT_PATH "/usr/lib/systemd/system/" UNIT_CONFIRM
#define ETC "etc/systemd/system/"

static const struct {
	const char *name, *tree;
	bool is_enabled;
} cases[] = {
	{ "not there", "etc /\n", false },
	{ "installed only", INSTALLED, false },
	{ "as systemctl enables it",
	  INSTALLED ETC "default.target.wants/" UNIT_CONFIRM " -> " UNIT_PATH "\n", true },
	{ "by another target",
	  INSTALLED ETC "graphical.target.requires/" UNIT_CONFIRM " -> " UNIT_PATH "\n",
	  true },
	{ "by the distribution",
	  INSTALLED "usr/lib/systemd/system/multi-user.target.wants/" UNIT_CONFIRM
		    " -> ../" UNIT_CONFIRM "\n",
	  true },
	{ "a link left over",
	  ETC "default.target.wants/" UNIT_CONFIRM " -> " UNIT_PATH "\n", false },
	{ "another unit",
	  INSTALLED ETC "default.target.wants/x.service -> " UNIT_PATH "\n", false },
	{ "a folder that wants nothing",
	  INSTALLED ETC "x.service.d/" UNIT_CONFIRM " -> " UNIT_PATH "\n", false },
	{ "masked",
	  INSTALLED ETC "default.target.wants/" UNIT_CONFIRM " -> " UNIT_PATH
			"\n" ETC UNIT_CONFIRM " -> /dev/null\n",
	  false },
	{ "masked by an empty file",
	  INSTALLED ETC "default.target.wants/" UNIT_CONFIRM " -> " UNIT_PATH
			"\n" ETC UNIT_CONFIRM " = @hex:\n",
	  false },
	{ "the administrator's own",
	  ETC UNIT_CONFIRM " = [Unit]\\n\n" ETC "default.target.wants/" UNIT_CONFIRM
			   " -> ../" UNIT_CONFIRM "\n",
	  true },
};

static void test_enabled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tree tree;

		tree_make(&tree, cases[i].tree);
		if (unit_is_enabled(&tree.root, UNIT_CONFIRM) != cases[i].is_enabled)
			fail_msg("%s", cases[i].name);
		tree_remove(&tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
