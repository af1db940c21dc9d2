// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a command line into the structs that the verb's rows point to. Never runs a verb. */
#include "cmd/verb.h"

#include "base/nearest.h"
#include "base/text.h"
#include "cmd/selector.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#define COLOUR_WORDS "auto always never"
#define FIRST_ROW 0x100 /* getopt's answer for row 0; letters are below */

static struct common {
	const char *sysroot, *colour;
	bool wants_json, wants_help, wants_version;
} common;

/* Valid before the verb and after it. */
static const struct verb_option common_options[] = {
	{ "json", "print a document for programs", .sets = &common.wants_json },
	{ "color", "use colours: on a terminal, always or never", .argument = "WHEN",
	  .string = &common.colour, .values = COLOUR_WORDS },
	{ "sysroot",
	  "look at the system below DIR instead of the running one; write nothing",
	  .argument = "DIR", .string = &common.sysroot },
	{ "help", "print help", .letter = 'h', .sets = &common.wants_help },
	{ "version", "print the version", .letter = 'V', .sets = &common.wants_version },
	{},
};

/* The rows that are valid at one place of the command line, as getopt_long() wants them. */
struct known {
	const struct verb_option *rows[VERB_OPTIONS_MAX];
	struct option options[VERB_OPTIONS_MAX + 1];
	char letters[2 * VERB_OPTIONS_MAX + 3];
	size_t n;
};

int verb_usage_error(const struct verb *verb, const char *format, ...)
{
	va_list arguments;

	fputs("vfio-claim: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see 'vfio-claim %s%s--help'\n", verb ? verb->name : "",
		verb ? " " : "");
	return EXIT_USAGE;
}

int verb_usage_unknown(const struct verb *verb, const char *what,
		       const struct nearest *nearest, const char *dashes)
{
	if (!nearest->best)
		return verb_usage_error(verb, "unknown %s '%s'", what, nearest->word);
	fprintf(stderr, "vfio-claim: unknown %s '%s'; did you mean '%s%s'?\n", what,
		nearest->word, dashes, nearest->best);
	return EXIT_USAGE;
}

/* "auto, always or never" */
static void print_choices(FILE *stream, struct span words)
{
	const char *gap = "";

	while (words.size) {
		struct span word = span_next(&words, " ");

		fprintf(stream, "%s%.*s", gap, (int)word.size, word.text);
		gap = memchr(words.text, ' ', words.size) ? ", " : " or ";
	}
}

/* 0 if the option's value is one of the words, which are separated by blanks; else EXIT_USAGE after a
 * message. */
static int check_value(const char *option, const char *words, const char *value)
{
	struct nearest nearest = { .word = value };
	_cleanup_free_ char *copy = strdup(words);
	char *word, *rest = copy;

	while ((word = strsep(&rest, " "))) {
		if (streq(word, value))
			return 0;
		nearest_try(&nearest, word);
	}
	fprintf(stderr, "vfio-claim: --%s takes ", option);
	print_choices(stderr, (struct span){ words, strlen(words) });
	fprintf(stderr, ", not '%s'", value);
	if (nearest.best)
		fprintf(stderr, "; did you mean '%s'?", nearest.best);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

const struct verb *verb_find(const struct verb *const *verbs, const char *name)
{
	while (*verbs && !streq((*verbs)->name, name) &&
	       !is_string_equal((*verbs)->former_name, name))
		verbs++;
	return *verbs;
}

/* --json is a row of a verb that prints a document; --version belongs to no verb. */
static bool is_listed(const struct verb_option *row, const struct verb *verb)
{
	return !verb ||
	       (row->sets == &common.wants_json ? verb->has_json :
						  row->sets != &common.wants_version);
}

const struct verb_option *verb_option(const struct verb *verb, size_t i)
{
	const struct verb_option *row = verb ? verb->options : NULL;

	for (; row && row->name; row++)
		if (i-- == 0)
			return row;
	for (row = common_options; row->name; row++)
		if (is_listed(row, verb) && i-- == 0)
			return row;
	return NULL;
}

static void add_rows(struct known *known, const struct verb_option *rows)
{
	char *letters = known->letters + strlen(known->letters);

	for (; rows && rows->name && known->n < VERB_OPTIONS_MAX; rows++) {
		known->options[known->n] =
			(struct option){ rows->name,
					 rows->argument ? required_argument : no_argument,
					 NULL, FIRST_ROW + known->n };
		known->rows[known->n++] = rows;
		if (rows->letter)
			*letters++ = rows->letter;
		if (rows->letter && rows->argument)
			*letters++ = ':';
	}
}

static const struct verb_option *find_row(const struct known *known, int answer)
{
	if (answer >= FIRST_ROW)
		return known->rows[answer - FIRST_ROW];
	for (size_t i = 0; i < known->n; i++)
		if (known->rows[i]->letter == answer)
			return known->rows[i];
	return NULL;
}

static int store(const struct verb_option *row)
{
	if (row->strings)
		return strings_add(row->strings, optarg);
	if (row->string)
		*row->string = optarg;
	else if (row->sets)
		*row->sets = true;
	else
		*row->clears = false;
	return 0;
}

/* The name of the option that is spelled most like "--WORD=VALUE" or "-WORD". */
static const char *nearest_option(const struct known *known, const char *text)
{
	_cleanup_free_ char *word = strdup(text + strspn(text, "-"));
	struct nearest nearest = { .word = word };

	if (!word)
		return NULL;
	word[strcspn(word, "=")] = '\0';
	for (size_t i = 0; i < known->n; i++)
		nearest_try(&nearest, known->rows[i]->name);
	return nearest.best;
}

/* "-json" is read as letters, and getopt stays at the word until its last one. */
static const char *word_of_letter(char **argv, int letter)
{
	const char *word = argv[optind];

	return word && *word == '-' && word[1] == letter && word[2] ? word : NULL;
}

static int say_unknown_option(const struct known *known, const char *word,
			      const struct verb *verb)
{
	const struct nearest nearest = { .word = word, .best = nearest_option(known, word) };

	return verb_usage_unknown(verb, "option", &nearest, "--");
}

/* getopt leaves the faulty option in optopt, 0 for an unknown long option. */
static int say_wrong_option(const struct known *known, int answer, char **argv,
			    const struct verb *verb)
{
	const struct verb_option *row = optopt ? find_row(known, optopt) : NULL;
	const char *word = optopt ? word_of_letter(argv, optopt) : argv[optind - 1];

	if (row && answer == ':')
		return verb_usage_error(verb, "option '--%s' needs its argument %s",
					row->name, row->argument);
	if (row)
		return verb_usage_error(verb, "option '--%s' takes no argument", row->name);
	if (word)
		return say_unknown_option(known, word, verb);
	return verb_usage_error(verb, "unknown option '-%c'", optopt);
}

/* Without a verb, stops at the first word that is not an option. */
static int read_options(int argc, char **argv, const struct verb *verb)
{
	struct known known = {};
	int answer;

	strcpy(known.letters, verb ? ":" : "+:");
	add_rows(&known, common_options);
	add_rows(&known, verb ? verb->options : NULL);
	optind = 0; /* restarts getopt */
	while ((answer = getopt_long(argc, argv, known.letters, known.options, NULL)) >= 0) {
		if (answer == '?' || answer == ':')
			return say_wrong_option(&known, answer, argv, verb);
		if (store(find_row(&known, answer)) < 0)
			return verb_usage_error(verb, "out of memory");
	}
	return 0;
}

static int check_arguments(const struct cmd *cmd)
{
	const char *wanted = cmd->verb->arguments;
	size_t most = !wanted ? 0 : strstr(wanted, "...") ? SIZE_MAX : 1;

	if (cmd->n_arguments > most)
		return verb_usage_error(cmd->verb, "unexpected argument '%s'",
					cmd->arguments[most]);
	if (!cmd->n_arguments && wanted && *wanted != '[')
		return verb_usage_error(cmd->verb, "%s needs its argument %s",
					cmd->verb->name, wanted);
	return 0;
}

int verb_say_unknown(const struct verb *const *verbs, const char *word)
{
	/* The words of other tools. */
	static const struct {
		const char *word, *verb;
	} others[] = {
		{ "ls", "list" },	   { "show", "list" },
		{ "lspci", "list" },	   { "bind", "setup" },
		{ "claim", "setup" },	   { "install", "setup" },
		{ "unbind", "remove" },	   { "release", "remove" },
		{ "uninstall", "remove" }, { "why", "explain" },
		{ "groups", "list" },	   { "report", "log" },
	};
	struct nearest nearest = { .word = word };

	if (selector_is_place(word)) {
		fprintf(stderr,
			"vfio-claim: '%s' is a card, not a verb; try 'vfio-claim check %s'\n",
			word, word);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (streq(others[i].word, word))
			nearest.best = others[i].verb;
	for (; *verbs; verbs++)
		if ((*verbs)->summary)
			nearest_try(&nearest, (*verbs)->name);
	return verb_usage_unknown(NULL, "verb", &nearest, "");
}

static int read_verb(int argc, char **argv, struct cmd *cmd)
{
	int r;

	cmd->verb = verb_find(cmd->verbs, argv[0]);
	if (!cmd->verb)
		return verb_say_unknown(cmd->verbs, argv[0]);
	r = read_options(argc, argv, cmd->verb);
	cmd->arguments = argv + optind;
	cmd->n_arguments = argc - optind;
	return r || common.wants_help ? r : check_arguments(cmd);
}

int verb_parse(int argc, char **argv, const struct verb *const *verbs, struct cmd *ret_cmd)
{
	struct cmd cmd = { .verbs = verbs, .root.fd = -1 };
	int r;

	common = (struct common){ .sysroot = "/", .colour = "auto" };
	r = read_options(argc, argv, NULL);
	if (r == 0 && optind < argc)
		r = read_verb(argc - optind, argv + optind, &cmd);
	if (r == 0)
		r = check_value("color", COLOUR_WORDS, common.colour);
	if (r)
		return r;
	cmd.sysroot = common.sysroot;
	cmd.page = screen_page(common.colour);
	cmd.wants_json = common.wants_json;
	cmd.wants_help = common.wants_help;
	cmd.wants_version = common.wants_version;
	*ret_cmd = cmd;
	return 0;
}
