// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the trial that GRUB counts into GRUB's environment block. Leaves the block's other lines as they are. */
#include "cmd/setup/grub-count.h"

#include "cmd/cmd.h"
#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "host/programs.h"

#include <stdio.h>

#define WORDS_MAX 3
#define WORD_SIZE 48

struct edit {
	const char *program, *block;
	char words[WORDS_MAX][WORD_SIZE];
	size_t n;
};

static void take_line(void *said, const char *line)
{
	if (strings_add(said, line) < 0)
		return; /* only the program's own words are lost */
}

/* One run of the program: "set NAME=VALUE..." or "unset NAME...". */
static int run(const struct edit *edit, const char *action)
{
	CLEANUP(strings_done) struct strings said = {};
	const char *command[WORDS_MAX + 4] = { edit->program, edit->block, action };
	char line[256];
	int r;

	if (!edit->n)
		return 0;
	for (size_t i = 0; i < edit->n; i++)
		command[3 + i] = edit->words[i];
	r = child_run(command, take_line, &said);
	if (r == 0)
		return 0;
	for (size_t i = 0; i < said.n; i++)
		fprintf(stderr, "  | %s\n", said.items[i]);
	child_format(command, line, sizeof(line));
	return r < 0 ? cmd_fail(line, r) :
		       say_error(EXIT_NOT_AS_CONFIGURED, NULL, "'%s' failed with %d",
				 line, r);
}

static void add_word(struct edit *edit, const char *name, const char *value)
{
	if (value)
		snprintf(edit->words[edit->n++], WORD_SIZE, "%s=%s", name, value);
	else
		snprintf(edit->words[edit->n++], WORD_SIZE, "%s", name);
}

/* First what is to be gone, or an old count would for a moment belong to the new trial. */
static int unset(const struct grub_trial *wanted, struct edit *edit)
{
	if (!*wanted->digest)
		add_word(edit, GRUB_TRIAL_DIGEST, NULL);
	if (!wanted->limit)
		add_word(edit, GRUB_TRIAL_LIMIT, NULL);
	if (!wanted->count)
		add_word(edit, GRUB_TRIAL_COUNT, NULL);
	return run(edit, "unset");
}

static int set(const struct grub_trial *wanted, struct edit *edit)
{
	char limit[16], count[16];

	snprintf(limit, sizeof(limit), "%u", wanted->limit);
	snprintf(count, sizeof(count), "%u", wanted->count);
	edit->n = 0;
	if (*wanted->digest)
		add_word(edit, GRUB_TRIAL_DIGEST, wanted->digest);
	if (wanted->limit)
		add_word(edit, GRUB_TRIAL_LIMIT, limit);
	if (wanted->count)
		add_word(edit, GRUB_TRIAL_COUNT, count);
	return run(edit, "set");
}

int grub_count_store(const struct root *root, const struct grub_trial *wanted)
{
	struct edit edit = {
		.program = program_is_there(root, "grub-editenv") ? "grub-editenv" :
								    "grub2-editenv",
		.block = grub_trial_find_block(root),
	};
	struct grub_trial now;
	int r;

	if (!edit.block)
		return *wanted->digest ? cmd_fail("GRUB's environment block", -ENOENT) : 0;
	if (!root->is_live)
		return cmd_fail(edit.block, -EROFS);
	r = unset(wanted, &edit) ?: set(wanted, &edit);
	if (r)
		return r;
	r = grub_trial_read(root, &now);
	if (r == 0 && !grub_trial_equal(&now, wanted))
		r = -EIO;
	return r < 0 ? cmd_fail(edit.block, r) : 0;
}
