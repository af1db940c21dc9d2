// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adds an entry that boots without the claim to the boot menu, and removes it again. Never touches the
 * default or the other entries.
 */
#include "cmd/setup/setup.h"

#include "cmd/setup/child.h"
#include "cmd/setup/kernel-hooks.h"
#include "cmd/setup/say.h"

#include <limits.h>
#include <stdio.h>

#define GENERATOR "/usr/lib/vfio-claim/grub-entry"

/* What is there ------------------------------------------------------------------------------ */

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

bool menu_change_is_there(const struct root *root)
{
	CLEANUP(boot_entries_done) struct boot_entries ours = {};
	CLEANUP(chain_done) struct chain chain = {};

	if (has_generator(root))
		return true;
	return chain_read(root, &chain) == 0 &&
	       (boot_menu_find_own(&chain, NULL) ||
		(boot_entries_find(root, &chain, &ours) == 0 && ours.n));
}

const char *menu_change_way_in(const struct root *root)
{
	CLEANUP(boot_menu_done) struct boot_menu menu = {};

	if (boot_menu_read(root, &menu) < 0)
		return NULL;
	return menu.way_in;
}

/* Everything that is asked of the chain, which is closed again. 0 or negative errno. */
static int look(struct menu_change *change)
{
	CLEANUP(chain_done) struct chain chain = {};
	int r;

	menu_change_done(change);
	r = chain_read(change->root, &chain);
	if (r == 0)
		r = boot_menu_find(change->root, &chain, &change->menu);
	if (r == 0 && change->menu.has_files)
		r = boot_entries_make(change->root, &chain, &change->wanted);
	if (r == 0)
		r = boot_entries_find(change->root, &chain, &change->before);
	change->has_esps = chain.n_volumes && chain.volumes[0].is_proxmox;
	return r;
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

static int check(const struct menu_change *change, bool is_dry)
{
	const struct root *root = change->root;

	if (change->menu.why)
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
				 "no entry can be added to the boot menu: %s; nothing was changed",
				 change->menu.why);
	if (!change->menu.is_grub)
		return 0;
	if (!is_dry && !root_exists(root, GENERATOR))
		return say_error(EXIT_NOT_AS_CONFIGURED, "reinstall vfio-claim",
				 GENERATOR " is not there; nothing was changed");
	return check_generator(root) ?: check_grub_config(root, &change->menu);
}

int menu_change_prepare(const struct root *root, bool is_dry)
{
	CLEANUP(menu_change_done) struct menu_change change = { .root = root };
	int r = look(&change);

	return r < 0 ? cmd_fail("boot menu", r) : check(&change, is_dry);
}

/* GRUB --------------------------------------------------------------------------------------- */

static int run_grub(const struct boot_menu *menu)
{
	if (program_run(menu->command))
		return EXIT_NOT_AS_CONFIGURED;
	return child_was_interrupted() ? EXIT_NOT_AS_CONFIGURED :
					 program_run(menu->copy_command);
}

static int add_to_grub(struct menu_change *change)
{
	const struct root *root = change->root;
	int r;

	change->was_there = has_generator(root);
	r = boot_menu_read_config(change->root, change->menu.config_folder,
				  &change->old_config);
	if (r < 0)
		return cmd_fail(change->menu.config_folder, r);
	r = root_link(root, GRUB_GENERATOR_FOLDER, GRUB_GENERATOR_NAME, GENERATOR);
	if (r < 0)
		return cmd_fail(GRUB_GENERATOR_PATH, r);
	change->is_written = true;
	say_paragraph("Wrote %s", GRUB_GENERATOR_PATH);
	return run_grub(&change->menu);
}

static bool is_grub_as_before(const struct menu_change *change)
{
	_cleanup_free_ char *text = NULL;

	return boot_menu_read_config(change->root, change->menu.config_folder, &text) == 0 &&
	       streq(text, change->old_config);
}

/*
 * Restores the configuration byte for byte, because grub-mkconfig writes the new one over the old and a
 * full disk may have left half of it. Does not run grub-mkconfig again, which may do more harm the
 * second time. The generator comes second, as it does no harm.
 */
static int put_grub_back(struct menu_change *change)
{
	const char *folder = change->menu.config_folder;
	bool is_as_before = is_grub_as_before(change);
	char path[64];
	int r = 0, gone;

	if (!is_as_before) {
		snprintf(path, sizeof(path), "%s/" GRUB_CONFIG_NAME ".new", folder);
		if (root_remove(change->root, path) < 0)
			fprintf(stderr, "vfio-claim: %s is in the way\n", path);
		r = root_restore(change->root, folder, GRUB_CONFIG_NAME,
				 change->old_config, strlen(change->old_config));
	}
	gone = change->was_there ? 0 : root_remove(change->root, GRUB_GENERATOR_PATH);
	if (gone < 0)
		cmd_fail(GRUB_GENERATOR_PATH, gone);
	if (r == 0 && !is_as_before && change->menu.copy_command &&
	    program_run(change->menu.copy_command))
		fputs("vfio-claim: run 'proxmox-boot-tool refresh' again\n", stderr);
	return r < 0 ? r : gone;
}

static bool is_in_menu(const struct root *root)
{
	CLEANUP(chain_done) struct chain chain = {};

	return chain_read(root, &chain) == 0 && boot_menu_find_own(&chain, NULL);
}

static int take_from_grub(const struct menu_change *change)
{
	int r = root_remove(change->root, GRUB_GENERATOR_PATH);

	if (r < 0)
		return cmd_fail(GRUB_GENERATOR_PATH, r);
	if (!change->menu.is_grub)
		return 0; /* no menu that could hold the entry */
	if (run_grub(&change->menu) || is_in_menu(change->root))
		return say_error(
			EXIT_NOT_AS_CONFIGURED,
			"fix what failed above, then run 'vfio-claim remove' again",
			"the entry may still be in the boot menu, where it does no harm");
	return 0;
}

/* Entries as files --------------------------------------------------------------------------- */

static bool is_same(const struct boot_entry *old, const struct boot_entry *entry)
{
	return old && is_string_equal(old->text, entry->text);
}

static bool are_files_current(const struct menu_change *change)
{
	for (size_t i = 0; i < change->wanted.n; i++) {
		const struct boot_entry *entry = &change->wanted.items[i];

		if (!is_same(boot_entries_get(&change->before, entry), entry))
			return false;
	}
	return change->wanted.n;
}

static int add_file(struct menu_change *change, const struct boot_entry *entry)
{
	int r;

	if (is_same(boot_entries_get(&change->before, entry), entry)) {
		say_paragraph("%s already has this content.", entry->path);
		return 0;
	}
	r = boot_entry_write(change->root, entry);
	if (r < 0)
		return cmd_fail(entry->path, r);
	change->is_written = true;
	say_paragraph("Wrote %s", entry->path);
	return 0;
}

static int add_files(struct menu_change *change)
{
	int r = 0;

	while (r == 0 && change->n_begun < change->wanted.n)
		r = add_file(change, &change->wanted.items[change->n_begun++]);
	return r == 0 && change->has_esps && change->wanted.n ?
		       kernel_hooks_write(change->root) :
		       r;
}

static int put_files_back(struct menu_change *change)
{
	int r = 0;

	for (size_t i = 0; i < change->n_begun; i++) {
		const struct boot_entry *entry = &change->wanted.items[i];
		const struct boot_entry *old = boot_entries_get(&change->before, entry);
		int failed = 0;

		if (!old)
			failed = boot_entry_remove(change->root, entry);
		else if (old->text && !is_same(old, entry))
			failed = boot_entry_write(change->root, old);
		r = r < 0 ? r : failed;
	}
	return change->before.n ? r : kernel_hooks_remove(change->root) ?: r;
}

/* Removes ours in other places or under other names. */
static int remove_others(const struct menu_change *change)
{
	int r = 0;

	for (size_t i = 0; i < change->before.n && r == 0; i++)
		if (!boot_entries_get(&change->wanted, &change->before.items[i]))
			r = boot_entry_remove(change->root, &change->before.items[i]);
	return r;
}

/* Show --------------------------------------------------------------------------------------- */

#define SHARES                                                                           \
	"It starts the same kernel and the same image as %s: it is a way out of a bad "  \
	"claim, not of a bad image."

int menu_change_show(const struct root *root)
{
	CLEANUP(menu_change_done) struct menu_change change = { .root = root };
	char line[128];
	int r = look(&change);

	if (r < 0)
		return cmd_fail("boot menu", r);
	if (change.menu.is_grub)
		say_item("add an entry '..." ENTRY_TITLE
			 "', with the kernel and the image of the "
			 "first one, to the end of GRUB's menu: write %s, a link to %s, and run '%s'",
			 GRUB_GENERATOR_PATH, GENERATOR,
			 child_format(change.menu.command, line, sizeof(line)));
	for (size_t i = 0; i < change.wanted.n; i++)
		say_item("add an entry '..." ENTRY_TITLE
			 "' to the boot menu: write %s, with the kernel and the image of %s",
			 change.wanted.items[i].path, change.wanted.items[i].original);
	return 0;
}

/* Proxmox's other ESPs, which may be the one that boots. */
static void say_unread(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_volumes; i++) {
		const struct chain_volume *volume = &chain->volumes[i];

		if (volume->is_proxmox && volume->state != VOLUME_READ)
			say_error(0,
				  "when it is there, run 'vfio-claim setup --menu-entry'",
				  "warning: %s %s: the menu on it has no entry without the claim",
				  volume->name,
				  volume->state == VOLUME_ABSENT ? "is not there" :
								   "cannot be read");
	}
}

/* Reads the entry back from what will boot. A menu without any entry lacks ours too. */
static int check_entry(const struct menu_change *change)
{
	CLEANUP(chain_done) struct chain chain = {};
	const struct chain_entry *lacking;
	int r = chain_read(change->root, &chain);

	if (r < 0)
		return cmd_fail("boot menu", r);
	lacking = boot_menu_find_lacking(&chain);
	if (lacking || !boot_menu_find_own(&chain, NULL))
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
				 "%s still lacks the entry; the output above says why, if 10_linux "
				 "of this system makes no entry to copy",
				 lacking ? lacking->config : "the boot menu");
	say_unread(&chain);
	return 0;
}

static void say_done(const struct menu_change *change)
{
	say_paragraph("The boot menu has an entry '..." ENTRY_TITLE
		      "'; its default has not changed. " SHARES,
		      change->wanted.n ? "the default" : "the first");
	if (change->menu.way_in)
		say_paragraph("The menu is hidden: %s.", change->menu.way_in);
}

/* All of them -------------------------------------------------------------------------------- */

void menu_change_put_back(struct menu_change *change)
{
	int r = 0;

	if (!change->is_begun)
		return;
	change->is_begun = false;
	if (change->is_written && change->old_config)
		r = put_grub_back(change);
	if (change->n_begun)
		r = put_files_back(change) ?: r;
	if (r < 0)
		say_error(0,
			  "fix that, run 'vfio-claim remove', then update-grub or its like",
			  "cannot put the boot menu back completely: %s", strerror(-r));
	else
		fputs("vfio-claim: the boot menu is as it was before\n", stderr);
}

/* After look(). */
static int apply(struct menu_change *change)
{
	int r = 0;

	child_guard_changes();
	change->is_begun = true;
	if (change->menu.is_grub)
		r = add_to_grub(change);
	if (r == 0 && !child_was_interrupted())
		r = add_files(change);
	if (r == 0 && !child_was_interrupted())
		r = check_entry(change);
	if (r == 0 && !child_was_interrupted()) {
		say_done(change);
		return 0;
	}
	if (child_was_interrupted())
		fputs("vfio-claim: interrupted\n", stderr);
	menu_change_put_back(change);
	return EXIT_NOT_AS_CONFIGURED;
}

int menu_change_apply(struct menu_change *change)
{
	int r = look(change);

	return r < 0 ? cmd_fail("boot menu", r) : apply(change);
}

int menu_change_finish(struct menu_change *change)
{
	int r;

	if (!change->is_begun || !change->wanted.n)
		return 0;
	change->is_begun = false;
	r = remove_others(change);
	return r < 0 ? cmd_fail("cannot remove an earlier entry of the boot menu", r) : 0;
}

int menu_change_renew(const struct root *root)
{
	/* GRUB's own entry is rewritten with its configuration, whenever a kernel comes or goes. */
	CLEANUP(menu_change_done) struct menu_change change = { .root = root };
	int r = look(&change);

	if (r < 0)
		return cmd_fail("boot menu", r);
	if (!change.before.n || are_files_current(&change))
		return 0;
	if (!change.wanted.n)
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL,
				 "the entry '%s' cannot be renewed: %s",
				 change.before.items[0].path,
				 change.menu.why ?: "the menu is GRUB's now");
	change.menu.is_grub = false;
	r = apply(&change);
	return r ? r : menu_change_finish(&change);
}

int menu_change_undo(const struct root *root)
{
	CLEANUP(menu_change_done) struct menu_change change = { .root = root };
	bool is_grub = has_generator(root) || is_in_menu(root);
	int r = look(&change);

	say_paragraph("Removing the entry without the claim from the boot menu");
	if (r < 0)
		return cmd_fail("boot menu", r);
	boot_entries_done(&change.wanted); /* all of them go */
	r = remove_others(&change);
	if (r == 0)
		r = kernel_hooks_remove(root);
	if (r < 0)
		return cmd_fail("boot menu", r);
	return is_grub ? take_from_grub(&change) : 0;
}

void menu_change_done(struct menu_change *change)
{
	boot_menu_done(&change->menu);
	boot_entries_done(&change->wanted);
	boot_entries_done(&change->before);
	free(change->old_config);
	*change = (struct menu_change){ .root = change->root };
}
