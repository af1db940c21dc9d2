/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes the kernel command line of the next boot, for `setup` and `remove`. */
#pragma once

#include "cmd/setup/cmdline-note.h"

struct cmdline_change {
	const struct root *root;
	struct line_wish wish;
	bool is_needed;
	/* As the system is now: */
	struct chain chain;
	struct bootloader loader;
	/* What is to be done: */
	struct line_swaps swaps;
	struct file_edit *edits; /* no `after`: the file stays */
	size_t n_edits;
	char *problem; /* why it cannot be done; NULL: it can */
};

/* Reads what boots, and plans the change for change->wish. EXIT_... after a message. */
int cmdline_change_prepare(struct cmdline_change *change);
void cmdline_change_done(struct cmdline_change *change);
/* Prints what --apply-cmdline would do, or how to do it by hand. */
void cmdline_change_show(const struct cmdline_change *change);
/* Is it done already: does the entry that boots have such a command line? */
bool cmdline_change_is_made(const struct cmdline_change *change);
/* Can it be done? EXIT_... after a message. */
int cmdline_change_check(const struct cmdline_change *change);
/*
 * Does it, and notes that for `remove`. EXIT_... after a message. Where the images bring it to what
 * boots (loader.needs_images), cmdline_change_read_back() has to follow them.
 */
int cmdline_change_apply(struct cmdline_change *change);
/* Reads what boots again: is it there? EXIT_... after a message. */
int cmdline_change_read_back(const struct cmdline_change *change);

/* Whether `setup` made a change; and its undoing. */
bool cmdline_change_was_applied(const struct root *root);
int cmdline_change_undo(const struct root *root);
