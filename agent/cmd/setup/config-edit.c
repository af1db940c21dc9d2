// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces cards and settings in the text of a configuration, and leaves all other lines as they are.
 * Opens nothing.
 */
#include "cmd/setup/config-edit.h"

#include "base/buffer.h"
#include "base/text.h"
#include "decide/config.h"

#include <stdio.h>

static const char heading[] =
	"# The cards that virtual machines own. `vfio-claim setup` writes the gpu lines and leaves\n"
	"# all others alone. Takes effect at the next boot after `vfio-claim setup --rebuild`.\n";

/* The line's number, from an origin CONFIG_PATH ":<number>"; 0: another origin. */
static unsigned line_of(const struct wanted *wanted)
{
	if (!has_prefix(wanted->origin, CONFIG_PATH ":"))
		return 0;
	return strtoul(wanted->origin + strlen(CONFIG_PATH ":"), NULL, 10);
}

struct edit {
	const struct config *old;
	enum wanted_kind kind;
	const char *key;
	const struct config_line *lines;
	size_t n;
};

static const struct wanted *wanted_at(const struct edit *edit, unsigned line)
{
	for (size_t i = 0; i < edit->old->n_wanted; i++)
		if (edit->old->wanted[i].kind == edit->kind &&
		    line_of(&edit->old->wanted[i]) == line)
			return &edit->old->wanted[i];
	return NULL;
}

static const struct config_line *replacing(const struct edit *edit,
					   const struct wanted *wanted)
{
	for (size_t i = 0; wanted && i < edit->n; i++)
		if (edit->lines[i].replaces == wanted)
			return &edit->lines[i];
	return NULL;
}

static void write_new(FILE *stream, const struct edit *edit)
{
	for (size_t i = 0; i < edit->n; i++)
		if (!edit->lines[i].replaces)
			fprintf(stream, "%s = %s\n", edit->key, edit->lines[i].value);
}

/* Replaces a line but keeps its comment. */
static void write_setting(FILE *stream, const char *key, const char *value,
			  const char *line, size_t size)
{
	const char *comment = memchr(line, '#', size);

	fprintf(stream, "%s = %s", key, value);
	if (comment)
		fprintf(stream, "  %.*s", (int)(line + size - comment), comment);
	fputc('\n', stream);
}

/* A line that already has the value stays byte for byte. */
static void write_replaced(FILE *stream, const struct edit *edit,
			   const struct config_line *by, const char *line, size_t size)
{
	if (streq(by->value, by->replaces->text))
		fprintf(stream, "%.*s\n", (int)size, line);
	else
		write_setting(stream, edit->key, by->value, line, size);
}

/* Looks at the key, not at the parsed config, which lacks repeated lines: those must go too. */
static bool is_line_of(const char *line, const char *key)
{
	line += strspn(line, TEXT_BLANKS);
	if (!has_prefix(line, key))
		return false;
	line += strlen(key);
	return line[strspn(line, TEXT_BLANKS)] == '=';
}

static unsigned last_line(const char *text, const char *key)
{
	unsigned last = 0;
	const char *line;
	size_t size;

	for (unsigned number = 1; (line = text_next_line(&text, "", &size)); number++)
		if (is_line_of(line, key))
			last = number;
	return last;
}

static void write_edited(FILE *stream, const struct edit *edit, const char *text)
{
	unsigned last = last_line(text, edit->key), number = 0;
	const char *line;
	size_t size;

	while ((line = text_next_line(&text, "", &size))) {
		const struct config_line *by = replacing(edit, wanted_at(edit, ++number));

		if (by)
			write_replaced(stream, edit, by, line, size);
		else if (!is_line_of(line, edit->key))
			fprintf(stream, "%.*s\n", (int)size, line);
		if (number == last)
			write_new(stream, edit);
	}
	if (!last)
		write_new(stream, edit);
}

int config_edit(const char *text, const struct config *old, enum wanted_kind kind,
		const struct config_line *lines, size_t n_lines, char **ret_text)
{
	struct edit edit = { .old = old,
			     .kind = kind,
			     .key = kind == WANTED_GPU ? "gpu" : "device",
			     .lines = lines,
			     .n = n_lines };
	struct buffer edited;

	if (buffer_open(&edited) < 0)
		return -ENOMEM;
	if (!*text)
		fputs(heading, edited.stream);
	write_edited(edited.stream, &edit, text);
	return buffer_close(&edited, ret_text);
}

int config_edit_setting(const char *text, const char *key, const char *value,
			char **ret_text)
{
	struct buffer edited;
	bool is_there = false;
	const char *line;
	size_t size;

	if (buffer_open(&edited) < 0)
		return -ENOMEM;
	while ((line = text_next_line(&text, "", &size))) {
		if (is_line_of(line, key)) {
			write_setting(edited.stream, key, value, line, size);
			is_there = true;
		} else {
			fprintf(edited.stream, "%.*s\n", (int)size, line);
		}
	}
	if (!is_there)
		fprintf(edited.stream, "%s = %s\n", key, value);
	return buffer_close(&edited, ret_text);
}

/* A serial number of several cards identifies none of them. */
static bool is_serial_shared(const struct snapshot *snapshot,
			     const struct function *function)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *other = &snapshot->functions[i];

		if (other->caps.serial_fact == FACT_KNOWN &&
		    other->caps.serial == function->caps.serial &&
		    !bdf_is_same_slot(&other->address, &function->address) &&
		    pci_id_equal(&other->id, &function->id))
			return true;
	}
	return false;
}

const char *config_line_format(const struct snapshot *snapshot,
			       const struct function *function,
			       char buffer[static CONFIG_LINE_SIZE])
{
	struct identity identity = identity_of(function);

	if (identity.has_serial && is_serial_shared(snapshot, function))
		identity.has_serial = false;
	return identity_format(&identity, buffer);
}
