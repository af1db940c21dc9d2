// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the place where a parameter of the kernel command line persists, by what boots, and the kind of
 * the boot menu; with the commands that pass a change on to the boot loader. Changes nothing itself.
 */
#include "host/bootloader.h"

#include "host/builder.h"
#include "host/chain/unified.h"
#include "host/programs.h"

#include <limits.h>
#include <stdio.h>

#define SCRIPT_SIZE_MAX (1024 * 1024)

static const char *const update_grub[] = { "update-grub", NULL };

/* Commands ---------------------------------------------------------------------------------- */

static int add_command(struct bootloader *found, const char *const *words)
{
	struct strings *commands =
		reallocarray(found->commands, found->n_commands + 1, sizeof(*commands));
	int r = 0;

	if (!commands)
		return -ENOMEM;
	found->commands = commands;
	commands += found->n_commands++;
	*commands = (struct strings){};
	for (; *words && r == 0; words++)
		r = strings_add(commands, *words);
	return r;
}

/* Debian and others have a program for it; the file that boots is the menu's own. */
static int add_grub_commands(const struct root *root, const struct chain *chain,
			     struct bootloader *found)
{
	const char *program = program_is_there(root, "grub-mkconfig") ? "grub-mkconfig" :
									"grub2-mkconfig";
	const char *const mkconfig[] = { program, "-o", chain->menu, NULL };
	const char *const *proxmox = program_find_proxmox(root);
	int r;

	if (program_is_there(root, "update-grub"))
		r = add_command(found, update_grub);
	else
		r = add_command(found, mkconfig);
	return r == 0 && proxmox ? add_command(found, proxmox) : r;
}

static bool is_of_release(const struct chain_entry *entry, const char *release)
{
	return !entry->is_foreign && !entry->is_ours && entry->release &&
	       streq(entry->release, release);
}

static bool is_repeated(const struct chain *chain, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_of_release(&chain->entries[i], chain->entries[index].release))
			return true;
	return false;
}

/* 'kernel-install add-all' would leave out the kernels of Debian, which are in /boot. */
static int add_kernel_install(const struct root *root, const struct chain_entry *entry,
			      struct bootloader *found)
{
	char path[PATH_MAX];
	const char *const command[] = { "kernel-install", "add", entry->release,
					entry->kernel.source ?: path, NULL };

	snprintf(path, sizeof(path), "/lib/modules/%s/vmlinuz", entry->release);
	if (!root_exists(root, path))
		snprintf(path, sizeof(path), "/boot/vmlinuz-%s", entry->release);
	return root_exists(root, command[3]) ? add_command(found, command) : 0;
}

static int add_kernel_installs(const struct root *root, const struct chain *chain,
			       struct bootloader *found)
{
	int r = 0;

	for (size_t i = 0; i < chain->n_entries && r == 0; i++) {
		const struct chain_entry *entry = &chain->entries[i];

		if (entry->release && is_of_release(entry, entry->release) &&
		    !is_repeated(chain, i))
			r = add_kernel_install(root, entry, found);
	}
	return r;
}

/* GRUB -------------------------------------------------------------------------------------- */

static bool program_contains(const struct root *root, const char *name, const char *text)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *script = NULL;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (root_read_file(root, path, SCRIPT_SIZE_MAX, &script, &size) == 0)
			return memmem(script, size, text, strlen(text));
	}
	return false;
}

/* Debian's and Ubuntu's grub-mkconfig reads the folder, upstream's does not. */
static bool reads_folder(const struct root *root)
{
	return program_contains(root, "grub-mkconfig", "default/grub.d") ||
	       program_contains(root, "grub2-mkconfig", "default/grub.d");
}

static int add_setting(const char *name, void *data)
{
	struct strings *files = data;
	char path[PATH_MAX];

	if (!has_suffix(name, ".cfg") || streq(name, GRUB_DROP_IN_NAME))
		return 0;
	snprintf(path, sizeof(path), GRUB_DROP_IN_FOLDER "/%s", name);
	return strings_add(files, path);
}

/* In the order in which grub-mkconfig reads them. */
static int find_settings(const struct root *root, bool has_folder, struct strings *files)
{
	struct strings more = {};
	int r = 0;

	if (root_exists(root, GRUB_DEFAULTS_PATH))
		r = strings_add(files, GRUB_DEFAULTS_PATH);
	if (r == 0 && has_folder)
		r = root_list(root, GRUB_DROP_IN_FOLDER, add_setting, &more);
	strings_sort(&more);
	for (size_t i = 0; i < more.n && r != -ENOMEM; i++)
		r = strings_add(files, more.items[i]);
	strings_done(&more);
	return r == -ENOMEM ? r : 0;
}

static int find_grub_place(const struct root *root, const struct chain *chain,
			   struct bootloader *found)
{
	bool has_folder = reads_folder(root);
	int r;

	if (!program_is_there(root, "update-grub") &&
	    (!chain->menu || *chain->menu != '/')) {
		found->why =
			"the configuration of GRUB that boots is on a file system that is not "
			"mounted";
		return 0;
	}
	r = find_settings(root, has_folder, &found->files);
	if (r < 0)
		return r;
	if (!has_folder && !found->files.n) {
		found->why = "there is no " GRUB_DEFAULTS_PATH
			     ": add it to the 'linux' lines of GRUB's configuration";
		return 0;
	}
	found->place = has_folder ? BOOTLOADER_GRUB : BOOTLOADER_GRUB_DEFAULTS;
	return add_grub_commands(root, chain, found);
}

/* Entries in files -------------------------------------------------------------------------- */

/* kernel-install names the entry, and its kernel's folder, after the kernel's release. */
static bool is_generated(const struct chain_entry *entry)
{
	_cleanup_free_ char *name = text_format("-%s", entry->release ?: "");
	_cleanup_free_ char *kernel = text_format("/%s/linux", entry->release ?: "");
	const char *at;

	if (!entry->release || !name || !kernel)
		return false;
	at = entry->id ? strstr(entry->id, name) : NULL;
	return (at && strchr(".+", at[strlen(name)])) ||
	       (entry->kernel.path && has_suffix(entry->kernel.path, kernel));
}

static bool is_made_by_hand(const struct chain_entry *entry)
{
	return entry->kind == ENTRY_FILE && entry->options && !entry->is_foreign &&
	       !entry->is_ours && !is_generated(entry);
}

static int find_entries(const struct chain *chain, struct bootloader *found)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct chain_entry *entry = &chain->entries[i];

		if (!is_made_by_hand(entry))
			continue;
		if (!entry->config || *entry->config != '/') {
			found->why =
				"the entry that boots is on a file system that is not mounted";
			return 0;
		}
		if (strings_add(&found->files, entry->config) < 0)
			return -ENOMEM;
	}
	found->place = BOOTLOADER_ENTRIES;
	return 0;
}

static int find_kernel_cmdline(const struct root *root, const struct chain *chain,
			       struct bootloader *found)
{
	if (!root_exists(root, KERNEL_CMDLINE_PATH)) {
		found->why =
			"kernel-install writes this system's entries, and there is no " KERNEL_CMDLINE_PATH
			": write the whole command line there, with the "
			"parameter, and run 'kernel-install add-all'";
		return 0;
	}
	found->place = BOOTLOADER_KERNEL_CMDLINE;
	return add_kernel_installs(root, chain, found);
}

/* Programs that write entries from settings of their own, over any other change. */
static const struct {
	const char *program, *why;
} generators[] = {
	{ "sdboot-manage",
	  "sdboot-manage writes this system's entries: add it to LINUX_OPTIONS in "
	  "/etc/sdboot-manage.conf and run 'sdboot-manage gen'" },
	{ "clr-boot-manager",
	  "clr-boot-manager writes this system's entries: add it to a file in "
	  "/etc/kernel/cmdline.d and run 'clr-boot-manager update'" },
};

static int find_entry_place(const struct root *root, const struct chain *chain,
			    const struct chain_entry *entry, struct bootloader *found)
{
	if (program_is_there(root, "grubby")) {
		found->place = BOOTLOADER_GRUBBY;
		return 0;
	}
	if (program_is_there(root, "kernelstub")) {
		found->place = BOOTLOADER_KERNELSTUB;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(generators) && !found->why; i++)
		if (program_is_there(root, generators[i].program))
			found->why = generators[i].why;
	if (found->why)
		return 0;
	return is_generated(entry) ? find_kernel_cmdline(root, chain, found) :
				     find_entries(chain, found);
}

/* Unified images ---------------------------------------------------------------------------- */

struct finding_text {
	const struct root *root;
	const char *folder, *suffix, *text;
	char path[PATH_MAX]; /* the last file, in the order of their names, that has it; "": none */
};

/* Outside of comments. */
static bool file_contains(const struct root *root, const char *path, const char *text)
{
	_cleanup_free_ char *content = NULL;
	const char *cursor, *line;
	size_t size;

	if (root_read_file(root, path, SCRIPT_SIZE_MAX, &content, &size) < 0)
		return false;
	cursor = content;
	while ((line = text_next_line(&cursor, "", &size))) {
		size_t blanks = strspn(line, " \t");

		if (line[blanks] != '#' && memmem(line, size, text, strlen(text)))
			return true;
	}
	return false;
}

static int look_into(const char *name, void *data)
{
	struct finding_text *finding = data;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", finding->folder, name);
	if (has_suffix(name, finding->suffix) && strcmp(path, finding->path) > 0 &&
	    file_contains(finding->root, path, finding->text))
		strcpy(finding->path, path);
	return 0;
}

static bool find_text(struct finding_text *finding)
{
	int r = root_list(finding->root, finding->folder, look_into, finding);

	(void)r;
	return *finding->path;
}

static int find_unified_place(const struct root *root, const struct chain *chain,
			      const struct chain_entry *entry, struct bootloader *found)
{
	struct finding_text presets = { root, "/etc/mkinitcpio.d", ".preset", "_uki=", "" };
	struct finding_text dracut = { root, "/etc/dracut.conf.d", ".conf",
				       "kernel_cmdline", "" };

	if (entry->is_fixed) {
		found->why =
			"the unified kernel image that boots is signed, and its command line is "
			"part of it: build and sign one with the parameter";
		return 0;
	}
	if (unified_by_kernel_install(root))
		return find_kernel_cmdline(root, chain, found);
	found->needs_images = true;
	if (program_is_there(root, "mkinitcpio") && find_text(&presets) &&
	    root_exists(root, KERNEL_CMDLINE_PATH)) {
		found->place = BOOTLOADER_KERNEL_CMDLINE;
		return 0;
	}
	if (program_is_there(root, "dracut") && find_text(&dracut)) {
		found->place = BOOTLOADER_DRACUT;
		return strings_add(&found->files, dracut.path);
	}
	found->why =
		"the unified kernel image that boots holds its command line, and the file that "
		"its builder takes it from was not found: build one with the parameter";
	return 0;
}

/* --------------------------------------------------------------------------------------------- */

static int find_proxmox_place(const struct root *root, struct bootloader *found)
{
	if (!root_exists(root, KERNEL_CMDLINE_PATH)) {
		found->why =
			"there is no " KERNEL_CMDLINE_PATH
			": write the whole command line there, with the parameter, and run "
			"'proxmox-boot-tool refresh'";
		return 0;
	}
	found->place = BOOTLOADER_KERNEL_CMDLINE;
	return add_command(found, program_find_proxmox(root));
}

/* Systems that make the whole menu from settings of their own. */
static const struct {
	const char *file, *why;
} owners[] = {
	{ "/run/ostree-booted",
	  "this system's entries belong to its deployments: use 'rpm-ostree kargs'" },
	{ "/etc/NIXOS", "NixOS makes this system's entries: add it to boot.kernelParams" },
};

static int find_place(const struct root *root, const struct chain *chain,
		      struct bootloader *found)
{
	const struct chain_entry *entry = chain_find_default(chain);

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (root_exists(root, owners[i].file))
			found->why = owners[i].why;
	if (found->why)
		return 0;
	if (entry ? entry->kind == ENTRY_GRUB : chain->loader == LOADER_GRUB)
		return find_grub_place(root, chain, found);
	if (chain->loader == LOADER_SYSTEMD_BOOT && program_find_proxmox(root))
		return find_proxmox_place(root, found);
	if (!entry) {
		found->why =
			chain->loader == LOADER_OTHER ?
				"the boot loader's configuration is not known here: add it to "
				"the options of its entries" :
				"the entry that boots was not found: add it to the options of "
				"the boot loader's entries";
		return 0;
	}
	return entry->kind == ENTRY_UNIFIED ?
		       find_unified_place(root, chain, entry, found) :
		       find_entry_place(root, chain, entry, found);
}

int bootloader_find(const struct root *root, const struct chain *chain,
		    struct bootloader *ret_bootloader)
{
	CLEANUP(bootloader_done) struct bootloader found = {};
	int r;

	r = find_place(root, chain, &found);
	if (r < 0)
		return r;
	*ret_bootloader = found;
	found = (struct bootloader){};
	return 0;
}

int bootloader_find_commands(const struct root *root, const struct chain *chain,
			     enum bootloader_place place, struct bootloader *ret_bootloader)
{
	CLEANUP(bootloader_done) struct bootloader found = { .place = place };
	int r = 0;

	if (place == BOOTLOADER_GRUB || place == BOOTLOADER_GRUB_DEFAULTS)
		r = add_grub_commands(root, chain, &found);
	else if (place == BOOTLOADER_KERNEL_CMDLINE && program_find_proxmox(root))
		r = add_command(&found, program_find_proxmox(root));
	else if (place == BOOTLOADER_KERNEL_CMDLINE &&
		 program_is_there(root, "kernel-install"))
		r = add_kernel_installs(root, chain, &found);
	if (r < 0)
		return r;
	*ret_bootloader = found;
	found = (struct bootloader){};
	return 0;
}

void bootloader_done(struct bootloader *bootloader)
{
	for (size_t i = 0; i < bootloader->n_commands; i++)
		strings_done(&bootloader->commands[i]);
	free(bootloader->commands);
	strings_done(&bootloader->files);
	*bootloader = (struct bootloader){};
}
