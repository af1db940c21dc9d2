// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of the tree, and what is near a display. */
#include "unit.h"

#include "cmd/branches.h"

#include <stdio.h>

#define NONE SIZE_MAX

static const struct {
	const char *name, *address;
	uint32_t class;
	int group; /* GROUP_NONE: none */
	size_t parent;
	unsigned hops;
} machine[] = {
	{ "root", "0000:00:00.0", 0x060000, GROUP_NONE, NONE, 1 },
	{ "port", "0000:00:01.0", 0x060400, 1, NONE, 1 },
	{ "other-port", "0000:00:02.0", 0x060400, 2, NONE, 1 },
	{ "lonely", "0000:00:03.0", 0x0c0300, 3, NONE, 1 },
	{ "gpu", "0000:01:00.0", 0x030000, 4, 1, 2 },
	{ "audio", "0000:01:00.1", 0x040300, 5, 1, 2 },
	{ "switch", "0000:02:00.0", 0x060400, 6, 2, 2 },
	{ "disk", "0000:03:00.0", 0x010802, 7, 6, 3 },
	{ "mate", "0000:03:01.0", 0x020000, 5, 6, 3 }, /* in the group of the card's audio */
	{ "no-group", "0000:03:02.0", 0x020000, GROUP_NONE, 6, 3 },
};

#define N ARRAY_SIZE(machine)

static void free_branches(struct branch **branches)
{
	free(*branches);
}

static void fill(struct function *functions)
{
	for (size_t i = 0; i < N; i++) {
		assert_true(bdf_parse(machine[i].address, &functions[i].address));
		functions[i].class = machine[i].class;
		functions[i].group = machine[i].group;
		functions[i].group_fact = machine[i].group == GROUP_NONE ? FACT_ABSENT :
									   FACT_KNOWN;
		functions[i].parent = machine[i].parent;
		functions[i].path.hops = machine[i].hops;
	}
}

/* "NAME" or "NAME<PARENT", separated by blanks. */
static void expect(struct function *functions, bool wants_all, const char *expected)
{
	struct snapshot snapshot = { .functions = functions, .n_functions = N };
	CLEANUP(free_branches) struct branch *branches = NULL;
	char text[256] = "";
	size_t n, used = 0;

	assert_int_equal(branches_make(&snapshot, wants_all, &branches, &n), 0);
	for (size_t i = 0; i < n; i++) {
		size_t parent = branches[i].parent;

		assert_true(parent == NONE || parent < i);
		used += snprintf(text + used, sizeof(text) - used, "%s%s%s%s",
				 i ? " " : "", machine[branches[i].function].name,
				 parent == NONE ? "" : "<",
				 parent == NONE ? "" :
						  machine[branches[parent].function].name);
	}
	assert_string_equal(text, expected);
}

static void test_near(void **state)
{
	struct function functions[N] = {};

	(void)state;
	fill(functions);
	expect(functions, false,
	       "port other-port gpu<port audio<port switch<other-port mate<switch");
	/* Ports stand at their own places, not at those of their first functions. */
	functions[3].class = 0x030000;
	expect(functions, false,
	       "port other-port lonely gpu<port audio<port switch<other-port mate<switch");
	functions[3].class = 0x0c0300;
	/* A group that is not known has no members. */
	functions[8].group_fact = FACT_UNREADABLE;
	expect(functions, false, "port gpu<port audio<port");
}

static void test_all(void **state)
{
	struct function functions[N] = {};

	(void)state;
	fill(functions);
	expect(functions, true,
	       "root port other-port lonely gpu<port audio<port switch<other-port disk<switch "
	       "mate<switch no-group<switch");
	/* A bridge may have a higher address than what is below it. */
	functions[3].parent = 6;
	functions[3].path.hops = 3;
	expect(functions, true,
	       "root port other-port switch<other-port lonely<switch gpu<port audio<port disk<switch "
	       "mate<switch no-group<switch");
}

static void test_damaged(void **state)
{
	struct function functions[N] = {};

	(void)state;
	fill(functions);
	functions[1].parent = 4; /* a circle */
	functions[2].parent = 2; /* itself */
	functions[3].parent = N; /* not there */
	expect(functions, true,
	       "root port other-port lonely gpu<port audio<port switch<other-port disk<switch "
	       "mate<switch no-group<switch");
}

static void test_nothing(void **state)
{
	struct snapshot snapshot = {};
	CLEANUP(free_branches) struct branch *branches = NULL;
	size_t n = 1;

	(void)state;
	assert_int_equal(branches_make(&snapshot, true, &branches, &n), 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
