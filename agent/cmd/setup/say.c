// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints what setup and remove say, and asks. Decides nothing. */
#include "cmd/setup/say.h"

#include <stdarg.h>

static struct {
	const struct page *page;
	bool is_json, is_verbose;
	int output; /* standard output, while it is hidden */
} saying = { .output = -1 };

int say_begin(const struct page *page, bool is_json, bool is_verbose)
{
	saying.page = page;
	saying.is_json = is_json;
	saying.is_verbose = is_verbose;
	if (!is_json)
		return 0;
	saying.output = dup(STDOUT_FILENO);
	if (saying.output < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

void say_end(void)
{
	if (saying.output < 0)
		return;
	fflush(stdout);
	dup2(saying.output, STDOUT_FILENO);
	close(saying.output);
	saying.output = -1;
}

const struct page *say_page(void)
{
	return saying.page;
}

bool say_is_verbose(void)
{
	return saying.is_verbose;
}

static void PRINTF_LIKE(4, 0) vsay(FILE *stream, unsigned column, unsigned indent,
				   const char *format, va_list arguments)
{
	_cleanup_free_ char *text = text_vformat(format, arguments);

	page_wrap(saying.page, stream, column, indent, text ?: "out of memory");
}

void say(unsigned column, unsigned indent, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsay(stdout, column, indent, format, arguments);
	va_end(arguments);
}

void say_paragraph(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsay(stdout, 0, 0, format, arguments);
	va_end(arguments);
}

void say_item(const char *format, ...)
{
	va_list arguments;

	printf("  ");
	va_start(arguments, format);
	vsay(stdout, 2, 4, format, arguments);
	va_end(arguments);
}

int say_error(int code, const char *remedy, const char *format, ...)
{
	va_list arguments;
	int column;

	fflush(stdout); /* in the order of time where both go to one place */
	column = fprintf(stderr, "vfio-claim: ");
	va_start(arguments, format);
	vsay(stderr, column, 2, format, arguments);
	va_end(arguments);
	if (remedy) {
		column = fprintf(stderr, "  remedy: ");
		page_wrap(saying.page, stderr, column, 4, remedy);
	}
	return code;
}

bool say_can_ask(void)
{
	return !saying.is_json && isatty(STDIN_FILENO);
}

bool say_ask(const char *question)
{
	char answer[16];

	if (!say_can_ask())
		return false;
	printf("%s [y/N] ", question);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static void print_line(const char *line)
{
	printf("  | %s\n", line);
	fflush(stdout);
}

void say_keep(void *kept, const char *line)
{
	if (saying.is_verbose || strings_add(kept, line) < 0)
		print_line(line);
}

void say_kept(struct strings *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		print_line(kept->items[i]);
	strings_done(kept);
}

/* Names a line of our hooks, but not one of a builder that names one of our files. */
void say_kept_of_ours(const struct strings *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		if (strstr(kept->items[i], "vfio-claim: "))
			print_line(kept->items[i]);
}
