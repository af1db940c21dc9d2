/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <stdio.h>

#define PAGE_WIDTH_PIPE 72  /* of a pipe or a file, which have no width of their own */
#define PAGE_WIDTH_MOST 100 /* longer lines are hard to read */
#define PAGE_WIDTH_LEAST 40

/* How text is laid out, for a terminal, a pipe or a file. */
struct page {
	unsigned width; /* columns */
	bool has_colour;
};

enum colour { PLAIN, GREEN, YELLOW, RED, BOLD, DIM };

/* What switches a colour on, and off again; "" on a page without colours. */
const char *page_on(const struct page *page, enum colour colour);
const char *page_off(const struct page *page, enum colour colour);

/*
 * Prints a text from `column` on, and breaks it between words where the page ends; the lines after
 * the first are indented. A word is broken only if
 * PAGE_WIDTH_MOST columns cannot hold it. Ends with a newline.
 */
void page_wrap(const struct page *page, FILE *stream, unsigned column, unsigned indent,
	       const char *text);
/* The same for a formatted text. 0 or -ENOMEM. */
int MUST_CHECK page_wrap_format(const struct page *page, FILE *stream, unsigned column,
				unsigned indent, const char *format, ...) PRINTF_LIKE(5, 6);
/* The columns that UTF-8 text takes, with one for each character. */
unsigned page_columns(const char *text, size_t size);
