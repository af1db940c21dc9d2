/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <stdarg.h>

struct strings {
	char **items;
	size_t n, capacity;
};

int MUST_CHECK strings_add(struct strings *strings, const char *text);
/* Does nothing if the list has the text. */
int MUST_CHECK strings_add_once(struct strings *strings, const char *text);
bool strings_have(const struct strings *strings, const char *text);
/* By bytes, as `LC_ALL=C ls`: a folder's own order is none. */
void strings_sort(struct strings *strings);
void strings_done(struct strings *strings);

/* A new string, to be freed. NULL: no memory. */
char *text_format(const char *format, ...) PRINTF_LIKE(1, 2);
char *text_vformat(const char *format, va_list arguments) PRINTF_LIKE(1, 0);
/* Replaces control characters, which a terminal would obey; in UTF-8, C2 80 to C2 9F are some too. Keeps
 * line feeds. */
void text_defuse(char *text);
/* The index of `word` in a table of words, or `n`. */
size_t text_find(const char *const *words, size_t n, const char *word);

/* White space around words; files saved on Windows end lines with a carriage return. */
#define TEXT_BLANKS " \t\r"

/* A piece of a text, not NUL-terminated. */
struct span {
	const char *text;
	size_t size;
};

/* Strips blanks from both ends. */
struct span span_trim(struct span span);
bool span_equal(struct span span, const char *text);
/* Cuts off and returns the text before the first of the separators. */
struct span span_next(struct span *rest, const char *separators);

/* The rest of the next line that begins with `key`; *cursor moves past it. NULL: no more. */
const char *text_next_line(const char **cursor, const char *key, size_t *ret_size);

/* The value of a hexadecimal digit, or -1. */
int hex_digit(char c);

/* Makes untrusted text printable and short: control and non-ASCII bytes become \xNN. */
#define QUOTE_SIZE 128
const char *quote(const char *text, size_t length, char buffer[static QUOTE_SIZE]);
const char *span_quote(struct span span, char buffer[static QUOTE_SIZE]);
