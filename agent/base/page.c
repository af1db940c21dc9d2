// SPDX-License-Identifier: GPL-2.0-or-later
/* Lays text out: line breaks between words, and colours. */
#include "base/page.h"

#include "base/text.h"

#define BLANKS " \n"

const char *page_on(const struct page *page, enum colour colour)
{
	static const char *const codes[] = {
		[PLAIN] = "",	      [GREEN] = "\033[32m", [YELLOW] = "\033[33m",
		[RED] = "\033[1;31m", [BOLD] = "\033[1m",   [DIM] = "\033[2m",
	};

	return page->has_colour ? codes[colour] : "";
}

const char *page_off(const struct page *page, enum colour colour)
{
	return page->has_colour && colour != PLAIN ? "\033[0m" : "";
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

unsigned page_columns(const char *text, size_t size)
{
	unsigned n = 0;

	for (size_t i = 0; i < size; i++)
		n += !is_continuation(text[i]);
	return n;
}

/* The bytes of the first `columns` characters. */
static size_t bytes_of(const char *text, size_t size, unsigned columns)
{
	size_t i = 0;

	while (i < size && (columns || is_continuation(text[i])))
		columns -= !is_continuation(text[i++]);
	return i;
}

void page_wrap(const struct page *page, FILE *stream, unsigned column, unsigned indent,
	       const char *text)
{
	const char *gap = "";

	while (*(text += strspn(text, BLANKS))) {
		size_t size = strcspn(text, BLANKS);
		unsigned columns = page_columns(text, size);

		if (column > indent && column + strlen(gap) + columns > page->width) {
			fprintf(stream, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			fputs(gap, stream);
			column += strlen(gap);
		}
		if (column + columns > PAGE_WIDTH_MOST && column < PAGE_WIDTH_MOST) {
			columns = PAGE_WIDTH_MOST - column;
			size = bytes_of(text, size, columns);
		}
		fwrite(text, 1, size, stream);
		column += columns;
		text += size;
		gap = strchr(BLANKS, *text) ? " " : "";
	}
	fputc('\n', stream);
}

int page_wrap_format(const struct page *page, FILE *stream, unsigned column,
		     unsigned indent, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	if (!text)
		return -ENOMEM;
	page_wrap(page, stream, column, indent, text);
	return 0;
}
