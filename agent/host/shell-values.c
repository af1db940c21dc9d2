// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds assignments of variables in a file that a shell reads, such as /etc/default/grub, and tells
 * which of them can be edited as text. Never runs or expands anything; what it does not understand is
 * unsafe.
 */
#include "host/shell-values.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

#define OPERATORS "&|()<>"
#define WORD_ENDS " \t\n;" OPERATORS

/* Tokens ------------------------------------------------------------------------------------ */

enum token { TOKEN_END, TOKEN_BREAK, TOKEN_OPERATOR, TOKEN_WORD, TOKEN_LOST };

struct reader {
	const char *text, *at;
	const char *begin; /* of the token; it ends at `at` */
};

/* The next unescaped `end`; NULL: none. */
static const char *skip_to(const char *at, char end)
{
	for (; *at && *at != end; at++)
		if (*at == '\\' && end != '\'' && !*++at)
			return NULL;
	return *at ? at + 1 : NULL;
}

/* After the "(" of a command substitution. */
static const char *skip_command(const char *at)
{
	for (unsigned depth = 1; at && depth;) {
		if (*at == '\'' || *at == '"' || *at == '`') {
			at = skip_to(at + 1, *at);
			continue;
		}
		if (!*at || (*at == '\\' && !*++at))
			return NULL;
		depth += *at == '(';
		depth -= *at == ')';
		at++;
	}
	return at;
}

/* After the character at `at`, with all that it quotes. */
static const char *skip_piece(const char *at)
{
	if (*at == '\\')
		return at[1] ? at + 2 : NULL;
	if (*at == '\'' || *at == '`')
		return skip_to(at + 1, *at);
	if (has_prefix(at, "$("))
		return skip_command(at + 2);
	if (has_prefix(at, "${"))
		return skip_to(at + 2, '}');
	return at + 1;
}

static const char *skip_quoted(const char *at)
{
	while (at && *at && *at != '"')
		at = *at == '\'' ? at + 1 : skip_piece(at);
	return at && *at ? at + 1 : NULL;
}

static enum token next_word(struct reader *reader)
{
	const char *at = reader->at;

	while (at && *at && !strchr(WORD_ENDS, *at))
		at = *at == '"' ? skip_quoted(at + 1) : skip_piece(at);
	if (!at)
		return TOKEN_LOST;
	reader->at = at;
	return TOKEN_WORD;
}

static enum token next_token(struct reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t' || has_prefix(reader->at, "\\\n"))
		reader->at += 1 + (*reader->at == '\\');
	if (*reader->at == '#')
		reader->at += strcspn(reader->at, "\n");
	reader->begin = reader->at;
	if (!*reader->at)
		return TOKEN_END;
	if (has_prefix(reader->at, "<<"))
		return TOKEN_LOST;
	if (*reader->at == '\n' || *reader->at == ';') {
		reader->at++;
		return TOKEN_BREAK;
	}
	if (!strchr(OPERATORS, *reader->at))
		return next_word(reader);
	reader->at += reader->at[0] == reader->at[1] && strchr("&|", *reader->at) ? 2 : 1;
	return TOKEN_OPERATOR;
}

static bool is_token(const struct reader *reader, const char *text)
{
	return span_equal((struct span){ reader->begin, reader->at - reader->begin }, text);
}

static bool is_one_of(const struct reader *reader, const char *const *words)
{
	for (; *words; words++)
		if (is_token(reader, *words))
			return true;
	return false;
}

/* Assignments ------------------------------------------------------------------------------- */

struct finder {
	struct reader reader;
	const char *const *names;
	size_t n_names;
	struct shell_values values;
	size_t n_certain; /* values of commands that are over */
	unsigned depth, parentheses;
	bool is_start;	     /* a command may begin here */
	bool has_word;	     /* it has begun */
	bool is_conditional; /* after && and the like */
	bool takes_values;   /* export NAME=VALUE */
	bool skips_word;     /* a file after < or > */
};

static size_t find_name(const struct finder *finder, const char **ret_value)
{
	const char *begin = finder->reader.begin;

	for (size_t i = 0; i < finder->n_names; i++) {
		size_t size = strlen(finder->names[i]);

		if (strncmp(begin, finder->names[i], size))
			continue;
		size += begin[size] == '+';
		if (begin[size] != '=')
			continue;
		*ret_value = begin + size + 1;
		return i;
	}
	return SIZE_MAX;
}

static bool is_assignment(const struct reader *reader)
{
	const char *at = reader->begin;

	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at > reader->begin && (*at == '=' || has_prefix(at, "+="));
}

/* One text, without commands in it: "...", '...', or a word without anything that a shell expands. */
static bool is_plain(const char *begin, const char *end, char quote)
{
	if (quote && (end - begin < 2 || end[-1] != quote))
		return false;
	for (const char *at = begin + !!quote; at < end - !!quote; at++) {
		if (quote && *at == quote)
			return false;
		if (quote == '"' && (*at == '`' || has_prefix(at, "$(")))
			return false;
		if (quote == '"' && *at == '\\')
			at++;
		else if (!quote && !isalnum((unsigned char)*at) &&
			 !strchr("_=.,:/+-@%", *at))
			return false;
	}
	return true;
}

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* Does the value contain the variable's own? */
static bool has_itself(const struct finder *finder, const struct shell_value *value)
{
	const char *name = finder->names[value->variable];
	const char *text = finder->reader.text;
	char quoted[64];
	int size = snprintf(quoted, sizeof(quoted), "{%s", name);

	for (const char *at = text + value->begin; at < text + value->end; at++)
		if (*at == '$' &&
		    (has_prefix(at + 1, name) || !strncmp(at + 1, quoted, size)))
			return true;
	return false;
}

static void override(struct finder *finder, const struct shell_value *value, bool is_more)
{
	if (value->is_unsafe || is_more || has_itself(finder, value))
		return;
	for (size_t i = 0; i < finder->values.n; i++)
		if (finder->values.items[i].variable == value->variable)
			finder->values.items[i].is_overridden = true;
}

static int take_value(struct finder *finder)
{
	const struct reader *reader = &finder->reader;
	struct shell_values *values = &finder->values;
	struct shell_value value = {};
	const char *begin;
	bool is_quoted;
	int r;

	value.variable = find_name(finder, &begin);
	if (value.variable == SIZE_MAX)
		return 0;
	r = array_reserve(&values->items, values->n, &values->capacity,
			  sizeof(*values->items));
	if (r < 0)
		return r;
	is_quoted = begin < reader->at && (*begin == '"' || *begin == '\'');
	value.quote = is_quoted ? *begin : 0;
	value.line = line_of(reader->text, reader->begin);
	value.is_unsafe = finder->depth || finder->parentheses || finder->is_conditional ||
			  !is_plain(begin, reader->at, value.quote);
	is_quoted = is_quoted && !value.is_unsafe;
	value.begin = begin - reader->text + is_quoted;
	value.end = reader->at - reader->text - is_quoted;
	override(finder, &value, begin[-2] == '+');
	values->items[values->n++] = value;
	return 0;
}

/* In "NAME=VALUE program" the variable is set for that program alone. */
static void drop_values(struct finder *finder)
{
	finder->values.n = finder->n_certain;
}

static void mark_unsafe(struct finder *finder)
{
	for (size_t i = finder->n_certain; i < finder->values.n; i++)
		finder->values.items[i].is_unsafe = true;
}

static void begin_command(struct finder *finder, bool is_conditional)
{
	finder->n_certain = finder->values.n;
	finder->is_start = true;
	finder->has_word = false;
	finder->takes_values = false;
	finder->is_conditional = is_conditional;
}

static void take_operator(struct finder *finder)
{
	const struct reader *reader = &finder->reader;
	char kind = *reader->begin;

	if (kind == '<' || kind == '>') {
		finder->skips_word = true;
		return;
	}
	if (is_token(reader, "&") || is_token(reader, "|"))
		mark_unsafe(finder);
	if (kind == '(')
		finder->parentheses++;
	else if (kind == ')' && finder->parentheses)
		finder->parentheses--;
	begin_command(finder, kind == '&' || kind == '|');
}

/* False: the word is none of the shell's own. */
static bool take_keyword(struct finder *finder)
{
	static const char *const openers[] = { "if",   "while",	 "until", "for",
					       "case", "select", "{",	  NULL };
	static const char *const closers[] = { "fi", "done", "esac", "}", NULL };
	static const char *const others[] = { "then", "do", "else", "elif", "!", NULL };
	static const char *const assigners[] = { "export", "readonly", "declare",
						 "typeset", NULL };
	const struct reader *reader = &finder->reader;

	if (is_one_of(reader, openers)) {
		finder->depth++;
	} else if (is_one_of(reader, closers)) {
		finder->depth -= finder->depth > 0;
	} else if (is_one_of(reader, assigners)) {
		finder->is_start = false;
		finder->takes_values = true;
	} else {
		return is_one_of(reader, others);
	}
	return true;
}

/* A line may end after && and the like. */
static void take_break(struct finder *finder)
{
	if (finder->has_word || !finder->is_conditional)
		begin_command(finder, false);
}

static int take_word(struct finder *finder)
{
	finder->has_word = true;
	if (finder->skips_word) {
		finder->skips_word = false;
		return 0;
	}
	if (finder->takes_values)
		return take_value(finder);
	if (!finder->is_start || take_keyword(finder))
		return 0;
	if (is_assignment(&finder->reader))
		return take_value(finder);
	finder->is_start = false;
	drop_values(finder);
	return 0;
}

int shell_values_find(const char *text, const char *const *names, size_t n_names,
		      struct shell_values *ret_values)
{
	struct finder finder = { .reader = { text, text, text },
				 .names = names,
				 .n_names = n_names };
	enum token token = TOKEN_BREAK;
	int r = 0;

	begin_command(&finder, false);
	while (r == 0 && token != TOKEN_END && token != TOKEN_LOST) {
		token = next_token(&finder.reader);
		if (token == TOKEN_BREAK)
			take_break(&finder);
		else if (token == TOKEN_OPERATOR)
			take_operator(&finder);
		else if (token == TOKEN_WORD)
			r = take_word(&finder);
	}
	if (r < 0) {
		shell_values_done(&finder.values);
		return r;
	}
	finder.values.is_lost = token == TOKEN_LOST || finder.depth || finder.parentheses;
	*ret_values = finder.values;
	return 0;
}

void shell_values_done(struct shell_values *values)
{
	free(values->items);
	*values = (struct shell_values){};
}
