// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel crash and lack of memory are recognized in the log, and crash-dump kernels. */
#include "facts/crash.h"
#include "act/distress.h"
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
	const char *text, *remedy; /* parts of the message; NULL: there is none */
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

struct crash_case {
	const char *name, *tree;
	bool is_crash_kernel;
};

#define CMDLINE(words) "proc/cmdline = " words "\n"

static const struct crash_case crash_cases[] = {
	{ "nothing can be read, no crash", "proc /\n", false },
	{ "any boot", CMDLINE("root=/dev/sda1 quiet crashkernel=512M"), false },
	{ "kexec on x86", CMDLINE("root=/dev/sda1 irqpoll elfcorehdr=0x2f000000"), true },
	{ "the first parameter", CMDLINE("elfcorehdr=626M@0x1f0 quiet"), true },
	{ "by the device tree", CMDLINE("root=/dev/sda1") "proc/vmcore = x\n", true },
	{ "no command line", "proc/vmcore = x\n", true },
	{ "another's parameter", CMDLINE("my.elfcorehdr=1 noelfcorehdr=1 elfcorehdr"),
	  false },
	{ "a value with blanks",
	  CMDLINE("dyndbg=\"file a.c elfcorehdr=1\" root=/dev/sda1"), false },
	{ "behind a value with blanks", CMDLINE("dyndbg=\"a b\" elfcorehdr=1"), true },
	{ "for init", CMDLINE("root=/dev/sda1 -- elfcorehdr=1"), false },
};

static void test_crash_kernel(void **state)
{
	const struct crash_case *row = *state;
	struct tree tree;

	tree_make(&tree, row->tree);
	assert_int_equal(crash_is_kernel(&tree.root), row->is_crash_kernel);
	tree_remove(&tree);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)], crash_tests[ARRAY_SIZE(crash_cases)];
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = test_distress,
						.initial_state = (void *)&cases[i] };
	for (size_t i = 0; i < ARRAY_SIZE(crash_cases); i++)
		crash_tests[i] =
			(struct CMUnitTest){ .name = crash_cases[i].name,
					     .test_func = test_crash_kernel,
					     .initial_state = (void *)&crash_cases[i] };
	failed = _cmocka_run_group_tests("distress", tests, ARRAY_SIZE(tests), NULL, NULL);
	failed += _cmocka_run_group_tests("crash", crash_tests, ARRAY_SIZE(crash_tests),
					  NULL, NULL);
	return failed > 0;
}
