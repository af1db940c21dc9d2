// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which file holds this system's kernel command line, and how does the boot loader learn of a
 * change? By what is there. Changes nothing itself.
 */
#include "bootloader.h"

#include <stdio.h>

static const char *const update_grub[] = { "update-grub", NULL };
static const char *const proxmox[] = { "proxmox-boot-tool", "refresh", NULL };

static bool has_program(const struct root *root, const char *name)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

void bootloader_find(const struct root *root, struct bootloader *ret_bootloader)
{
	struct bootloader found = {};

	if (has_program(root, "grubby")) {
		found.place = BOOTLOADER_GRUBBY;
	} else if (root_exists(root, KERNEL_CMDLINE_PATH)) {
		/* Proxmox with systemd-boot, and whatever kernel-install writes entries for; there
		 * Debian's builder calls kernel-install after each image. */
		found.place = BOOTLOADER_KERNEL_CMDLINE;
		if (root_exists(root, "/etc/kernel/proxmox-boot-uuids") &&
		    has_program(root, "proxmox-boot-tool"))
			found.command = proxmox;
	} else if (root_exists(root, GRUB_DROP_IN_FOLDER) &&
		   has_program(root, "update-grub")) {
		/* Only Debian's and Ubuntu's grub-mkconfig reads the folder. */
		found.place = BOOTLOADER_GRUB;
		found.command = update_grub;
	} else if (root_exists(root, "/etc/default/grub") &&
		   has_program(root, "update-grub")) {
		found.place = BOOTLOADER_GRUB; /* the folder is made with the file */
		found.command = update_grub;
	}
	*ret_bootloader = found;
}

/* The line's size without its end; 0: not one line, or no root=. */
static size_t line_size(const char *text)
{
	size_t size = strcspn(text, "\n");
	const char *root = strstr(text, "root=");

	if (text[size] && text[size + 1 + strspn(text + size + 1, "\n")])
		return 0;
	while (size && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		size--;
	if (!root || (size_t)(root - text) >= size || (root > text && root[-1] != ' '))
		return 0;
	return size;
}

/* Where the word stands in the line; NULL: nowhere. */
static const char *find_word(const char *line, size_t size, const char *word)
{
	size_t length = strlen(word);

	for (const char *next = line; next + length <= line + size;) {
		size_t here = strcspn(next, " \t\n");

		if (here == length && strncmp(next, word, length) == 0)
			return next;
		next += here;
		next += strspn(next, " \t");
		if (!*next || *next == '\n')
			break;
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
	return asprintf(ret_text, "%.*s %s\n", (int)size, text, parameter) < 0 ? -ENOMEM :
										 0;
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
	return asprintf(ret_text, "%.*s%.*s\n", (int)before, text,
			(int)(text + size - word), word) < 0 ?
		       -ENOMEM :
		       0;
}
