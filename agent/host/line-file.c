// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Edits the kernel command line in the files that hold it, each by its own syntax. Never changes a byte
 * outside the words in question, and refuses what it cannot edit safely.
 */
#include "host/line-file.h"

#include "host/shell-values.h"

#include <stdio.h>

/* grub-mkconfig puts the second after the first; the second is not in entries for recovery. */
static const char *const grub_names[] = { "GRUB_CMDLINE_LINUX",
					  "GRUB_CMDLINE_LINUX_DEFAULT" };
static const char *const dracut_names[] = { "kernel_cmdline" };

static int add_value(struct shell_values *values, const char *text, struct span span,
		     bool is_unsafe)
{
	int r = array_reserve(&values->items, values->n, &values->capacity,
			      sizeof(*values->items));

	if (r < 0)
		return r;
	values->items[values->n++] = (struct shell_value){
		.line = 1,
		.begin = span.text - text,
		.end = span.text + span.size - text,
		.is_unsafe = is_unsafe,
	};
	for (const char *at = text; at < span.text; at++)
		values->items[values->n - 1].line += *at == '\n';
	return 0;
}

static bool has_root(const char *line)
{
	struct parameter parameter;

	while (parameter_next(&line, &parameter))
		if (parameter.value && parameter_is(&parameter, "root"))
			return true;
	return false;
}

/* proxmox-boot-tool would make entries of anything else, and they would not boot. */
static int find_plain(const char *text, struct shell_values *values)
{
	size_t size = strcspn(text, "\n");
	struct span span = { text, size };

	if (text[size] && text[size + 1 + strspn(text + size + 1, "\n")])
		return -EINVAL;
	span = span_trim(span);
	return has_root(text) ? add_value(values, text, span, false) : -EINVAL;
}

/* GRUB replaces words that begin with '$'. */
static int find_options(const char *text, struct shell_values *values)
{
	struct span rest = { text, strlen(text) };
	int r = 0;

	while (rest.size && r == 0) {
		struct span value = span_next(&rest, "\n");
		struct span key = span_next(&value, TEXT_BLANKS);

		value = span_trim(value);
		if (span_equal(key, "options"))
			r = add_value(values, text, value,
				      value.size && memchr(value.text, '$', value.size));
	}
	return r < 0 || values->n ? r : -EINVAL;
}

static int find_values(enum line_format format, const char *text,
		       struct shell_values *ret_values)
{
	switch (format) {
	case LINE_PLAIN:
		return find_plain(text, ret_values);
	case LINE_ENTRY:
		return find_options(text, ret_values);
	case LINE_GRUB:
		return shell_values_find(text, grub_names, ARRAY_SIZE(grub_names),
					 ret_values);
	case LINE_DRACUT:
		return shell_values_find(text, dracut_names, ARRAY_SIZE(dracut_names),
					 ret_values);
	}
	return -EINVAL;
}

static struct span span_of(const char *text, const struct shell_value *value)
{
	return (struct span){ text + value->begin, value->end - value->begin };
}

/* Reading ------------------------------------------------------------------------------------- */

/* Quotes that hide a word in a text which is no plain one. */
static int find_hidden(struct span span, const struct line_wish *wish,
		       struct line_swaps *swaps)
{
	_cleanup_free_ char *text = strndup(span.size ? span.text : "", span.size);

	if (!text)
		return -ENOMEM;
	for (char *at = text; *at; at++)
		if (strchr("\"'`$(){}\\", *at))
			*at = ' ';
	return line_find_swaps((struct span){ text, span.size }, wish, swaps);
}

static bool is_special(const struct line_swap *swap)
{
	return (swap->from && strpbrk(swap->from, "\"'`$\\")) ||
	       (swap->to && strpbrk(swap->to, "\"'`$\\"));
}

static int find_swaps(const char *text, const struct shell_value *value,
		      const struct line_wish *wish, struct line_swaps *swaps)
{
	size_t before = swaps->n;
	int r;

	if (value->is_unsafe) {
		CLEANUP(line_swaps_done) struct line_swaps hidden = {};

		r = find_hidden(span_of(text, value), wish, &hidden);
		return r == 0 && hidden.n ? -EINVAL : r;
	}
	r = line_find_swaps(span_of(text, value), wish, swaps);
	for (size_t i = before; i < swaps->n && r == 0; i++)
		if (value->quote && is_special(&swaps->items[i]))
			r = -EINVAL;
	return r;
}

int line_file_find_swaps(enum line_format format, const char *text,
			 const struct line_wish *wish, struct line_swaps *swaps,
			 unsigned *ret_line)
{
	CLEANUP(shell_values_done) struct shell_values values = {};
	struct shell_value rest = { .end = strlen(text), .is_unsafe = true };
	int r = find_values(format, text, &values);

	*ret_line = 0;
	if (r == 0 && values.is_lost)
		r = find_swaps(text, &rest, wish, swaps);
	for (size_t i = 0; i < values.n && r == 0; i++) {
		*ret_line = values.items[i].line;
		r = find_swaps(text, &values.items[i], wish, swaps);
	}
	return r;
}

int line_file_join(enum line_format format, const char *text, char **ret_line)
{
	CLEANUP(shell_values_done) struct shell_values values = {};
	_cleanup_free_ char *line = strdup("");
	int r = find_values(format, text, &values);

	for (size_t variable = 0; variable < ARRAY_SIZE(grub_names) && r == 0; variable++) {
		for (size_t i = 0; i < values.n && line; i++) {
			const struct shell_value *value = &values.items[i];
			struct span span = span_of(text, value);
			char *longer;

			if (value->variable != variable || value->is_overridden)
				continue;
			longer = text_format("%s%s%.*s", line, *line ? " " : "",
					     (int)span.size, span.text);
			free(line);
			line = longer;
		}
	}
	if (r == 0 && !line)
		return -ENOMEM;
	if (r == 0)
		*ret_line = steal(line);
	return r;
}

/* Editing ------------------------------------------------------------------------------------- */

/* Where words are added; SIZE_MAX: nowhere. */
static size_t choose(const struct shell_values *values)
{
	size_t chosen = SIZE_MAX;

	for (size_t i = 0; i < values->n; i++) {
		const struct shell_value *value = &values->items[i];

		if (value->is_unsafe || value->is_overridden)
			continue;
		if (chosen == SIZE_MAX || value->variable <= values->items[chosen].variable)
			chosen = i;
	}
	return chosen;
}

static int splice(char **text, const struct shell_value *value, const char *new)
{
	const char *quote = !value->quote && strpbrk(new, " \t") ? "\"" : "";
	char *edited = text_format("%.*s%s%s%s%s", (int)value->begin, *text, quote, new,
				   quote, *text + value->end);

	if (!edited)
		return -ENOMEM;
	free(*text);
	*text = edited;
	return 0;
}

static int swap_value(enum line_format format, char **text,
		      const struct shell_value *value, const struct line_swaps *swaps,
		      bool adds, bool is_backward, bool *ret_changed)
{
	bool is_shell = format == LINE_GRUB || format == LINE_DRACUT;
	struct shell_value plain = *value;
	_cleanup_free_ char *new = NULL;
	int r;

	if (value->is_unsafe)
		return 0;
	r = line_swap(span_of(*text, value), swaps, adds, is_backward, &new);
	if (r < 0 || !new)
		return r;
	if (!is_shell)
		plain.quote = ' ';
	*ret_changed = true;
	return splice(text, &plain, new);
}

/* GRUB's defaults may assign neither variable, or none that can be edited. */
static int add_line(char **text, const struct line_swaps *swaps, bool is_backward,
		    bool *ret_changed)
{
	for (size_t i = 0; i < swaps->n; i++) {
		const struct line_swap *swap = &swaps->items[i];
		const char *from = is_backward ? swap->to : swap->from;
		size_t size = strlen(*text);
		char *edited;

		if (from)
			continue;
		edited = text_format("%s%s%s=\"$%s %s\"\n", *text,
				     size && (*text)[size - 1] != '\n' ? "\n" : "",
				     grub_names[0], grub_names[0],
				     is_backward ? swap->from : swap->to);
		if (!edited)
			return -ENOMEM;
		free(*text);
		*text = edited;
		*ret_changed = true;
	}
	return 0;
}

int line_file_swap(enum line_format format, const char *text,
		   const struct line_swaps *swaps, bool adds, bool is_backward,
		   char **ret_text, unsigned *ret_line)
{
	CLEANUP(shell_values_done) struct shell_values values = {};
	_cleanup_free_ char *edited = strdup(text);
	bool is_changed = false;
	size_t chosen;
	int r = edited ? find_values(format, text, &values) : -ENOMEM;

	*ret_line = 0;
	if (r < 0)
		return r;
	chosen = choose(&values);
	/* From the end, so that the places of the others stay. */
	for (size_t i = values.n; i-- > 0 && r == 0;)
		r = swap_value(format, &edited, &values.items[i], swaps,
			       adds && i == chosen, is_backward, &is_changed);
	if (r == 0 && adds && chosen == SIZE_MAX) {
		if (format != LINE_GRUB || values.is_lost)
			return -EINVAL;
		r = add_line(&edited, swaps, is_backward, &is_changed);
	}
	if (r == 0)
		*ret_text = is_changed ? steal(edited) : NULL;
	return r;
}
