// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adds an entry that boots without the claim to the boot menu, and removes it again. Never touches the
 * default or the other entries.
 */
#include "cmd/setup/setup.h"

#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "host/boot-entry.h"

#include <limits.h>
#include <stdio.h>

#define GENERATOR "/usr/lib/vfio-claim/grub-entry"

/* What is there ---------------------------------------------------------------------------- */

static bool is_link(const struct root *root, const char *path)
{
	char target[PATH_MAX];

	return root_readlink(root, path, target, sizeof(target)) >= 0;
}

static bool has_generator(const struct root *root)
{
	/* A link whose target is gone counts too. */
	return is_link(root, GRUB_GENERATOR_PATH) || root_exists(root, GRUB_GENERATOR_PATH);
}

static bool is_in_grub(const struct root *root)
{
	for (size_t i = 0; grub_config_folders[i]; i++)
		if (grub_has_entry(root, grub_config_folders[i]))
			return true;
	return false;
}

static bool has_entry(const struct root *root)
{
	CLEANUP(strings_done) struct strings paths = {};

	return boot_entry_find_ours(root, &paths) == 0 && paths.n;
}

bool menu_change_is_there(const struct root *root)
{
	return has_generator(root) || is_in_grub(root) || has_entry(root);
}

/* A file of this name, or a link to another place, is not ours. */
static int check_generator(const struct root *root)
{
	char target[PATH_MAX];

	if (!has_generator(root) ||
	    (root_readlink(root, GRUB_GENERATOR_PATH, target, sizeof(target)) >= 0 &&
	     streq(target, GENERATOR)))
		return 0;
	return say_error(EXIT_NOT_AS_CONFIGURED, "move the file elsewhere, then try again",
			 "'" GRUB_GENERATOR_PATH
			 "' exists and is not setup's link to " GENERATOR
			 "; nothing was changed");
}

/* GRUB's programs follow links, but rename(), which puts a file back, does not. */
static int check_grub_config(const struct root *root, const struct boot_menu *menu)
{
	char path[64], line[128], remedy[256];
	const char *link = is_link(root, menu->config_folder) ? menu->config_folder : path;

	snprintf(path, sizeof(path), "%s/" GRUB_CONFIG_NAME, menu->config_folder);
	if (!is_link(root, link))
		return 0;
	snprintf(remedy, sizeof(remedy),
		 "add the entry by hand: run 'ln -s " GENERATOR " " GRUB_GENERATOR_PATH
		 "', then '%s'",
		 child_format(menu->command, line, sizeof(line)));
	return say_error(EXIT_NOT_AS_CONFIGURED, remedy,
			 "'%s' is a link: if a step failed, GRUB's configuration could not be put "
			 "back; nothing was changed",
			 link);
}

int menu_change_prepare(const struct root *root, bool is_dry)
{
	struct boot_menu menu;

	boot_menu_find(root, &menu);
	if (menu.kind == BOOT_MENU_NONE)
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
				 "no entry can be added to the boot menu: %s; nothing was changed",
				 menu.why);
	if (menu.kind == BOOT_MENU_GRUB && !is_dry && !root_exists(root, GENERATOR))
		return say_error(EXIT_NOT_AS_CONFIGURED, "reinstall vfio-claim",
				 GENERATOR " is not there; nothing was changed");
	if (menu.kind != BOOT_MENU_GRUB)
		return 0;
	return check_generator(root) ?: check_grub_config(root, &menu);
}

/* GRUB --------------------------------------------------------------------------------------- */

static int add_to_grub(struct menu_change *change)
{
	const struct root *root = change->root;
	int r;

	change->folder = change->menu.config_folder;
	change->was_there = has_generator(root);
	r = grub_read_config(root, change->folder, &change->old_text);
	if (r < 0)
		return cmd_fail(change->folder, r);
	r = root_link(root, GRUB_GENERATOR_FOLDER, GRUB_GENERATOR_NAME, GENERATOR);
	if (r < 0)
		return cmd_fail(GRUB_GENERATOR_PATH, r);
	change->is_written = true;
	say_paragraph("Wrote %s", GRUB_GENERATOR_PATH);
	if (program_run(change->menu.command))
		return EXIT_NOT_AS_CONFIGURED;
	if (!child_was_interrupted() && !grub_has_entry(root, change->folder))
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
				 "%s/" GRUB_CONFIG_NAME
				 " still lacks the entry; the output above says why, if 10_linux of this "
				 "system makes no entry to copy",
				 change->folder);
	return child_was_interrupted() ? EXIT_NOT_AS_CONFIGURED :
					 program_run(change->menu.copy_command);
}

static bool is_grub_as_before(const struct menu_change *change)
{
	_cleanup_free_ char *text = NULL;

	return grub_read_config(change->root, change->folder, &text) == 0 &&
	       streq(text, change->old_text);
}

/*
 * Restores the configuration byte for byte, because grub-mkconfig writes the new one over the old and a
 * full disk may have left half of it. Does not run grub-mkconfig again, which may do more harm the
 * second time. The generator comes second, as it does no harm.
 */
static int put_grub_back(struct menu_change *change)
{
	bool is_as_before = is_grub_as_before(change);
	char path[64];
	int r = 0, gone;

	if (!is_as_before) {
		snprintf(path, sizeof(path), "%s/" GRUB_CONFIG_NAME ".new", change->folder);
		if (root_remove(change->root, path) < 0)
			fprintf(stderr, "vfio-claim: %s is in the way\n", path);
		r = root_restore(change->root, change->folder, GRUB_CONFIG_NAME,
				 change->old_text, strlen(change->old_text));
	}
	gone = change->was_there ? 0 : root_remove(change->root, GRUB_GENERATOR_PATH);
	if (gone < 0)
		cmd_fail(GRUB_GENERATOR_PATH, gone);
	if (r == 0 && !is_as_before && change->menu.copy_command &&
	    program_run(change->menu.copy_command))
		fputs("vfio-claim: run 'proxmox-boot-tool refresh' again\n", stderr);
	return r < 0 ? r : gone;
}

static int take_from_grub(const struct root *root)
{
	struct boot_menu menu;
	int r;

	boot_menu_find(root, &menu);
	r = root_remove(root, GRUB_GENERATOR_PATH);
	if (r < 0)
		return cmd_fail(GRUB_GENERATOR_PATH, r);
	if (menu.kind != BOOT_MENU_GRUB)
		return 0; /* no menu that could hold the entry */
	if (program_run(menu.command) || grub_has_entry(root, menu.config_folder) ||
	    program_run(menu.copy_command))
		return say_error(
			EXIT_NOT_AS_CONFIGURED,
			"fix what failed above, then run 'vfio-claim remove' again",
			"the entry may still be in the boot menu, where it does no harm");
	return 0;
}

/* Entries as files --------------------------------------------------------------------------- */

static int split(const char *path, char folder[static PATH_MAX], const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash - path >= PATH_MAX)
		return -EINVAL;
	snprintf(folder, PATH_MAX, "%.*s", (int)(slash - path), path);
	*ret_name = slash + 1;
	return 0;
}

/* Removes our entries in other places or under other names (NULL: all of ours). */
static int remove_others(const struct root *root, const char *path)
{
	CLEANUP(strings_done) struct strings paths = {};
	int r = boot_entry_find_ours(root, &paths);

	for (size_t i = 0; i < paths.n && r == 0; i++)
		if (!path || !streq(paths.items[i], path))
			r = root_remove(root, paths.items[i]);
	return r;
}

struct wanted_entry {
	char *folder, *name, *path, *text;
};

static void wanted_entry_done(struct wanted_entry *wanted)
{
	free(wanted->folder);
	free(wanted->name);
	free(wanted->path);
	free(wanted->text);
}

static int make_entry(const struct root *root, struct wanted_entry *wanted)
{
	CLEANUP(boot_entry_done) struct boot_entry entry = {};
	int r;

	r = boot_entry_find(root, &entry);
	if (r == 0)
		r = boot_entry_without_claim(&entry, &wanted->name, &wanted->text);
	if (r < 0)
		return r;
	wanted->folder = strdup(entry.folder);
	wanted->path = text_format("%s/%s", entry.folder, wanted->name);
	return wanted->folder && wanted->path ? 0 : -ENOMEM;
}

static int read_ours(const struct root *root, const char *path, char **ret_text)
{
	size_t size;

	return root_read_file(root, path, 64 * 1024, ret_text, &size);
}

static bool is_entry_current(const struct root *root)
{
	CLEANUP(wanted_entry_done) struct wanted_entry wanted = {};
	_cleanup_free_ char *text = NULL;

	return make_entry(root, &wanted) == 0 &&
	       read_ours(root, wanted.path, &text) == 0 && streq(text, wanted.text);
}

static int write_entry(struct menu_change *change)
{
	CLEANUP(wanted_entry_done) struct wanted_entry wanted = {};
	int r;

	r = make_entry(change->root, &wanted);
	if (r < 0)
		return r;
	change->path = steal(wanted.path);
	r = read_ours(change->root, change->path, &change->old_text);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && streq(change->old_text, wanted.text)) {
		say_paragraph("%s already has this content.", change->path);
		return 0;
	}
	r = root_replace_durably(change->root, wanted.folder, wanted.name, wanted.text,
				 strlen(wanted.text));
	if (r < 0)
		return r;
	change->is_written = true;
	say_paragraph("Wrote %s", change->path);
	return 0;
}

static int add_entry(struct menu_change *change)
{
	int r = write_entry(change);

	return r < 0 ? cmd_fail(change->path ? change->path : "boot menu", r) : 0;
}

static int put_entry_back(struct menu_change *change)
{
	char folder[PATH_MAX];
	const char *name;
	int r;

	if (!change->old_text)
		return root_remove(change->root, change->path);
	r = split(change->path, folder, &name);
	return r < 0 ? r :
		       root_replace_durably(change->root, folder, name, change->old_text,
					    strlen(change->old_text));
}

/* Show --------------------------------------------------------------------------------------- */

int menu_change_show(const struct root *root)
{
	CLEANUP(wanted_entry_done) struct wanted_entry wanted = {};
	struct boot_menu menu;
	char line[128];
	int r;

	boot_menu_find(root, &menu);
	if (menu.kind == BOOT_MENU_GRUB) {
		say_item("add an entry '..." ENTRY_TITLE "' to the end of GRUB's menu: write "
			 "%s, a link to %s, and run '%s'",
			 GRUB_GENERATOR_PATH, GENERATOR,
			 child_format(menu.command, line, sizeof(line)));
		return 0;
	}
	r = make_entry(root, &wanted);
	if (r < 0)
		return cmd_fail("boot menu", r);
	say_item("add an entry '..." ENTRY_TITLE "' to the boot menu: write %s",
		 wanted.path);
	return 0;
}

/* All of them -------------------------------------------------------------------------------- */

void menu_change_put_back(struct menu_change *change)
{
	int r = 0;

	if (!change->is_begun)
		return;
	change->is_begun = false;
	if (change->is_written)
		r = change->path ? put_entry_back(change) : put_grub_back(change);
	if (r < 0)
		say_error(0,
			  "fix that, run 'vfio-claim remove', then update-grub or its like",
			  "cannot put the boot menu back completely: %s", strerror(-r));
	else
		fputs("vfio-claim: the boot menu is as it was before\n", stderr);
}

static int apply(struct menu_change *change)
{
	int r;

	child_guard_changes();
	change->is_begun = true;
	r = change->menu.kind == BOOT_MENU_GRUB ? add_to_grub(change) : add_entry(change);
	if (r == 0 && !child_was_interrupted()) {
		say_paragraph("The boot menu has an entry '..." ENTRY_TITLE
			      "'; its default has not changed.");
		return 0;
	}
	if (child_was_interrupted())
		fputs("vfio-claim: interrupted\n", stderr);
	menu_change_put_back(change);
	return EXIT_NOT_AS_CONFIGURED;
}

int menu_change_apply(struct menu_change *change)
{
	boot_menu_find(change->root, &change->menu);
	return apply(change);
}

int menu_change_finish(struct menu_change *change)
{
	int r;

	if (!change->is_begun || !change->path)
		return 0;
	change->is_begun = false;
	r = remove_others(change->root, change->path);
	return r < 0 ? cmd_fail("cannot remove an earlier entry of the boot menu", r) : 0;
}

int menu_change_renew(const struct root *root)
{
	/* GRUB's own entry is rewritten with its configuration, whenever a kernel comes or goes. */
	CLEANUP(menu_change_done)
	struct menu_change change = { .root = root, .menu.kind = BOOT_MENU_ENTRIES };
	int r;

	if (!has_entry(root) || is_entry_current(root))
		return 0;
	r = apply(&change);
	return r ? r : menu_change_finish(&change);
}

int menu_change_undo(const struct root *root)
{
	bool is_grub = has_generator(root) || is_in_grub(root);
	int r;

	say_paragraph("Removing the entry without the claim from the boot menu");
	r = remove_others(root, NULL);
	if (r < 0)
		return cmd_fail("boot menu", r);
	return is_grub ? take_from_grub(root) : 0;
}

void menu_change_done(struct menu_change *change)
{
	free(change->old_text);
	free(change->path);
	*change = (struct menu_change){};
}
