/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"
#include "base/text.h"

/*
 * From now on lines are as wide as the page. With is_json standard output is for one document alone:
 * until say_end() everything goes to standard error. 0 or negative errno.
 */
int MUST_CHECK say_begin(const struct page *page, bool is_json, bool is_verbose);
void say_end(void);

const struct page *say_page(void);
bool say_is_verbose(void);
/* The rest of a line that is in this column; the lines that follow are indented. */
void say(unsigned column, unsigned indent, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same from the first column on. */
void say_paragraph(const char *format, ...) PRINTF_LIKE(1, 2);
void say_item(const char *format, ...) PRINTF_LIKE(1, 2);

/* "vfio-claim: <text>" and "  remedy: <remedy>" (NULL: none) on standard error. Returns the code. */
int say_error(int code, const char *remedy, const char *format, ...) PRINTF_LIKE(3, 4);

/* Asks on the terminal: true for y. False without a terminal, and with is_json. */
bool say_ask(const char *question);
/* Is there a terminal to ask on? */
bool say_can_ask(void);

/* A line of a program's output: printed with is_verbose, else kept. `kept` is a struct strings. */
void say_keep(void *kept, const char *line);
/* Prints what was kept: all of it, or only the lines that vfio-claim's own hooks printed. */
void say_kept(struct strings *kept);
void say_kept_of_ours(const struct strings *kept);
