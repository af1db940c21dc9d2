// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a crash of the kernel, or its want of memory, told from none? Needs agent/facts/distress.c,
 * root.c, tests/unit/tree.c.
 */
#include "distress.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define TAINTED(flags) "proc/sys/kernel/tainted = " flags "\n"
#define VMSTAT(kills)                                                                    \
	"proc/vmstat = nr_free_pages 1\\noom_kill " kills "\\nunevictable_pgs_culled 7\n"

struct distress_case {
	const char *name, *tree;
	const char *text, *remedy; /* parts of what is said; NULL: nothing is */
};

static const struct distress_case cases[] = {
	{ "nothing can be read", "proc /\n", NULL, NULL },
	{ "all is well", TAINTED("0") VMSTAT("0"), NULL, NULL },
	{ "modules of others", TAINTED("12288") VMSTAT("0"), NULL, NULL },
	{ "an oops", TAINTED("128") VMSTAT("0"), "an oops", "'Oops'" },
	{ "an oops among other things", TAINTED("12416"), "an oops", "'Oops'" },
	{ "out of memory", TAINTED("12288") VMSTAT("1"), "out of memory",
	  "'Out of memory'" },
	{ "out of memory, ten times", VMSTAT("10"), "out of memory", "'Out of memory'" },
	{ "both: the worse", TAINTED("128") VMSTAT("1"), "an oops", "'Oops'" },
	{ "no number", TAINTED("yes") VMSTAT("x"), NULL, NULL },
	{ "a kernel that does not count", "proc/vmstat = nr_free_pages 1\n", NULL, NULL },
};

static void test_distress(void **state)
{
	const struct distress_case *row = *state;
	const char *remedy = NULL, *text;
	struct tree tree;

	tree_make(&tree, row->tree);
	text = distress_find(&tree.root, &remedy);
	tree_remove(&tree);
	if (!row->text) {
		assert_null(text);
		assert_null(remedy);
		return;
	}
	assert_non_null(text);
	assert_non_null(strstr(text, row->text));
	assert_non_null(strstr(remedy, row->remedy));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = test_distress,
						.initial_state = (void *)&cases[i] };
	return _cmocka_run_group_tests("distress", tests, ARRAY_SIZE(tests), NULL, NULL) >
	       0;
}
