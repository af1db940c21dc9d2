// SPDX-License-Identifier: GPL-2.0-or-later
/* The row's test of boot-tree.h. */
#include "boot-tree.h"

#include <stdio.h>

static char *describe(const struct host_needs *needs)
{
	char *text = NULL, quoted[QUOTE_SIZE], address[PCI_ADDRESS_SIZE];
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < needs->n; i++) {
		const struct host_need *need = &needs->items[i];

		fprintf(stream, "%s %s:", need->use,
			quote(need->source, strlen(need->source), quoted));
		assert_false(need->is_virtual && need->n_functions);
		if (!need->n_functions)
			fputs(need->is_virtual ? " virtual" : " unknown", stream);
		for (size_t k = 0; k < need->n_functions; k++)
			fprintf(stream, " %s", bdf_format(&need->functions[k], address));
		fputc('\n', stream);
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

char *needs_of(const char *text)
{
	struct host_needs needs = {};
	struct tree tree;
	char *found;

	tree_make(&tree, text);
	assert_int_equal(bootdisk_find(&tree.root, &needs), 0);
	found = describe(&needs);
	host_needs_done(&needs);
	tree_remove(&tree);
	return found;
}

void test_needs(void **state)
{
	const struct bootdisk_case *row = *state;
	_cleanup_free_ char *needs = needs_of(row->tree);

	assert_string_equal(needs, row->needs);
}
