// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes down what a change of the kernel command line did to which lines, and reads it back, so that
 * `remove` restores them to the byte. Never opens a file.
 *
 *	PLACE WORD		a change at that place; WORD: what it added, or "-"
 *	from WORD		a word that went,
 *	to WORD			and what stands in its place; nothing: it is gone
 *	edit PATH
 *	-LINE			lines of that file before,
 *	+LINE			and after
 *
 * Version 0.1.0 of the note is the first line alone.
 */
#include "cmd/setup/cmdline-note.h"

#include "base/buffer.h"

#include <stdio.h>

static const char *const place_names[] = {
	[BOOTLOADER_UNKNOWN] = "unknown",
	[BOOTLOADER_GRUB] = "grub",
	[BOOTLOADER_GRUB_DEFAULTS] = "grub-defaults",
	[BOOTLOADER_KERNEL_CMDLINE] = "kernel-cmdline",
	[BOOTLOADER_GRUBBY] = "grubby",
	[BOOTLOADER_KERNELSTUB] = "kernelstub",
	[BOOTLOADER_ENTRIES] = "entries",
	[BOOTLOADER_DRACUT] = "dracut",
};

/* Hunks --------------------------------------------------------------------------------------- */

static int split(const char *text, struct strings *lines)
{
	struct span rest = { text, strlen(text) };
	int r = 0;

	while (rest.size && r == 0) {
		struct span line = span_next(&rest, "\n");
		_cleanup_free_ char *copy = strndup(line.text, line.size);

		r = copy ? strings_add(lines, copy) : -ENOMEM;
	}
	return r;
}

/* Removes the lines that both have at one end, from `n` lines on. */
static void drop_first(struct strings *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(lines->items[i]);
	memmove(lines->items, lines->items + n, (lines->n - n) * sizeof(*lines->items));
	lines->n -= n;
}

static void drop_last(struct strings *lines)
{
	free(lines->items[--lines->n]);
}

int file_hunk_find(const struct file_edit *edit, struct file_hunk *ret_hunk)
{
	CLEANUP(file_hunk_done) struct file_hunk hunk = {};
	struct strings *before = &hunk.before, *after = &hunk.after;
	size_t n = 0;
	int r;

	hunk.path = strdup(edit->path);
	r = hunk.path ? split(edit->before ?: "", before) : -ENOMEM;
	if (r == 0)
		r = split(edit->after, after);
	if (r < 0)
		return r;
	while (n < before->n && n < after->n && streq(before->items[n], after->items[n]))
		n++;
	if (n)
		drop_first(before, n), drop_first(after, n);
	while (before->n && after->n &&
	       streq(before->items[before->n - 1], after->items[after->n - 1]))
		drop_last(before), drop_last(after);
	*ret_hunk = hunk;
	hunk = (struct file_hunk){};
	return 0;
}

void file_hunk_done(struct file_hunk *hunk)
{
	free(hunk->path);
	strings_done(&hunk->before);
	strings_done(&hunk->after);
	*hunk = (struct file_hunk){};
}

/* Do the lines stand here? *ret_end is the end of the last one. */
static bool stand_at(const struct strings *lines, const char *at, const char **ret_end)
{
	for (size_t i = 0; i < lines->n; i++) {
		size_t size = strlen(lines->items[i]);

		if (strncmp(at, lines->items[i], size) ||
		    (at[size] && at[size] != '\n') || (!at[size] && i + 1 < lines->n))
			return false;
		*ret_end = at + size;
		at += size + !!at[size];
	}
	return lines->n;
}

static const char *find_lines(const struct strings *lines, const char *text,
			      const char **ret_end)
{
	const char *found = NULL, *end = text;

	*ret_end = text;
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		if (!stand_at(lines, at, &end))
			continue;
		if (found)
			return NULL;
		found = at;
		*ret_end = end;
	}
	return found;
}

static int write_lines(const struct strings *lines, FILE *stream)
{
	for (size_t i = 0; i < lines->n; i++)
		if (fprintf(stream, "%s%s", i ? "\n" : "", lines->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

int file_hunk_undo(const struct file_hunk *hunk, const char *text, char **ret_text)
{
	const char *end, *at = find_lines(&hunk->after, text, &end);
	struct buffer buffer;
	int r;

	*ret_text = NULL;
	if (!at)
		return 0;
	r = buffer_open(&buffer);
	if (r < 0)
		return r;
	fwrite(text, 1, at - text, buffer.stream);
	r = write_lines(&hunk->before, buffer.stream);
	/* Lines that were not there before take their line break along. */
	fputs(!hunk->before.n && *end == '\n' ? end + 1 : end, buffer.stream);
	if (r == 0)
		return buffer_close(&buffer, ret_text);
	r = buffer_close(&buffer, ret_text);
	if (r == 0)
		free(steal(*ret_text));
	return -ENOMEM;
}

/* Writing ------------------------------------------------------------------------------------- */

static void write_marked(FILE *stream, char mark, const struct strings *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		fprintf(stream, "%c%s\n", mark, lines->items[i]);
}

static const char *added_word(const struct line_swaps *swaps)
{
	for (size_t i = 0; i < swaps->n; i++)
		if (!swaps->items[i].from)
			return swaps->items[i].to;
	return "-";
}

static void write_swaps(FILE *stream, const struct line_swaps *swaps)
{
	for (size_t i = 0; i < swaps->n; i++)
		if (swaps->items[i].from)
			fprintf(stream, "from %s\nto %s\n", swaps->items[i].from,
				swaps->items[i].to ?: "");
}

static int write_edit(FILE *stream, const struct file_edit *edit)
{
	CLEANUP(file_hunk_done) struct file_hunk hunk = {};
	int r = file_hunk_find(edit, &hunk);

	if (r < 0)
		return r;
	fprintf(stream, "edit %s\n", edit->path);
	write_marked(stream, '-', &hunk.before);
	write_marked(stream, '+', &hunk.after);
	return 0;
}

int cmdline_note_format(enum bootloader_place place, const struct line_swaps *swaps,
			const struct file_edit *edits, size_t n_edits, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	struct buffer buffer;
	int r, end;

	r = buffer_open(&buffer);
	if (r < 0)
		return r;
	fprintf(buffer.stream, "%s %s\n", place_names[place], added_word(swaps));
	write_swaps(buffer.stream, swaps);
	for (size_t i = 0; i < n_edits && r == 0; i++)
		/* A file of ours is removed, whatever it holds. */
		if (edits[i].after && edits[i].before)
			r = write_edit(buffer.stream, &edits[i]);
	end = buffer_close(&buffer, &text);
	if (r < 0 || end < 0)
		return -ENOMEM;
	*ret_text = steal(text);
	return 0;
}

/* Reading ------------------------------------------------------------------------------------- */

static int begin_section(struct cmdline_note *note, enum bootloader_place place,
			 struct span word)
{
	struct cmdline_section *section;
	int r = array_reserve(&note->sections, note->n, &note->capacity,
			      sizeof(*note->sections));

	if (r < 0)
		return r;
	section = &note->sections[note->n++];
	*section = (struct cmdline_section){ .place = place };
	return span_equal(word, "-") || !word.size ?
		       0 :
		       line_swaps_add(&section->swaps, (struct span){}, word);
}

static int begin_hunk(struct cmdline_section *section, struct span path)
{
	struct file_hunk *hunk;
	int r = array_reserve(&section->hunks, section->n_hunks, &section->capacity,
			      sizeof(*section->hunks));

	if (r < 0)
		return r;
	hunk = &section->hunks[section->n_hunks++];
	*hunk = (struct file_hunk){ .path = strndup(path.text, path.size) };
	return hunk->path ? 0 : -ENOMEM;
}

static int add_line(struct cmdline_section *section, struct span line)
{
	_cleanup_free_ char *text = strndup(line.text + 1, line.size - 1);
	struct file_hunk *hunk = &section->hunks[section->n_hunks - 1];

	if (!text)
		return -ENOMEM;
	return strings_add(*line.text == '-' ? &hunk->before : &hunk->after, text);
}

static int take_line(struct cmdline_note *note, struct span line, struct span *from)
{
	struct cmdline_section *section = note->n ? &note->sections[note->n - 1] : NULL;
	struct span rest = line, key;

	if (section && section->n_hunks && line.size && strchr("-+", *line.text))
		return add_line(section, line);
	key = span_next(&rest, " ");
	for (enum bootloader_place i = 1; i < ARRAY_SIZE(place_names); i++)
		if (span_equal(key, place_names[i]))
			return begin_section(note, i, rest);
	if (section && span_equal(key, "edit"))
		return begin_hunk(section, rest);
	if (section && span_equal(key, "from"))
		*from = rest;
	if (section && span_equal(key, "to") && from->size)
		return line_swaps_add(&section->swaps, *from, rest);
	return 0;
}

int cmdline_note_parse(const char *text, struct cmdline_note *ret_note)
{
	CLEANUP(cmdline_note_done) struct cmdline_note note = {};
	struct span rest = { text, strlen(text) }, from = {};
	int r = 0;

	while (rest.size && r == 0)
		r = take_line(&note, span_next(&rest, "\n"), &from);
	if (r < 0)
		return r;
	*ret_note = note;
	note = (struct cmdline_note){};
	return 0;
}

void cmdline_note_done(struct cmdline_note *note)
{
	for (size_t i = 0; i < note->n; i++) {
		struct cmdline_section *section = &note->sections[i];

		line_swaps_done(&section->swaps);
		for (size_t k = 0; k < section->n_hunks; k++)
			file_hunk_done(&section->hunks[k]);
		free(section->hunks);
	}
	free(note->sections);
	*note = (struct cmdline_note){};
}
