// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds out how wide standard output is, and whether it shows colours. */
#include "cmd/screen.h"

#include <sys/ioctl.h>

static unsigned read_columns(void)
{
	const char *text = getenv("COLUMNS");

	return text ? strtoul(text, NULL, 10) : 0;
}

static unsigned find_width(bool is_terminal)
{
	struct winsize size = {};
	unsigned width = read_columns();

	if (!width && is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		width = is_terminal ? 80 : PAGE_WIDTH_PIPE;
	if (width < PAGE_WIDTH_LEAST)
		return PAGE_WIDTH_LEAST;
	return width > PAGE_WIDTH_MOST ? PAGE_WIDTH_MOST : width;
}

/* https://no-color.org: any value but the empty one */
static bool is_colour_wanted(bool is_terminal)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return is_terminal && !(no_color && *no_color) && !is_string_equal(term, "dumb");
}

struct page screen_page(const char *colour)
{
	bool is_terminal = isatty(STDOUT_FILENO);
	struct page page = { .width = find_width(is_terminal) };

	page.has_colour = !colour || streq(colour, "auto") ? is_colour_wanted(is_terminal) :
							     streq(colour, "always");
	return page;
}
