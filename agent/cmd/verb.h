/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/exit-code.h"
#include "base/root.h"
#include "base/text.h"
#include "cmd/screen.h"

#define VERB_OPTIONS_MAX 32 /* including those of every verb */

/* One option. The parser, --help, the completions and the manual all read this row. */
struct verb_option {
	const char *name; /* without its dashes; NULL ends a table */
	const char *help;
	char letter;	      /* '\0': none */
	const char *argument; /* its name in help; NULL: the option takes none */
	/* Where it is stored: one of these. */
	bool *sets, *clears;
	const char **string;
	struct strings *strings; /* each time that it is given */
	const char *values; /* of the argument, for completion; separated by blanks */
	bool excludes_next; /* "[--boot BOOT | --list]" */
};

struct cmd;
struct nearest;

struct verb {
	const char *name;
	const char *former_name; /* still accepted, but not shown; NULL: none */
	const char *summary;	 /* NULL: for programs; help and manual leave it out */
	const char *arguments; /* "ADDRESS": one; "[VERB]": one or none; "[SELECTOR...]": any number;
				  NULL: none */
	const char *details; /* paragraphs, a line each */
	const char *exit_codes;
	const struct verb_option *options; /* NULL: only those of every verb */
	bool has_json;
	int (*run)(const struct cmd *cmd); /* returns an exit code */
};

/* A parsed command line, which a verb runs with. */
struct cmd {
	const struct verb *verb;	 /* NULL: none was named */
	const struct verb *const *verbs; /* all of them, then NULL */
	const char *sysroot;
	struct root root; /* opened there */
	char **arguments; /* of argv */
	size_t n_arguments;
	bool wants_json, wants_help, wants_version;
	struct page page; /* standard output */
};

/* Reads the command line but opens nothing. EXIT_USAGE after a message, else 0. */
int MUST_CHECK verb_parse(int argc, char **argv, const struct verb *const *verbs,
			  struct cmd *ret_cmd);

/* NULL: no verb has this name. */
const struct verb *verb_find(const struct verb *const *verbs, const char *name);

/* The verb's own options, then those of every verb; without a verb the latter. NULL: no more. */
const struct verb_option *verb_option(const struct verb *verb, size_t i);

/* "vfio-claim: <message>; see 'vfio-claim VERB --help'". Returns EXIT_USAGE. */
int PRINTF_LIKE(2, 3) verb_usage_error(const struct verb *verb, const char *format, ...);
/* "vfio-claim: unknown <what> '<word>'; did you mean '<dashes><best>'?" Returns EXIT_USAGE. */
int verb_usage_unknown(const struct verb *verb, const char *what,
		       const struct nearest *nearest, const char *dashes);
int verb_say_unknown(const struct verb *const *verbs, const char *word);
