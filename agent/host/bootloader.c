// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the file that holds this system's kernel command line, and the command that passes a change on to the
 * boot loader. Goes by installed programs and files; changes nothing itself.
 */
#include "host/bootloader.h"

#include "base/parameter.h"
#include "host/programs.h"

#include <stdio.h>

static const char *const update_grub[] = { "update-grub", NULL };

void bootloader_find(const struct root *root, struct bootloader *ret_bootloader)
{
	struct bootloader found = {};

	if (program_is_there(root, "grubby")) {
		found.place = BOOTLOADER_GRUBBY;
	} else if (root_exists(root, KERNEL_CMDLINE_PATH)) {
		/* Proxmox with systemd-boot, and systems where kernel-install writes the entries;
		 * on Debian the builder calls kernel-install after each image. */
		found.place = BOOTLOADER_KERNEL_CMDLINE;
		found.command = program_find_proxmox(root);
	} else if ((root_exists(root, GRUB_DROP_IN_FOLDER) ||
		    root_exists(root, "/etc/default/grub")) &&
		   program_is_there(root, "update-grub")) {
		/* Only Debian's and Ubuntu's grub-mkconfig reads the folder. It is created with the
		 * file. */
		found.place = BOOTLOADER_GRUB;
		found.command = update_grub;
	}
	*ret_bootloader = found;
}

static bool has_root(const char *line)
{
	struct parameter parameter;

	while (parameter_next(&line, &parameter))
		if (parameter.value && parameter_is(&parameter, "root"))
			return true;
	return false;
}

/* The size of the line without trailing blanks; 0: not exactly one line, or no root=. */
static size_t line_size(const char *text)
{
	size_t size = strcspn(text, "\n");

	if (text[size] && text[size + 1 + strspn(text + size + 1, "\n")])
		return 0;
	while (size && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		size--;
	return has_root(text) ? size : 0;
}

/* The word's place in the line; NULL: not there. */
static const char *find_word(const char *line, size_t size, const char *word)
{
	struct span rest = { line, size };

	while (rest.size) {
		struct span next = span_next(&rest, " \t");

		if (span_equal(next, word))
			return next.text;
	}
	return NULL;
}

int bootloader_add(const char *text, const char *parameter, char **ret_text)
{
	size_t size = line_size(text);

	if (!size)
		return -EINVAL;
	*ret_text = NULL;
	if (find_word(text, size, parameter))
		return 0;
	*ret_text = text_format("%.*s %s\n", (int)size, text, parameter);
	return *ret_text ? 0 : -ENOMEM;
}

int bootloader_take_away(const char *text, const char *parameter, char **ret_text)
{
	size_t size = line_size(text), before;
	const char *word;

	if (!size)
		return -EINVAL;
	*ret_text = NULL;
	word = find_word(text, size, parameter);
	if (!word)
		return 0;
	before = word - text;
	while (before && (text[before - 1] == ' ' || text[before - 1] == '\t'))
		before--;
	word += strlen(parameter);
	*ret_text = text_format("%.*s%.*s\n", (int)before, text,
				(int)(text + size - word), word);
	return *ret_text ? 0 : -ENOMEM;
}
