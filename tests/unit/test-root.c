// SPDX-License-Identifier: GPL-2.0-or-later
/* A trace records each path that is opened below a root, and the kind of access. */
#include "unit.h"

#include "base/root.h"
#include "base/text.h"
#include "tree.h"

static void note(const char *path, enum root_use use, void *data)
{
	_cleanup_free_ char *line = text_format("%d %s", use, path);

	assert_int_equal(strings_add(data, line), 0);
}

static int take(const char *name, void *data)
{
	(void)name, (void)data;
	return 0;
}

static void test_trace(void **state)
{
	static const char *const expected[] = { "0 /a", "0 /gone", "0 /link",
						"1 /a", "1 /a",	   "2 /" };
	CLEANUP(strings_done) struct strings seen = {};
	_cleanup_free_ char *text = NULL;
	char buffer[64];
	struct tree tree;
	size_t size;

	(void)state;
	tree_make(&tree, "a = 1\nlink -> a\n");
	tree.root.trace = note;
	tree.root.trace_data = &seen;
	assert_true(root_exists(&tree.root, "/a"));
	assert_false(root_exists(&tree.root, "/gone"));
	assert_int_equal(root_readlink(&tree.root, "/link", buffer, sizeof(buffer)), 0);
	assert_int_equal(root_read_line(&tree.root, "/a", buffer, sizeof(buffer)), 1);
	assert_int_equal(root_read_file(&tree.root, "/a", 64, &text, &size), 0);
	assert_int_equal(root_list(&tree.root, "/", take, NULL), 0);
	tree.root.trace = NULL;
	assert_true(root_exists(&tree.root, "/a"));
	assert_int_equal(seen.n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < seen.n; i++)
		assert_string_equal(seen.items[i], expected[i]);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_trace) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
