// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim tables`: prints the tables of the verbs for the shells' completions and for the
 * manual. The Makefile puts them into completions/ and man/.
 */
#include "base/buffer.h"
#include "cmd/cmd.h"
#include "cmd/help.h"

#include <limits.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* For the manual ------------------------------------------------------------------------------ */

/* Sets options in the text bold and, with `has_names`, the NAMES of arguments underlined. */
static void put_text(const char *text, bool has_names)
{
	char before = ' ';

	for (; *text; before = *text++) {
		bool is_option = strchr(" [('", before) && has_prefix(text, "--");
		int option = is_option ? strspn(text, LOWER "-") : 0;
		int name = has_names ? strspn(text, UPPER) : 0;

		if (option)
			printf("*%.*s*", option, text);
		else if (name)
			printf("_%.*s_", name, text);
		else if (*text == '\n')
			fputs("\n\n\t", stdout);
		else
			printf(strchr("*_\\", *text) ? "\\%c" : "%c", *text);
		if (option || name)
			text += option + name - 1;
	}
}

static void put_option(const struct verb_option *row, const char *indent)
{
	char option[HELP_OPTION_SIZE];

	fputs(indent, stdout);
	if (row->letter)
		printf("*-%c*, ", row->letter);
	put_text(help_option(row, option), true);
	printf("\n\t%s", indent);
	put_text(row->help, false);
	fputs(".\n\n", stdout);
}

static void put_synopsis(const struct verb *verb)
{
	_cleanup_free_ char *text = NULL;
	struct buffer buffer;

	if (buffer_open(&buffer) < 0)
		return;
	/* In one line, because scdoc reads a line that begins with '[' as a table. */
	help_print_synopsis(buffer.stream, verb, 0, INT_MAX);
	printf("*vfio-claim %s*", verb->name);
	if (buffer_close(&buffer, &text) == 0)
		put_text(text, true);
	fputs("\n\n", stdout);
}

static void put_verb(const struct verb *verb)
{
	printf(verb->arguments ? "*%s* " : "*%s*", verb->name);
	if (verb->arguments)
		put_text(verb->arguments, true);
	fputs("\n\t", stdout);
	put_text(verb->details, false);
	fputs("\n\n", stdout);
	for (const struct verb_option *row = verb->options; row && row->name; row++)
		put_option(row, "\t");
	if (!verb->exit_codes)
		return;
	fputc('\t', stdout);
	put_text(verb->exit_codes, false);
	fputs("\n\n", stdout);
}

static void put_common_options(void)
{
	const struct verb_option *row;

	for (size_t i = 0; (row = verb_option(NULL, i)); i++)
		put_option(row, "");
}

/* For the shells ------------------------------------------------------------------------------ */

/* A field of a line that is put into single quotes. */
static void put_field(const char *text, char end)
{
	for (; text && *text; text++)
		fputs(*text == '\'' ? "'\\''" : (char[]){ *text, '\0' }, stdout);
	fputc(end, stdout);
}

/* VERB|OPTION|LETTER|ARGUMENT|VALUES|HELP; the verb's own line has no option. */
static void put_line(const char *verb, const struct verb_option *row)
{
	char option[HELP_OPTION_SIZE] = "", letter[] = { '-', row->letter, '\0' };

	if (row->name)
		snprintf(option, sizeof(option), "--%s", row->name);
	put_field(verb, '|');
	put_field(option, '|');
	put_field(row->letter ? letter : "", '|');
	put_field(row->argument, '|');
	put_field(row->values, '|');
	put_field(row->help, '\n');
}

static void put_lines(const struct verb *verb)
{
	const struct verb_option *row;

	for (size_t i = 0; (row = verb_option(verb, i)); i++)
		put_line(verb ? verb->name : "", row);
}

static void put_completion(const struct verb *verb)
{
	struct verb_option own = { .argument = verb->arguments, .help = verb->summary };

	put_line(verb->name, &own);
	put_lines(verb);
}

/* --------------------------------------------------------------------------------------------- */

static void put_common_lines(void)
{
	put_lines(NULL);
}

static const struct {
	const char *name;
	void (*put_verb)(const struct verb *verb); /* for each that help lists */
	void (*put_common)(void);
} tables[] = {
	{ "synopsis", put_synopsis, NULL },
	{ "verbs", put_verb, NULL },
	{ "options", NULL, put_common_options },
	{ "completion", put_completion, put_common_lines },
};

static int cmd_tables(const struct cmd *cmd)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (!streq(tables[i].name, cmd->arguments[0]))
			continue;
		for (size_t k = 0; tables[i].put_verb && cmd->verbs[k]; k++)
			if (cmd->verbs[k]->summary)
				tables[i].put_verb(cmd->verbs[k]);
		if (tables[i].put_common)
			tables[i].put_common();
		return EXIT_AS_CONFIGURED;
	}
	return verb_usage_error(cmd->verb, "unknown table '%s'", cmd->arguments[0]);
}

const struct verb verb_tables = {
	.name = "tables",
	.arguments = "TABLE",
	.details = "Prints one of synopsis, verbs, options, completion, for the build of vfio-claim.",
	.run = cmd_tables,
};
