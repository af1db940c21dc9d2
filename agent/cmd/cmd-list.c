// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim list`: which displays are here, and could a VM have each of them? The owner of
 * libsmartcols.
 */
#include "bootdisk.h"
#include "check.h"
#include "cmd.h"
#include "judge.h"
#include "pci.h"
#include "plan.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <strings.h>

static const char usage[] =
	"Usage: vfio-claim list [--all] [--json] [--noheadings] [-o COLUMN,...] [--sysroot DIR]\n"
	"Lists display functions, with --all every PCI function. The verdict is that of the next\n"
	"boot, if this function alone were configured.\n"
	"Columns: address, class, id, subsystem, group, driver, name, verdict, path\n";

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
	const char *name;
	int flags;
	bool is_default;
	bool is_in_json;
} columns[COLUMN_COUNT_] = {
	[COLUMN_ADDRESS] = { "address", 0, true, true },
	[COLUMN_CLASS] = { "class", 0, true, true },
	[COLUMN_ID] = { "id", 0, true, true },
	[COLUMN_SUBSYSTEM] = { "subsystem", 0, false, true },
	[COLUMN_GROUP] = { "group", SCOLS_FL_RIGHT, true, true },
	[COLUMN_DRIVER] = { "driver", 0, true, true },
	[COLUMN_NAME] = { "name", SCOLS_FL_TRUNC, true, true },
	[COLUMN_VERDICT] = { "verdict", 0, true, true },
	[COLUMN_PATH] = { "path", 0, false, false },
};

struct listing {
	const struct cmd_options *options;
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
			if (listing->options->wants_json ? columns[i].is_in_json :
							   columns[i].is_default)
				listing->shown[listing->n_shown++] = i;
		return true;
	}
	copy = strdup(text);
	rest = copy;
	while ((word = strsep(&rest, ","))) {
		enum column i = 0;

		while (i < COLUMN_COUNT_ && strcasecmp(columns[i].name, word))
			i++;
		if (i == COLUMN_COUNT_ || listing->n_shown == COLUMN_COUNT_) {
			fprintf(stderr, "vfio-claim: unknown or repeated column '%s'\n%s",
				word, usage);
			return false;
		}
		listing->shown[listing->n_shown++] = i;
	}
	return listing->n_shown > 0;
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
		char id[16];

		snprintf(id, sizeof(id), "%04x:%04x", function->id.vendor,
			 function->id.device);
		if (listing->names)
			pci_names_lookup(listing->names, id, buffer, size);
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
	struct libscols_line *line = scols_table_new_line(listing->table, NULL);
	char buffer[PCI_PATH_SIZE];
	const char *verdict;
	int r;

	if (!line)
		return -ENOMEM;
	r = check_display(&listing->survey, function, &verdict);
	for (size_t i = 0; i < listing->n_shown && r == 0; i++) {
		const char *text = cell(listing, function, listing->shown[i], verdict,
					buffer, sizeof(buffer));

		if (*text || !listing->options->wants_json)
			r = scols_line_set_data(line, i, *text ? text : "-");
	}
	return r;
}

static int fill_table(struct listing *listing)
{
	const struct snapshot *snapshot = &listing->survey.snapshot;
	int r = 0;

	for (size_t i = 0; i < listing->n_shown; i++) {
		struct libscols_column *column;

		column = scols_table_new_column(listing->table,
						columns[listing->shown[i]].name, 0,
						columns[listing->shown[i]].flags);
		if (!column)
			return -ENOMEM;
		if (listing->shown[i] == COLUMN_GROUP)
			scols_column_set_json_type(column, SCOLS_JSON_NUMBER);
	}
	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++)
		if (listing->options->wants_all || is_display(&snapshot->functions[i]))
			r = add_line(listing, &snapshot->functions[i]);
	return r;
}

static int print_table(struct listing *listing)
{
	char *text = NULL;
	int r;

	if (!listing->options->wants_json)
		return scols_print_table(listing->table);
	/* libsmartcols prints {"functions": [...]}; the version goes in front. */
	r = scols_print_table_to_string(listing->table, &text);
	if (r == 0) {
		const char *body = text ? strchr(text, '{') :
					  NULL; /* no line: no text at all */

		printf("{\n   \"version\": 1,%s",
		       body ? body + 1 : "\n   \"functions\": []\n}\n");
	}
	free(text);
	return r;
}

int cmd_list(int argc, char **argv)
{
	CLEANUP(cmd_options_done) struct cmd_options options = { .root.fd = -1 };
	struct listing listing = { .options = &options };
	int r;

	r = cmd_parse(argc, argv, usage, CMD_ALL CMD_COLUMNS, &options);
	if (r || options.is_done)
		return r;
	if (!choose_columns(&listing, options.columns))
		return EXIT_USAGE;
	listing.survey.depth = SNAPSHOT_DISPLAYS;
	listing.survey.find_needs = bootdisk_find;
	r = survey_read_config(&options.root, &listing.survey.config);
	listing.survey.config.is_for_next_boot = true;
	listing.survey.config.mode = MODE_CHECK;
	findings_done(&listing.survey.config.findings); /* `check` tells of these */
	if (r == 0)
		r = survey_look(&options.root, &listing.survey);
	listing.names = pci_names_open();
	listing.table = scols_new_table();
	if (r == 0 && !listing.table)
		r = -ENOMEM;
	if (r == 0) {
		scols_table_enable_json(listing.table, options.wants_json);
		scols_table_set_name(listing.table, "functions");
		scols_table_enable_noheadings(listing.table, !options.wants_headings);
		r = fill_table(&listing);
	}
	if (r == 0)
		r = print_table(&listing);
	scols_unref_table(listing.table);
	pci_close(listing.names);
	survey_done(&listing.survey);
	return r < 0 ? cmd_fail("list", r) : EXIT_AS_CONFIGURED;
}
