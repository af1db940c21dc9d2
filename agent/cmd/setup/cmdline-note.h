/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/kernel-line.h"
#include "host/bootloader.h"

#define CMDLINE_NOTE_FOLDER "/var/lib/vfio-claim"
#define CMDLINE_NOTE_NAME "kernel-parameter"
#define CMDLINE_NOTE_PATH CMDLINE_NOTE_FOLDER "/" CMDLINE_NOTE_NAME

/* A file before and after a change. */
struct file_edit {
	char *path;
	char *before; /* NULL: there was none */
	char *after;
};

/* Some lines of a file, before and after a change. */
struct file_hunk {
	char *path;
	struct strings before, after;
};

/* One change of the kernel command line. */
struct cmdline_section {
	enum bootloader_place place;
	struct line_swaps swaps;
	struct file_hunk *hunks;
	size_t n_hunks, capacity;
};

/* All changes that have not been undone, in their order. */
struct cmdline_note {
	struct cmdline_section *sections;
	size_t n, capacity;
};

/* The text of a section, to be freed. 0 or -ENOMEM. */
int MUST_CHECK cmdline_note_format(enum bootloader_place place,
				   const struct line_swaps *swaps,
				   const struct file_edit *edits, size_t n_edits,
				   char **ret_text);
/* Skips lines that it does not understand. 0 or -ENOMEM. */
int MUST_CHECK cmdline_note_parse(const char *text, struct cmdline_note *ret_note);
void cmdline_note_done(struct cmdline_note *note);

/* The lines that differ. 0 or -ENOMEM. */
int MUST_CHECK file_hunk_find(const struct file_edit *edit, struct file_hunk *ret_hunk);
void file_hunk_done(struct file_hunk *hunk);
/*
 * The text with the lines as they were before, to be freed. NULL in *ret_text: it does not hold the
 * changed lines exactly once. 0 or -ENOMEM.
 */
int MUST_CHECK file_hunk_undo(const struct file_hunk *hunk, const char *text,
			      char **ret_text);
