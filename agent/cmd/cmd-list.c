// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio-claim list`: prints the displays of this machine, and whether a VM can have each of them. */
#include "cmd/check.h"
#include "cmd/cmd.h"
#include "cmd/table.h"
#include "decide/judge.h"
#include "decide/known-merge.h"
#include "decide/plan.h"
#include "facts/pci.h"
#include "host/bootdisk/bootdisk.h"

#include <stdio.h>
#include <strings.h>

#define COLUMN_NAMES "address class id subsystem group driver name verdict path"

static struct {
	bool wants_all, wants_headings;
	const char *columns; /* NULL: the default ones */
} options = { .wants_headings = true };

static const struct verb_option rows[] = {
	{ "all", "show every PCI function, not only displays", .letter = 'a',
	  .sets = &options.wants_all },
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

static const struct {
	struct table_column column;
	bool is_default;
	bool is_in_json;
} columns[COLUMN_COUNT_] = {
	[COLUMN_ADDRESS] = { { "address" }, true, true },
	[COLUMN_CLASS] = { { "class" }, true, true },
	[COLUMN_ID] = { { "id" }, true, true },
	[COLUMN_SUBSYSTEM] = { { "subsystem" }, false, true },
	[COLUMN_GROUP] = { { "group", .is_right = true, .is_number = true }, true, true },
	[COLUMN_DRIVER] = { { "driver" }, true, true },
	[COLUMN_NAME] = { { "name", .is_cut = true }, true, true },
	[COLUMN_VERDICT] = { { "verdict" }, true, true },
	[COLUMN_PATH] = { { "path" }, false, false },
};

struct listing {
	const struct cmd *cmd;
	struct survey survey;
	struct pci *names;
	enum column shown[COLUMN_COUNT_];
	size_t n_shown;
	struct libscols_table *table;
};

static bool choose_columns(struct listing *listing, const char *text)
{
	_cleanup_free_ char *copy = NULL;
	char *rest, *word;

	if (!text) {
		for (enum column i = 0; i < COLUMN_COUNT_; i++)
			if (listing->cmd->wants_json ? columns[i].is_in_json :
						       columns[i].is_default)
				listing->shown[listing->n_shown++] = i;
		return true;
	}
	copy = strdup(text);
	rest = copy;
	while ((word = strsep(&rest, ","))) {
		enum column i = 0;

		while (i < COLUMN_COUNT_ && strcasecmp(columns[i].column.name, word))
			i++;
		if (i == COLUMN_COUNT_ || listing->n_shown == COLUMN_COUNT_) {
			verb_usage_error(listing->cmd->verb,
					 "unknown or repeated column '%s'", word);
			return false;
		}
		listing->shown[listing->n_shown++] = i;
	}
	return listing->n_shown > 0;
}

static bool is_shown(const struct listing *listing, enum column column)
{
	for (size_t i = 0; i < listing->n_shown; i++)
		if (listing->shown[i] == column)
			return true;
	return false;
}

static const char *cell(struct listing *listing, const struct function *function,
			enum column column, const char *verdict, char *buffer, size_t size)
{
	*buffer = '\0';
	switch (column) {
	case COLUMN_ADDRESS:
		return bdf_format(&function->address, buffer);
	case COLUMN_CLASS:
		snprintf(buffer, size, "0x%06x", function->class);
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
	case COLUMN_NAME: {
		struct device_name name = {};
		char text[DEVICE_NAME_SIZE];

		if (listing->names)
			pci_names_read(listing->names, function->id, &name);
		snprintf(buffer, size, "%s", device_name_format(&name, text));
		break;
	}
	case COLUMN_VERDICT:
		if (verdict)
			snprintf(buffer, size, "%s", verdict);
		break;
	case COLUMN_PATH:
		return pci_path_format(&function->path, buffer);
	case COLUMN_COUNT_:
		break;
	}
	return buffer;
}

static int add_line(struct listing *listing, const struct function *function)
{
	char buffers[COLUMN_COUNT_][PCI_PATH_SIZE];
	const char *cells[COLUMN_COUNT_], *verdict;
	int r;

	r = check_display(&listing->survey, function, &verdict);
	if (r < 0)
		return r;
	for (size_t i = 0; i < listing->n_shown; i++)
		cells[i] = cell(listing, function, listing->shown[i], verdict, buffers[i],
				sizeof(buffers[i]));
	return table_add(listing->table, cells, listing->n_shown);
}

static int fill_table(struct listing *listing)
{
	const struct snapshot *snapshot = &listing->survey.snapshot;
	struct table_column shown[COLUMN_COUNT_];
	int r = 0;

	for (size_t i = 0; i < listing->n_shown; i++)
		shown[i] = columns[listing->shown[i]].column;
	listing->table = table_new("functions", listing->cmd->wants_json,
				   options.wants_headings, shown, listing->n_shown);
	if (!listing->table)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++)
		if (options.wants_all || is_gpu(&snapshot->functions[i]))
			r = add_line(listing, &snapshot->functions[i]);
	return r;
}

static int cmd_list(const struct cmd *cmd)
{
	struct listing listing = { .cmd = cmd };
	int r;

	if (!choose_columns(&listing, options.columns))
		return EXIT_USAGE;
	listing.survey.depth = is_shown(&listing, COLUMN_PATH) ? SNAPSHOT_ALL :
								 SNAPSHOT_DISPLAYS;
	listing.survey.find_needs = bootdisk_find;
	listing.survey.merge_known = known_merge;
	r = survey_read_config(&cmd->root, &listing.survey.config);
	listing.survey.config.is_for_next_boot = true;
	listing.survey.config.mode = MODE_CHECK;
	findings_done(&listing.survey.config.findings); /* `check` reports these */
	if (r == 0)
		r = survey_look(&cmd->root, &listing.survey);
	listing.names = pci_names_open(&cmd->root);
	if (r == 0)
		r = fill_table(&listing);
	if (r == 0)
		r = table_print(listing.table, "functions", cmd->wants_json);
	table_free(listing.table);
	pci_close(listing.names);
	survey_done(&listing.survey);
	return r < 0 ? cmd_fail("list", r) : EXIT_AS_CONFIGURED;
}

const struct verb verb_list = {
	.name = "list",
	.summary = "show the displays, and whether a VM can have each of them",
	.details =
		"Shows the displays of this machine, or with --all every PCI function. The "
		"verdict is the one that the next boot would give if this function alone were "
		"configured. Touches nothing.",
	.options = rows,
	.has_json = true,
	.run = cmd_list,
};
