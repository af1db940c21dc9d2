// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the file that holds this system's kernel command line, the kind of its boot menu, and the
 * commands that pass a change on to the boot loader. Goes by installed programs and files; changes
 * nothing itself.
 */
#include "host/bootloader.h"

#include "base/parameter.h"
#include "host/boot-entry.h"
#include "host/builder.h"
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

/* The boot menu ---------------------------------------------------------------------------- */

static const char *const grub2_mkconfig[] = { "grub2-mkconfig", "-o",
					      "/boot/grub2/grub.cfg", NULL };
static const char *const grub_mkconfig[] = { "grub-mkconfig", "-o", "/boot/grub/grub.cfg",
					     NULL };

const char *const grub_config_folders[] = { "/boot/grub", "/boot/grub2", NULL };

/* The boot loader of this boot leaves its name: https://systemd.io/BOOT_LOADER_INTERFACE */
static bool is_systemd_boot(const struct root *root)
{
	static const char path[] = "/sys/firmware/efi/efivars/"
				   "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
	char value[128], name[64] = "";
	ssize_t size = root_read(root, path, value, sizeof(value));

	/* Four bytes of attributes, then UTF-16. */
	for (ssize_t i = 4, n = 0; i + 1 < size && n < (ssize_t)sizeof(name) - 1; i += 2)
		name[n++] = value[i];
	return has_prefix(name, "systemd-boot");
}

int grub_read_config(const struct root *root, const char *config_folder, char **ret_text)
{
	char path[64];
	size_t size;

	snprintf(path, sizeof(path), "%s/" GRUB_CONFIG_NAME, config_folder);
	return root_read_file(root, path, GRUB_CONFIG_SIZE_MAX, ret_text, &size);
}

bool grub_has_entry(const struct root *root, const char *config_folder)
{
	_cleanup_free_ char *text = NULL;

	return grub_read_config(root, config_folder, &text) == 0 &&
	       strstr(text, GRUB_ENTRY_ID);
}

/* With blscfg GRUB's entries are files, and 10_linux, which our generator copies, makes none. A
 * user who cannot read GRUB's configuration reads the settings instead. */
static bool is_grub_of_entries(const struct root *root, const char *folder)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (grub_read_config(root, folder, &text) < 0 &&
	    root_read_file(root, "/etc/default/grub", 64 * 1024, &text, &size) < 0)
		return false;
	return has_prefix(text, "blscfg") || strstr(text, "\nblscfg") ||
	       strstr(text, "GRUB_ENABLE_BLSCFG=true");
}

static bool find_grub(const struct root *root, struct boot_menu *menu)
{
	static const struct {
		const char *program, *config_folder;
		const char *const *command;
	} ways[] = {
		{ "update-grub", "/boot/grub", update_grub },
		{ "grub2-mkconfig", "/boot/grub2", grub2_mkconfig },
		{ "grub-mkconfig", "/boot/grub", grub_mkconfig },
	};
	char path[64];

	if (!root_exists(root, GRUB_GENERATOR_FOLDER "/10_linux"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		snprintf(path, sizeof(path), "%s/" GRUB_CONFIG_NAME, ways[i].config_folder);
		if (!program_is_there(root, ways[i].program) || !root_exists(root, path) ||
		    is_grub_of_entries(root, ways[i].config_folder))
			continue;
		menu->kind = BOOT_MENU_GRUB;
		menu->command = ways[i].command;
		menu->config_folder = ways[i].config_folder;
		return true;
	}
	return false;
}

static bool has_entry_to_copy(const struct root *root)
{
	CLEANUP(boot_entry_done) struct boot_entry entry = {};

	return boot_entry_find(root, &entry) == 0;
}

#define BY_HAND                                                                          \
	"in the menu press 'e' and add vfio_claim.mode=off to the line, for that boot"

static const char *explain_none(const struct root *root, bool is_proxmox)
{
	CLEANUP(strings_done) struct strings unified = {};

	if (is_proxmox)
		return "the boot menu is made by proxmox-boot-tool, on partitions that are "
		       "not mounted, and it cannot add an entry; " BY_HAND;
	if (builder_find_unified(root, &unified) == 0 && unified.n)
		return "this system boots unified kernel images, which contain their kernel "
		       "command line: no menu entry can change it";
	return "no boot menu was found, neither one that grub-mkconfig writes nor entries in "
	       "loader/entries (is a file system not mounted?); " BY_HAND;
}

void boot_menu_find(const struct root *root, struct boot_menu *ret_menu)
{
	const char *const *proxmox = program_find_proxmox(root);
	struct boot_menu menu = {};

	/* Of two installed loaders the one that booted counts, or GRUB if that is unknown. */
	if (!is_systemd_boot(root) && find_grub(root, &menu))
		menu.copy_command = proxmox; /* for each of its partitions */
	else if (!proxmox && has_entry_to_copy(root))
		menu.kind = BOOT_MENU_ENTRIES;
	else
		menu.why = explain_none(root, proxmox);
	*ret_menu = menu;
}
