// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the trial that GRUB counts from its environment block, and whether GRUB's menu counts. Writes
 * nothing: grub-editenv does.
 */
#include "host/grub-trial.h"

#include "base/text.h"
#include "host/boot-menu.h"

/* GRUB's own programs make a block of 1024 bytes; a larger one is read as well. */
#define BLOCK_SIZE_MAX (64 * 1024)

static unsigned parse_digit(struct span value)
{
	return value.size == 1 && *value.text >= '1' &&
			       *value.text <= '0' + TRIAL_LIMIT_MAX ?
		       (unsigned)(*value.text - '0') :
		       0;
}

static void parse_digest(struct span value, char digest[static MENU_TRIAL_DIGEST + 1])
{
	*digest = '\0';
	if (value.size != MENU_TRIAL_DIGEST)
		return;
	for (size_t i = 0; i < value.size; i++)
		if (hex_digit(value.text[i]) < 0)
			return;
	memcpy(digest, value.text, value.size);
	digest[value.size] = '\0';
}

void grub_trial_parse(const char *text, struct grub_trial *ret_trial)
{
	struct span rest = { text, strlen(text) };
	struct grub_trial trial = {};

	while (rest.size) {
		struct span value = span_next(&rest, "\n"), name = span_next(&value, "=");

		if (span_equal(name, GRUB_TRIAL_DIGEST))
			parse_digest(value, trial.digest);
		else if (span_equal(name, GRUB_TRIAL_LIMIT))
			trial.limit = parse_digit(value);
		else if (span_equal(name, GRUB_TRIAL_COUNT))
			trial.count = parse_digit(value);
	}
	*ret_trial = trial;
}

const char *grub_trial_find_block(const struct root *root)
{
	static const char *const paths[] = { "/boot/grub/grubenv", "/boot/grub2/grubenv" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (root_exists(root, paths[i]))
			return paths[i];
	return NULL;
}

int grub_trial_read(const struct root *root, struct grub_trial *ret_trial)
{
	const char *path = grub_trial_find_block(root);
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	*ret_trial = (struct grub_trial){};
	if (!path)
		return 0;
	r = root_read_file(root, path, BLOCK_SIZE_MAX, &text, &size);
	if (r == 0)
		grub_trial_parse(text, ret_trial);
	return r;
}

bool grub_trial_equal(const struct grub_trial *a, const struct grub_trial *b)
{
	return streq(a->digest, b->digest) && a->limit == b->limit && a->count == b->count;
}

/* A line of a menu entry that loads a kernel, with the words. */
static bool is_line_with_words(struct span line)
{
	struct span command, word;
	bool has_words = false;

	line = span_trim(line);
	command = span_next(&line, TEXT_BLANKS);
	while (line.size && !has_words) {
		word = span_next(&line, TEXT_BLANKS);
		has_words = span_equal(word, "$vfio_claim_trial");
	}
	return has_words && command.size >= strlen("linux") &&
	       strncmp(command.text, "linux", strlen("linux")) == 0;
}

bool grub_trial_is_in_menu(const struct root *root, const char *config_folder)
{
	_cleanup_free_ char *text = NULL;
	struct span rest;
	bool counts, has_words = false;

	if (boot_menu_read_config(root, config_folder, &text) < 0)
		return false;
	counts = strstr(text, "save_env " GRUB_TRIAL_COUNT);
	rest = (struct span){ text, strlen(text) };
	while (rest.size && !has_words)
		has_words = is_line_with_words(span_next(&rest, "\n"));
	return counts && has_words;
}
