// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps lists of strings, splits text into pieces, and makes untrusted text printable. */
#include "base/text.h"

#include <stdio.h>

int strings_add(struct strings *strings, const char *text)
{
	char *copy;
	int r;

	r = array_reserve(&strings->items, strings->n, &strings->capacity,
			  sizeof(*strings->items));
	if (r < 0)
		return r;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	strings->items[strings->n++] = copy;
	return 0;
}

bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++)
		if (streq(strings->items[i], text))
			return true;
	return false;
}

int strings_add_once(struct strings *strings, const char *text)
{
	return strings_have(strings, text) ? 0 : strings_add(strings, text);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strings_sort(struct strings *strings)
{
	if (strings->n)
		qsort(strings->items, strings->n, sizeof(*strings->items), compare_strings);
}

void strings_done(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->items[i]);
	free(strings->items);
	*strings = (struct strings){};
}

char *text_vformat(const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

void text_defuse(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if ((*c < 0x20 && *c != '\n') || *c == 0x7f ||
		    (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
			*c = '?';
}

char *text_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	return text;
}

size_t text_find(const char *const *words, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && !streq(words[i], word))
		i++;
	return i;
}

const char *quote(const char *text, size_t length, char buffer[static QUOTE_SIZE])
{
	static const char more[] = "...";
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = text[i];
		char piece[8];
		size_t n;

		if (c >= 0x20 && c < 0x7f && c != '\'')
			n = snprintf(piece, sizeof(piece), "%c", c);
		else
			n = snprintf(piece, sizeof(piece), "\\x%02x", c);
		if (used + n + sizeof(more) > QUOTE_SIZE) {
			memcpy(buffer + used, more, sizeof(more));
			return buffer;
		}
		memcpy(buffer + used, piece, n);
		used += n;
	}
	buffer[used] = '\0';
	return buffer;
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_blank(char c)
{
	return c && strchr(TEXT_BLANKS, c);
}

struct span span_trim(struct span span)
{
	while (span.size && is_blank(span.text[0])) {
		span.text++;
		span.size--;
	}
	while (span.size && is_blank(span.text[span.size - 1]))
		span.size--;
	return span;
}

bool span_equal(struct span span, const char *text)
{
	return span.size == strlen(text) && !memcmp(span.text, text, span.size);
}

struct span span_next(struct span *rest, const char *separators)
{
	struct span piece = { rest->text, 0 };

	while (piece.size < rest->size &&
	       (!rest->text[piece.size] || !strchr(separators, rest->text[piece.size])))
		piece.size++;
	rest->text += piece.size;
	rest->size -= piece.size;
	if (rest->size) {
		rest->text++;
		rest->size--;
	}
	return piece;
}

const char *span_quote(struct span span, char buffer[static QUOTE_SIZE])
{
	return quote(span.text, span.size, buffer);
}

const char *text_next_line(const char **cursor, const char *key, size_t *ret_size)
{
	size_t key_size = strlen(key);

	while (*cursor && **cursor) {
		const char *line = *cursor;
		size_t size = strchrnul(line, '\n') - line;

		*cursor = line + size + (line[size] == '\n');
		if (size >= key_size &&
		    (!key_size || (*line == *key && !memcmp(line, key, key_size)))) {
			*ret_size = size - key_size;
			return line + key_size;
		}
	}
	return NULL;
}
