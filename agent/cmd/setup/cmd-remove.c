// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim remove`: undoes all that `setup` did. The host's driver has the card back after the next
 * boot; the running system does not change.
 */
#include "cmd/setup/child.h"
#include "cmd/setup/setup.h"
#include "decide/config.h"
#include "decide/known.h"
#include "trial/efivar.h"
#include "trial/trial-store.h"

#include <stdio.h>

static struct {
	bool is_dry_run, wants_yes;
} options;

static const struct verb_option rows[] = {
	{ "dry-run", "show everything; write and run nothing", .sets = &options.is_dry_run },
	{ "yes", "do not ask", .sets = &options.wants_yes },
	{},
};

static int read_old(struct change *change)
{
	size_t size;
	int r;

	/* Read only so that it can be put back. */
	r = root_read_file(change->root, CONFIG_PATH, CONFIG_SIZE_MAX, &change->old_text,
			   &size);
	return r == -ENOENT ? 0 : r;
}

/* A variable left behind does no harm, because another claim has another key. */
static void forget_trial(const struct root *root)
{
	struct root store;
	int r = efivar_open(root, &store);

	if (r == -EOPNOTSUPP)
		return;
	if (r == 0) {
		r = trial_forget(&store);
		root_done(&store);
	}
	if (r < 0)
		cmd_fail("the EFI variable of trials cannot be deleted", r);
}

static int undo_setup(struct change *change)
{
	bool was_there = change->old_text;
	int r = 0;

	if (cmdline_change_was_applied(change->root)) {
		if (!change->is_dry)
			child_guard_changes();
		r = cmdline_change_undo(change->root, change->is_dry);
	}
	if (r == 0)
		r = was_there ? change_make(change) : change_rebuild(change);
	if (r == 0 && change->is_dry && menu_change_is_there(change->root))
		return menu_change_undo(change->root, true);
	if (r || change->is_dry)
		return r;
	r = root_remove(change->root, CONFIG_OLD_PATH);
	if (r < 0)
		return cmd_fail(CONFIG_OLD_PATH, r);
	r = root_remove(change->root, KNOWN_PATH);
	if (r < 0)
		return cmd_fail(KNOWN_PATH, r);
	forget_trial(change->root);
	/* Last, because the entry boots without the claim. */
	if (menu_change_is_there(change->root))
		r = menu_change_undo(change->root, false);
	if (r)
		return r;
	printf("\nDone. The host's driver has the card back after the next boot.\n");
	return 0;
}

/* May an image hold a claim? An unreadable one may, unless no builder is here that could have built it. */
static bool may_be_in_images(const struct root *root)
{
	CLEANUP(images_done) struct boot_images images = {};
	bool can_build;

	if (images_read(root, "", &images) < 0)
		return true;
	can_build = builder_find(root)->command;
	for (size_t i = 0; i < images.n; i++)
		if (images.items[i].state == IMAGE_STALE ||
		    (images.items[i].state == IMAGE_UNREADABLE && can_build))
			return true;
	return false;
}

/* `setup --menu-entry` alone leaves only the entry, whose removal needs no image to be built. */
static bool is_menu_entry_alone(const struct root *root)
{
	return menu_change_is_there(root) && !root_exists(root, CONFIG_PATH) &&
	       !root_exists(root, CONFIG_OLD_PATH) && !cmdline_change_was_applied(root) &&
	       !may_be_in_images(root);
}

static int remove_menu_entry(const struct change *change)
{
	int r;

	if (!change->is_dry)
		child_guard_changes();
	r = menu_change_undo(change->root, change->is_dry);
	if (r)
		return r;
	if (!change->is_dry)
		forget_trial(change->root); /* of a configuration that was removed by hand */
	printf(change->is_dry ? "Nothing was written or run (dry run).\n" :
				"\nDone. Nothing else was configured.\n");
	return 0;
}

static bool is_agreed(const struct change *change, const char *question)
{
	if (change->is_dry || options.wants_yes || !isatty(STDIN_FILENO) ||
	    setup_ask(question))
		return true;
	fputs("vfio-claim: nothing was changed\n", stderr);
	return false;
}

static int run(struct change *change)
{
	_cleanup_close_ int lock = -1;
	int r;

	r = change_prepare_as_root(change);
	if (r == 0 && !change->is_dry)
		r = change_lock(change->root, &lock);
	if (r)
		return r;
	if (is_menu_entry_alone(change->root))
		return is_agreed(change, "Remove the entry from the boot menu?") ?
			       remove_menu_entry(change) :
			       EXIT_NOT_AS_CONFIGURED;
	r = change_prepare(change);
	if (r)
		return r;
	r = read_old(change);
	if (r < 0)
		return cmd_fail(CONFIG_PATH, r);
	if (!change->old_text && !cmdline_change_was_applied(change->root) &&
	    !menu_change_is_there(change->root) &&
	    !root_exists(change->root, CONFIG_OLD_PATH) &&
	    !root_exists(change->root, KNOWN_PATH) &&
	    change_is_in_images(change->root, NULL)) {
		printf("Nothing is configured, and no boot image holds a configuration.\n");
		return 0;
	}
	if (change->old_text)
		printf("%s and its backup will be deleted. It contains:\n%s\n",
		       CONFIG_PATH, change->old_text);
	return is_agreed(change, "Remove all of it?") ? undo_setup(change) :
							EXIT_NOT_AS_CONFIGURED;
}

static int cmd_remove(const struct cmd *cmd)
{
	struct change change = { .root = &cmd->root };
	int r;

	change.is_dry = options.is_dry_run || !cmd->root.is_live;
	child_guard_nothing_changed();
	r = run(&change);
	change_done(&change);
	return r;
}

const struct verb verb_remove = {
	.name = "remove",
	.summary = "undo all that setup did",
	.details =
		"Undoes setup: removes " CONFIG_PATH
		" and its .old, what --apply-cmdline and "
		"--menu-entry added, the EFI variable of trials, and the remembered cards; "
		"rebuilds every boot image, and checks that each is free of the claim. The "
		"host's driver has the card back after the next boot. Asks first on a "
		"terminal.",
	.exit_codes =
		"Exit code: 0 done, or nothing to do; 1 failed; 2 the command line is wrong.",
	.options = rows,
	.run = cmd_remove,
};
