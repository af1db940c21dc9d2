// SPDX-License-Identifier: GPL-2.0-or-later
/* Orders functions below their bridges, and chooses those that matter for the displays. Pure. */
#include "cmd/branches.h"

#include "model/function.h"

struct tree {
	const struct snapshot *snapshot;
	struct branch *branches;
	size_t n;
	size_t *lines; /* of each function: its line, SIZE_MAX: none yet */
	bool *is_card, *is_shown;
};

/* The bridge above, SIZE_MAX: none. In a damaged sysfs, functions may be above each other. */
static size_t bridge_above(const struct snapshot *snapshot, size_t index)
{
	const struct function *function = &snapshot->functions[index];
	size_t parent = function->parent;

	return parent < snapshot->n_functions && snapshot->functions[parent].path.hops <
							 function->path.hops ?
		       parent :
		       SIZE_MAX;
}

/* The functions of the slots that hold a display. */
static void mark_cards(struct tree *tree)
{
	const struct function *functions = tree->snapshot->functions;

	for (size_t i = 0; i < tree->snapshot->n_functions; i++)
		for (size_t k = 0; k < tree->snapshot->n_functions; k++)
			if (is_gpu(&functions[k]) &&
			    bdf_is_same_slot(&functions[i].address, &functions[k].address))
				tree->is_card[i] = true;
}

static bool has_card_in_group(const struct tree *tree, const struct function *function)
{
	const struct function *functions = tree->snapshot->functions;

	for (size_t i = 0; i < tree->snapshot->n_functions; i++)
		if (tree->is_card[i] && functions[i].group_fact == FACT_KNOWN &&
		    functions[i].group == function->group)
			return true;
	return false;
}

/* With the bridges above it. */
static void show(struct tree *tree, size_t index)
{
	while (index != SIZE_MAX && !tree->is_shown[index]) {
		tree->is_shown[index] = true;
		index = bridge_above(tree->snapshot, index);
	}
}

static void choose(struct tree *tree, bool wants_all)
{
	const struct snapshot *snapshot = tree->snapshot;

	mark_cards(tree);
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (wants_all || tree->is_card[i] ||
		    (function->group_fact == FACT_KNOWN &&
		     has_card_in_group(tree, function)))
			show(tree, i);
	}
}

/* The bridges above come first, whatever their addresses. */
static void add(struct tree *tree, size_t index)
{
	size_t parent = bridge_above(tree->snapshot, index);

	if (tree->lines[index] != SIZE_MAX)
		return;
	if (parent != SIZE_MAX)
		add(tree, parent);
	tree->lines[index] = tree->n;
	tree->branches[tree->n++] = (struct branch){
		.function = index,
		.parent = parent == SIZE_MAX ? SIZE_MAX : tree->lines[parent],
	};
}

static void make(struct tree *tree, bool wants_all)
{
	size_t n = tree->snapshot->n_functions;

	choose(tree, wants_all);
	for (size_t i = 0; i < n; i++)
		tree->lines[i] = SIZE_MAX;
	for (size_t i = 0; i < n; i++)
		if (tree->is_shown[i])
			add(tree, i);
}

int branches_make(const struct snapshot *snapshot, bool wants_all,
		  struct branch **ret_branches, size_t *ret_n)
{
	size_t n = snapshot->n_functions + 1;
	struct tree tree = {
		.snapshot = snapshot,
		.branches = calloc(n, sizeof(*tree.branches)),
		.lines = calloc(n, sizeof(*tree.lines)),
		.is_card = calloc(n, sizeof(*tree.is_card)),
		.is_shown = calloc(n, sizeof(*tree.is_shown)),
	};
	bool has_memory = tree.branches && tree.lines && tree.is_card && tree.is_shown;

	if (has_memory) {
		make(&tree, wants_all);
		*ret_branches = steal(tree.branches);
		*ret_n = tree.n;
	}
	free(tree.branches);
	free(tree.lines);
	free(tree.is_card);
	free(tree.is_shown);
	return has_memory ? 0 : -ENOMEM;
}
