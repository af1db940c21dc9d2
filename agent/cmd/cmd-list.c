// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim list`: prints the displays of this machine, and whether a VM can have each of them; or
 * all functions, as a tree of ports or ordered by IOMMU group.
 */
#include "base/nearest.h"
#include "cmd/check.h"
#include "cmd/cmd.h"
#include "cmd/table.h"
#include "cmd/branches.h"
#include "cmd/words.h"
#include "decide/judge.h"
#include "decide/known-merge.h"
#include "decide/plan.h"
#include "host/pci-names.h"
#include "host/bootdisk/bootdisk.h"

#include <limits.h>
#include <stdio.h>
#include <strings.h>

#define COLUMN_NAMES "address class id subsystem group driver name verdict path"

static struct {
	bool wants_all, wants_tree, is_by_group, wants_headings;
	const char *columns; /* NULL: the default ones */
} options = { .wants_headings = true };

static const struct verb_option rows[] = {
	{ "all", "show every PCI function, not only displays", .letter = 'a',
	  .sets = &options.wants_all },
	{ "tree", "show each card below its ports, with the members of its groups",
	  .letter = 't', .sets = &options.wants_tree, .excludes_next = true },
	{ "by-group", "show every function, ordered by IOMMU group", .letter = 'g',
	  .sets = &options.is_by_group },
	{ "noheadings", "do not print headings", .letter = 'n',
	  .clears = &options.wants_headings },
	{ "output", "print these columns, of: " COLUMN_NAMES, .letter = 'o',
	  .argument = "COLUMN,...", .string = &options.columns, .values = COLUMN_NAMES },
	{},
};

enum column {
	COLUMN_ADDRESS,
	COLUMN_CLASS,
	COLUMN_ID,
	COLUMN_SUBSYSTEM,
	COLUMN_GROUP,
	COLUMN_DRIVER,
	COLUMN_NAME,
	COLUMN_VERDICT,
	COLUMN_PATH,
	COLUMN_COUNT_
};

static const struct table_column columns[COLUMN_COUNT_] = {
	[COLUMN_ADDRESS] = { "address" },
	[COLUMN_CLASS] = { "class" },
	[COLUMN_ID] = { "id" },
	[COLUMN_SUBSYSTEM] = { "subsystem" },
	[COLUMN_GROUP] = { "group", .is_right = true, .is_number = true },
	[COLUMN_DRIVER] = { "driver" },
	[COLUMN_NAME] = { "name", .wrapped_to = 32 },
	[COLUMN_VERDICT] = { "verdict", .wrapped_to = 16 },
	[COLUMN_PATH] = { "path" },
};

/* The columns of a view, from left to right, and which of them give way first on a narrow page. */
struct view {
	struct {
		enum column column;
		unsigned gives_way;
	} items[COLUMN_COUNT_];
	size_t n;
};

static const struct view list_view = {
	.items = { { COLUMN_ADDRESS },
		   { COLUMN_NAME },
		   { COLUMN_CLASS, 3 },
		   { COLUMN_ID, 4 },
		   { COLUMN_GROUP, 1 },
		   { COLUMN_DRIVER, 2 },
		   { COLUMN_VERDICT } },
	.n = 7,
};

static const struct view tree_view = {
	.items = { { COLUMN_ADDRESS },
		   { COLUMN_NAME },
		   { COLUMN_CLASS, 4 },
		   { COLUMN_GROUP, 1 },
		   { COLUMN_DRIVER, 3 },
		   { COLUMN_VERDICT, 2 } },
	.n = 6,
};

static const struct view group_view = {
	.items = { { COLUMN_GROUP },
		   { COLUMN_CLASS, 1 },
		   { COLUMN_ID, 3 },
		   { COLUMN_ADDRESS },
		   { COLUMN_NAME },
		   { COLUMN_DRIVER, 2 } },
	.n = 6,
};

static const struct view json_view = {
	.items = { { COLUMN_ADDRESS },
		   { COLUMN_CLASS },
		   { COLUMN_ID },
		   { COLUMN_SUBSYSTEM },
		   { COLUMN_GROUP },
		   { COLUMN_DRIVER },
		   { COLUMN_NAME },
		   { COLUMN_VERDICT } },
	.n = 8,
};

struct listing {
	const struct cmd *cmd;
	struct survey survey;
	struct pci_names *names;
	struct view view;
	struct libscols_table *table;
	size_t n_lines;
	bool has_claimable, has_refused; /* among the verdicts that are shown */
};

/* Columns -------------------------------------------------------------------------------------- */

static bool is_shown(const struct view *view, enum column column)
{
	for (size_t i = 0; i < view->n; i++)
		if (view->items[i].column == column)
			return true;
	return false;
}

static int add_column(struct view *view, const struct verb *verb, const char *word)
{
	struct nearest nearest = { .word = word };
	enum column i = 0;

	for (; i < COLUMN_COUNT_ && strcasecmp(columns[i].name, word); i++)
		nearest_try(&nearest, columns[i].name);
	if (i == COLUMN_COUNT_)
		return verb_usage_unknown(verb, "column", &nearest, "");
	if (is_shown(view, i))
		return verb_usage_error(verb, "column '%s' is named twice", word);
	view->items[view->n++].column = i;
	return 0;
}

static int choose_columns(struct listing *listing)
{
	_cleanup_free_ char *copy = options.columns ? strdup(options.columns) : NULL;
	char *word, *rest = copy;
	int r = 0;

	if (!options.columns)
		listing->view = listing->cmd->wants_json ? json_view :
				options.wants_tree	 ? tree_view :
				options.is_by_group	 ? group_view :
							   list_view;
	while (r == 0 && (word = strsep(&rest, ",")))
		r = add_column(&listing->view, listing->cmd->verb, word);
	return r;
}

static void put_class(const struct listing *listing, const struct function *function,
		      char *buffer, size_t size)
{
	if (listing->cmd->wants_json)
		snprintf(buffer, size, "0x%06x", function->class);
	else
		snprintf(buffer, size, "%s",
			 options.wants_tree ? function_words(function) :
					      class_words(function->class));
}

static void put_name(const struct listing *listing, const struct function *function,
		     char *buffer, size_t size)
{
	struct device_name name = {};
	char text[DEVICE_NAME_SIZE];

	if (listing->names)
		pci_names_read(listing->names, function->id, &name);
	snprintf(buffer, size, "%s", device_name_format(&name, text));
}

static void put_verdict(const struct listing *listing, const char *verdict, char *buffer,
			size_t size)
{
	char words[VERDICT_WORDS_SIZE];

	if (verdict)
		snprintf(buffer, size, "%s",
			 listing->cmd->wants_json ? verdict :
						    verdict_words(verdict, words));
}

static const char *cell(struct listing *listing, const struct function *function,
			enum column column, const char *verdict, char *buffer, size_t size)
{
	*buffer = '\0';
	switch (column) {
	case COLUMN_ADDRESS:
		return bdf_format(&function->address, buffer);
	case COLUMN_CLASS:
		put_class(listing, function, buffer, size);
		break;
	case COLUMN_ID:
		snprintf(buffer, size, "%04x:%04x", function->id.vendor,
			 function->id.device);
		break;
	case COLUMN_SUBSYSTEM:
		if (function->subsystem_fact == FACT_KNOWN)
			snprintf(buffer, size, "%04x:%04x", function->subsystem.vendor,
				 function->subsystem.device);
		break;
	case COLUMN_GROUP:
		if (function->group_fact == FACT_KNOWN)
			snprintf(buffer, size, "%d", function->group);
		break;
	case COLUMN_DRIVER:
		if (function->driver)
			snprintf(buffer, size, "%s", function->driver);
		break;
	case COLUMN_NAME:
		put_name(listing, function, buffer, size);
		break;
	case COLUMN_VERDICT:
		put_verdict(listing, verdict, buffer, size);
		break;
	case COLUMN_PATH:
		return pci_path_format(&function->path, buffer);
	case COLUMN_COUNT_:
		break;
	}
	return buffer;
}

/* Lines ---------------------------------------------------------------------------------------- */

static int mark_verdict(struct listing *listing, size_t cell, const char *verdict)
{
	enum colour colour = verdict_colour(verdict);

	if (streq(verdict, "claimable"))
		listing->has_claimable = true;
	if (colour == RED)
		listing->has_refused = true;
	return table_colour(listing->table, cell, &listing->cmd->page, colour);
}

static int add_line(struct listing *listing, const struct function *function, size_t parent)
{
	const struct view *view = &listing->view;
	char buffers[COLUMN_COUNT_][PCI_PATH_SIZE];
	const char *cells[COLUMN_COUNT_], *verdict;
	int r;

	r = check_display(&listing->survey, function, &verdict);
	if (r < 0)
		return r;
	for (size_t i = 0; i < view->n; i++)
		cells[i] = cell(listing, function, view->items[i].column, verdict,
				buffers[i], sizeof(buffers[i]));
	r = table_add_below(listing->table, parent, cells, view->n);
	listing->n_lines++;
	for (size_t i = 0; i < view->n && r == 0 && verdict; i++)
		if (view->items[i].column == COLUMN_VERDICT)
			r = mark_verdict(listing, i, verdict);
	return r;
}

static int add_displays(struct listing *listing)
{
	const struct snapshot *snapshot = &listing->survey.snapshot;
	int r = 0;

	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++)
		if (options.wants_all || is_gpu(&snapshot->functions[i]))
			r = add_line(listing, &snapshot->functions[i], SIZE_MAX);
	return r;
}

static int group_of(const struct function *function)
{
	return function->group_fact == FACT_KNOWN ? function->group : INT_MAX;
}

static int compare_groups(const void *a, const void *b)
{
	const struct function *first = *(const struct function *const *)a;
	const struct function *second = *(const struct function *const *)b;
	int x = group_of(first), y = group_of(second);

	return x != y ? (x < y ? -1 : 1) : bdf_compare(&first->address, &second->address);
}

/* Functions without a group come last. */
static int add_by_group(struct listing *listing)
{
	const struct snapshot *snapshot = &listing->survey.snapshot;
	size_t n = snapshot->n_functions;
	const struct function **order = calloc(n + 1, sizeof(*order));
	int r = order ? 0 : -ENOMEM;

	for (size_t i = 0; order && i < n; i++)
		order[i] = &snapshot->functions[i];
	if (order)
		qsort(order, n, sizeof(*order), compare_groups);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_line(listing, order[i], SIZE_MAX);
	free(order);
	return r;
}

static int add_tree(struct listing *listing)
{
	const struct snapshot *snapshot = &listing->survey.snapshot;
	struct branch *branches = NULL;
	size_t n = 0;
	int r = branches_make(snapshot, options.wants_all, &branches, &n);

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_line(listing, &snapshot->functions[branches[i].function],
			     branches[i].parent);
	free(branches);
	return r;
}

/* The whole ------------------------------------------------------------------------------------ */

static void look_up_columns(const struct view *view, struct table_column *ret_shown)
{
	for (size_t i = 0; i < view->n; i++) {
		ret_shown[i] = columns[view->items[i].column];
		ret_shown[i].gives_way = view->items[i].gives_way;
		ret_shown[i].is_tree = options.wants_tree &&
				       view->items[i].column == COLUMN_ADDRESS;
	}
}

/* Columns that were asked for are never cut in a pipe, because a script may read them. */
static bool is_to_fit(const struct cmd *cmd)
{
	return !cmd->wants_json && (!options.columns || isatty(STDOUT_FILENO));
}

static void say_no_display(const struct listing *listing)
{
	page_wrap(&listing->cmd->page, stdout, 0, 0,
		  listing->survey.snapshot.n_functions ?
			  "No display was found: the kernel shows no PCI function that is a display or an "
			  "accelerator. If 'lspci' does not show the card either, check its seating, its "
			  "power and the firmware setup." :
			  "No PCI function was found: the kernel shows no PCI bus here.");
}

static void say_next(const struct listing *listing)
{
	static const char check[] = "'vfio-claim check ADDRESS' says why not";
	static const char setup[] = "'vfio-claim setup ADDRESS' gives a card to VMs";
	char text[128];

	if (options.columns || !options.wants_headings || !isatty(STDOUT_FILENO) ||
	    !(listing->has_refused || listing->has_claimable))
		return;
	snprintf(text, sizeof(text), "%s%s%s.", listing->has_refused ? check : "",
		 listing->has_refused && listing->has_claimable ? "; " : "",
		 listing->has_claimable ? setup : "");
	putchar('\n');
	page_wrap(&listing->cmd->page, stdout, 0, 0, text);
}

static int print(struct listing *listing, const struct table_column *shown)
{
	const struct cmd *cmd = listing->cmd;
	int r = 0;

	if (!cmd->wants_json && !listing->n_lines) {
		say_no_display(listing);
		return 0;
	}
	if (is_to_fit(cmd))
		r = table_fit(listing->table, shown, listing->view.n, cmd->page.width);
	if (r == 0)
		r = table_print(listing->table, "functions", cmd->wants_json);
	if (r == 0 && !cmd->wants_json)
		say_next(listing);
	return r;
}

static int show(struct listing *listing)
{
	struct table_column shown[COLUMN_COUNT_];
	int r;

	look_up_columns(&listing->view, shown);
	listing->table = table_new("functions", listing->cmd->wants_json,
				   options.wants_headings, shown, listing->view.n);
	if (!listing->table)
		return -ENOMEM;
	r = options.wants_tree	? add_tree(listing) :
	    options.is_by_group ? add_by_group(listing) :
				  add_displays(listing);
	return r < 0 ? r : print(listing, shown);
}

static int look(struct listing *listing)
{
	struct survey *survey = &listing->survey;
	const struct root *root = &listing->cmd->root;
	int r;

	survey->depth = options.wants_tree || is_shown(&listing->view, COLUMN_PATH) ?
				SNAPSHOT_ALL :
				SNAPSHOT_DISPLAYS;
	survey->find_needs = bootdisk_find;
	survey->merge_known = known_merge;
	r = survey_read_config(root, &survey->config);
	survey->config.is_for_next_boot = true;
	survey->config.mode = MODE_CHECK;
	findings_done(&survey->config.findings); /* `check` reports these */
	return r < 0 ? r : survey_look(root, survey);
}

static int cmd_list(const struct cmd *cmd)
{
	struct listing listing = { .cmd = cmd };
	int r;

	if (options.wants_tree && options.is_by_group)
		return verb_usage_error(cmd->verb, "show a tree or groups, not both");
	r = choose_columns(&listing);
	if (r)
		return r;
	r = look(&listing);
	listing.names = pci_names_open(&cmd->root);
	if (r == 0)
		r = show(&listing);
	table_free(listing.table);
	pci_names_close(listing.names);
	survey_done(&listing.survey);
	return r < 0 ? cmd_fail("list", r) : EXIT_AS_CONFIGURED;
}

const struct verb verb_list = {
	.name = "list",
	.summary = "show the displays, and whether a VM can have each of them",
	.details =
		"Shows the displays of this machine, or with --all every PCI function. The "
		"verdict is the one that the next boot would give if this function alone were "
		"configured. A page that is too narrow for all columns shows fewer; --output chooses "
		"them. Touches nothing.",
	.options = rows,
	.has_json = true,
	.run = cmd_list,
};
