// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines are parsed: a verb's own options, those of every verb, mistakes. */
#include "cmd/cmd.h"
#include "unit.h"

#include <stdio.h>

static struct {
	bool wants_all, wants_headings;
	const char *columns, *boot;
	struct strings extra;
} options;

static const struct verb_option rows[] = {
	{ "all", "", .letter = 'a', .sets = &options.wants_all },
	{ "noheadings", "", .letter = 'n', .clears = &options.wants_headings },
	{ "output", "", .letter = 'o', .argument = "COLUMN,...",
	  .string = &options.columns },
	{ "boot", "", .argument = "BOOT", .string = &options.boot },
	{ "extra", "", .argument = "X", .strings = &options.extra },
	{},
};

static const struct verb list = { .name = "list", .options = rows, .has_json = true };
static const struct verb check = { .name = "check", .arguments = "[SELECTOR...]" };
static const struct verb explain = { .name = "explain", .arguments = "ADDRESS" };
static const struct verb help = { .name = "help", .arguments = "[VERB]" };
static const struct verb *const verbs[] = { &list, &check, &explain, &help, NULL };

struct parse_case {
	const char *name;  /* the command line after "vfio-claim" */
	const char *is;	   /* as describe() writes it */
	const char *error; /* the message instead */
};

static const struct parse_case cases[] = {
	{ "", "- sysroot=/" },
	{ "list", "list sysroot=/" },
	{ "list -a", "list all sysroot=/" },
	{ "list --all", "list all sysroot=/" },
	{ "list --al", "list all sysroot=/" },
	{ "list -an", "list all noheadings sysroot=/" },
	{ "list -n -o id", "list noheadings columns=id sysroot=/" },
	{ "list -oid,path", "list columns=id,path sysroot=/" },
	{ "list --output=id", "list columns=id sysroot=/" },
	{ "list --boot -1", "list boot=-1 sysroot=/" },
	{ "list --boot -1 --boot 0", "list boot=0 sysroot=/" },
	{ "list --extra a --all --extra=b", "list all extra=a extra=b sysroot=/" },
	{ "list --extra",
	  .error = "option '--extra' needs its argument X; see 'vfio-claim list --help'" },
	/* Options of every verb, before and after the verb. */
	{ "--json list", "list json sysroot=/" },
	{ "list --json", "list json sysroot=/" },
	{ "--sysroot /x list -a", "list all sysroot=/x" },
	{ "--sysroot=/x list", "list sysroot=/x" },
	{ "list --sysroot /x", "list sysroot=/x" },
	{ "--sysroot /x list --sysroot /y", "list sysroot=/y" },
	{ "explain --json 01:00.0", "explain json sysroot=/ [01:00.0]" },
	{ "-h", "- help sysroot=/" },
	{ "--help", "- help sysroot=/" },
	{ "-h list", "list help sysroot=/" },
	{ "list -h", "list help sysroot=/" },
	{ "explain --help", "explain help sysroot=/" },
	{ "list too many --help", "list help sysroot=/ [too] [many]" },
	{ "-V", "- version sysroot=/" },
	{ "--version", "- version sysroot=/" },
	/* Arguments. */
	{ "check", "check sysroot=/" },
	{ "check 01:00.0 --json id=1:2", "check json sysroot=/ [01:00.0] [id=1:2]" },
	{ "check -- --json", "check sysroot=/ [--json]" },
	{ "help", "help sysroot=/" },
	{ "help list", "help sysroot=/ [list]" },
	/* Mistakes. */
	{ "lost", .error = "unknown verb 'lost'; see 'vfio-claim --help'" },
	{ "--all list", .error = "unknown option '--all'; see 'vfio-claim --help'" },
	{ "-x list", .error = "unknown option '-x'; see 'vfio-claim --help'" },
	{ "--sysroot",
	  .error = "option '--sysroot' needs its argument DIR; see 'vfio-claim --help'" },
	{ "list --force",
	  .error = "unknown option '--force'; see 'vfio-claim list --help'" },
	{ "list -ax", .error = "unknown option '-x'; see 'vfio-claim list --help'" },
	{ "check --all", .error = "unknown option '--all'; see 'vfio-claim check --help'" },
	{ "list --all=3",
	  .error = "option '--all' takes no argument; see 'vfio-claim list --help'" },
	{ "list -o",
	  .error = "option '--output' needs its argument COLUMN,...; see 'vfio-claim list --help'" },
	{ "list --boot",
	  .error = "option '--boot' needs its argument BOOT; see 'vfio-claim list --help'" },
	{ "list 01:00.0",
	  .error = "unexpected argument '01:00.0'; see 'vfio-claim list --help'" },
	{ "explain",
	  .error = "explain needs its argument ADDRESS; see 'vfio-claim explain --help'" },
	{ "explain 1 2",
	  .error = "unexpected argument '2'; see 'vfio-claim explain --help'" },
	{ "help list check",
	  .error = "unexpected argument 'check'; see 'vfio-claim help --help'" },
};

static size_t split(char *text, char *words[static 16])
{
	static char program[] = "vfio-claim";
	size_t n = 0;
	char *word;

	words[n++] = program;
	while ((word = strsep(&text, " ")))
		if (*word)
			words[n++] = word;
	words[n] = NULL;
	return n;
}

/* Standard error of the call. */
static int parse(const struct parse_case *test, struct cmd *ret_cmd, FILE *said)
{
	static char line[256];
	static char *words[16];
	int saved = dup(STDERR_FILENO), r;

	snprintf(line, sizeof(line), "%s", test->name);
	strings_done(&options.extra);
	options = (typeof(options)){ .wants_headings = true };
	fflush(stderr);
	dup2(fileno(said), STDERR_FILENO);
	r = verb_parse(split(line, words), words, verbs, ret_cmd);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	return r;
}

static char *describe(const struct cmd *cmd)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	fprintf(stream, "%s%s%s", cmd->verb ? cmd->verb->name : "-",
		options.wants_all ? " all" : "",
		options.wants_headings ? "" : " noheadings");
	if (options.columns)
		fprintf(stream, " columns=%s", options.columns);
	if (options.boot)
		fprintf(stream, " boot=%s", options.boot);
	for (size_t i = 0; i < options.extra.n; i++)
		fprintf(stream, " extra=%s", options.extra.items[i]);
	fprintf(stream, "%s%s%s sysroot=%s", cmd->wants_json ? " json" : "",
		cmd->wants_help ? " help" : "", cmd->wants_version ? " version" : "",
		cmd->sysroot);
	for (size_t i = 0; i < cmd->n_arguments; i++)
		fprintf(stream, " [%s]", cmd->arguments[i]);
	fclose(stream);
	return text;
}

static void test_parse(void **state)
{
	const struct parse_case *test = *state;
	_cleanup_free_ char *is = NULL;
	char said[256], wanted[256] = "";
	FILE *file = tmpfile();
	struct cmd cmd;
	int r = parse(test, &cmd, file);

	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	if (test->error)
		snprintf(wanted, sizeof(wanted), "vfio-claim: %s\n", test->error);
	assert_string_equal(said, wanted);
	assert_int_equal(r, test->error ? EXIT_USAGE : 0);
	if (r)
		return;
	is = describe(&cmd);
	assert_string_equal(is, test->is);
}

/* The rows that help, completions and manual list: a verb's own, then those of every verb. */
static void test_listed(void **state)
{
	static const struct {
		const struct verb *verb;
		const char *names;
	} listed[] = {
		{ &list, "all noheadings output boot extra json color sysroot help " },
		{ &check, "color sysroot help " },
		{ NULL, "json color sysroot help version " },
	};
	const struct verb_option *row;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		char names[128] = "";

		for (size_t k = 0; (row = verb_option(listed[i].verb, k)); k++)
			snprintf(names + strlen(names), sizeof(names) - strlen(names),
				 "%s ", row->name);
		assert_string_equal(names, listed[i].names);
	}
}

/*
 * Every row has one place for its value, an argument if it is a string, and no '|' in it.
 */
static void test_rows(void **state)
{
	static const struct verb *const all[] = {
#define X(name) &verb_##name,
		VERBS(X)
#undef X
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const struct verb_option *row;
		size_t n = 0;

		assert_non_null(all[i]->details);
		assert_null(all[i]->summary ? strchr(all[i]->summary, '|') : NULL);
		for (; (row = verb_option(all[i], n)); n++) {
			assert_int_equal(!!row->sets + !!row->clears + !!row->string +
						 !!row->strings,
					 1);
			assert_int_equal(row->string || row->strings, !!row->argument);
			assert_null(strchr(row->help, '|'));
		}
		assert_in_range(n, 2, VERB_OPTIONS_MAX - 2);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_rows),
	};

	return RUN_TABLE(cases, test_parse) +
	       _cmocka_run_group_tests("verb", tests, ARRAY_SIZE(tests), NULL, NULL);
}
