// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the verbs' tables as help, in at most 80 columns. */
#include "cmd/help.h"

#include "cmd/cmd.h"

#define LINE_WIDTH 80
#define VERB_COLUMN 12
#define OPTION_COLUMN 23

/* Wraps words into lines of `width` columns. */
struct lines {
	FILE *stream;
	int width, indent, column;
};

static void add_word(struct lines *lines, const char *word, int length)
{
	if (lines->column != lines->indent && lines->column + 1 + length > lines->width) {
		fprintf(lines->stream, "\n%*s", lines->indent, "");
		lines->column = lines->indent;
	}
	lines->column += fprintf(lines->stream, "%s%.*s",
				 lines->column != lines->indent ? " " : "", length, word);
}

/* Returns the text after the paragraph. */
static const char *add_paragraph(struct lines *lines, const char *text)
{
	while (*text && *text != '\n') {
		int length = strcspn(text, " \n");

		add_word(lines, text, length);
		text += length + strspn(text + length, " ");
	}
	return *text ? text + 1 : text;
}

const char *help_option(const struct verb_option *row, char buffer[static HELP_OPTION_SIZE])
{
	snprintf(buffer, HELP_OPTION_SIZE, "--%s%s%s", row->name,
		 row->argument ? " " : "", row->argument ? row->argument : "");
	return buffer;
}

void help_print_synopsis(FILE *stream, const struct verb *verb, int column, int width)
{
	struct lines lines = { stream, width, column + 1, column };
	char option[HELP_OPTION_SIZE], word[HELP_OPTION_SIZE + 4];
	const struct verb_option *row;
	const char *before = "[";

	if (verb->arguments)
		add_word(&lines, verb->arguments, strlen(verb->arguments));
	for (size_t i = 0; (row = verb_option(verb, i)); i++) {
		if (streq(row->name, "color")) /* the options of every verb follow */
			break;
		add_word(&lines, word,
			 snprintf(word, sizeof(word), "%s%s%s", before,
				  help_option(row, option), row->excludes_next ? "" : "]"));
		before = row->excludes_next ? "| " : "[";
	}
}

/* Prints a text in its column, on the next line if this one is too full. */
static void print_beside(FILE *stream, int column, int used, const char *text)
{
	struct lines lines = { stream, LINE_WIDTH, column, column };

	if (used + 2 > column) {
		fputc('\n', stream);
		used = 0;
	}
	fprintf(stream, "%*s", column - used, "");
	add_paragraph(&lines, text);
	fputc('\n', stream);
}

static void print_options(FILE *stream, const struct verb *verb)
{
	const struct verb_option *row;
	char text[HELP_OPTION_SIZE];

	for (size_t i = 0; (row = verb_option(verb, i)); i++) {
		int used = fprintf(stream, row->letter ? "  -%c, " : "      ", row->letter);

		used += fprintf(stream, "%s", help_option(row, text));
		print_beside(stream, OPTION_COLUMN, used, row->help);
	}
}

void help_print_verbs(FILE *stream, const struct verb *const *verbs)
{
	fputs("Usage: vfio-claim VERB [OPTIONS]\n\nVerbs:\n", stream);
	for (; *verbs; verbs++)
		if ((*verbs)->summary)
			print_beside(stream, VERB_COLUMN,
				     fprintf(stream, "  %s", (*verbs)->name),
				     (*verbs)->summary);
	fputs("\nOptions, before the verb or after it:\n", stream);
	print_options(stream, NULL);
}

static void print_paragraph(const char **text)
{
	struct lines lines = { stdout, LINE_WIDTH };

	fputc('\n', stdout);
	*text = add_paragraph(&lines, *text);
	fputc('\n', stdout);
}

void help_print_verb(const struct verb *verb)
{
	int column = printf("Usage: vfio-claim %s", verb->name);
	const char *text = verb->details;

	help_print_synopsis(stdout, verb, column, LINE_WIDTH);
	fputc('\n', stdout);
	while (*text)
		print_paragraph(&text);
	fputs("\nOptions:\n", stdout);
	print_options(stdout, verb);
	text = verb->exit_codes;
	if (text)
		print_paragraph(&text);
}

static int run(const struct cmd *cmd)
{
	const struct verb *verb;

	if (!cmd->n_arguments) {
		help_print_verbs(stdout, cmd->verbs);
		return EXIT_AS_CONFIGURED;
	}
	verb = verb_find(cmd->verbs, cmd->arguments[0]);
	if (!verb)
		return verb_say_unknown(cmd->verbs, cmd->arguments[0]);
	help_print_verb(verb);
	return EXIT_AS_CONFIGURED;
}

const struct verb verb_help = {
	.name = "help",
	.summary = "print this list, or more on a verb",
	.arguments = "[VERB]",
	.details = "Prints what 'vfio-claim VERB --help' prints; without a VERB the list of verbs.",
	.run = run,
};
