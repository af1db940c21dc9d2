// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers of groups as people write them. fake-map.h explains the machines. */
#include "unit.h"

#include "cmd/map/layout.h"
#include "fake-map.h"

static const struct group_case {
	const char *name, *map, *groups;
} group_cases[] = {
	{ "none", ".- .-", "" },
	{ "one", ".3 .3 .-", "group 3" },
	{ "two", ".3 .5", "groups 3, 5" },
	{ "ranges", ".9 .1 .3 .2 .7 .8", "groups 1\u20133, 7\u20139" },
	{ "too many to be read", ".1 .3 .5 .7", "4 groups" },
};

static void test_groups(void **state)
{
	const struct group_case *test = *state;
	struct map_function functions[FAKE_MAP_MOST];
	struct map map = map_from(test->map, functions);
	size_t members[] = { 0, 1, 2, 3, 4, 5 };
	struct row row = { .functions = members, .n = map.n_functions };
	_cleanup_free_ char *text = row_groups(&map, &row);

	assert_string_equal(text, test->groups);
}

int main(void)
{
	return RUN_TABLE(group_cases, test_groups);
}
