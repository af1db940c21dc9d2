// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim remove`: undoes all that `setup` did. The host's driver has the card back after the next
 * boot; the running system does not change.
 */
#include "cmd/setup/child.h"
#include "cmd/setup/cmdline-change.h"
#include "cmd/setup/owner-rule.h"
#include "cmd/setup/setup-document.h"
#include "cmd/setup/say.h"
#include "decide/config.h"
#include "decide/known.h"
#include "trial/efivar.h"
#include "trial/trial-store.h"

#include <stdio.h>

static struct {
	bool is_dry_run, wants_yes, is_verbose;
} options;

static const struct verb_option rows[] = {
	{ "dry-run", "show everything; write and run nothing", .sets = &options.is_dry_run },
	{ "yes", "do not ask", .sets = &options.wants_yes },
	{ "verbose", "also print the output of the image builder and of other programs",
	  .letter = 'v', .sets = &options.is_verbose },
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

static int forget_cards(const struct root *root)
{
	int r = root_remove(root, CONFIG_OLD_PATH);

	if (r < 0)
		return cmd_fail(CONFIG_OLD_PATH, r);
	r = root_remove(root, KNOWN_PATH);
	return r < 0 ? cmd_fail(KNOWN_PATH, r) : 0;
}

static int remove_rule(const struct root *root)
{
	const struct owner_rule none = { .is_new = root_exists(root, OWNER_RULE_PATH) };

	return owner_rule_apply(root, &none);
}

static int undo_setup(struct change *change)
{
	int r = 0;

	change->is_changed = true;
	if (cmdline_change_was_applied(change->root)) {
		child_guard_changes();
		r = cmdline_change_undo(change->root);
	}
	if (r == 0)
		r = change->old_text ? change_make(change) : change_rebuild(change);
	if (r == 0)
		r = forget_cards(change->root);
	if (r)
		return r;
	forget_trial(change->root);
	r = remove_rule(change->root);
	if (r == 0 && trial_change_is_there(change->root))
		r = trial_change_undo(change->root);
	if (r)
		return r;
	/* Last, because the entry boots without the claim. */
	if (menu_change_is_there(change->root))
		r = menu_change_undo(change->root);
	if (r)
		return r;
	printf("\n");
	if (change->images.chain.is_complete)
		say_paragraph(
			"Done. The host's driver has the card back after the next boot.");
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
	       !root_exists(root, OWNER_RULE_PATH) && !trial_change_is_there(root) &&
	       !may_be_in_images(root);
}

static int remove_menu_entry(struct change *change)
{
	int r;

	change->is_changed = true;
	child_guard_changes();
	r = menu_change_undo(change->root);
	if (r)
		return r;
	forget_trial(change->root); /* of a configuration that was removed by hand */
	printf("\n");
	say_paragraph("Done. Nothing else was configured.");
	return 0;
}

static void show_plan(const struct change *change, bool is_menu_alone)
{
	printf("%s\n", change->is_dry ? "This would be done:" : "This will be done:");
	if (cmdline_change_was_applied(change->root))
		say_item("undo what setup changed on the kernel command line");
	if (!is_menu_alone)
		change_show(change);
	if (root_exists(change->root, OWNER_RULE_PATH))
		say_item("remove " OWNER_RULE_PATH);
	if (!is_menu_alone && trial_change_is_there(change->root))
		say_item("end GRUB's counting of boots");
	if (menu_change_is_there(change->root))
		say_item("remove the entry without the claim from the boot menu");
	if (change->is_dry)
		say_paragraph("Nothing was written or run (dry run).");
}

/* Shows what will be done, asks, and does it. */
static int remove_all(struct change *change, bool is_menu_alone)
{
	show_plan(change, is_menu_alone);
	if (change->is_dry) {
		change->is_changed = true;
		return 0;
	}
	if (!options.wants_yes && say_can_ask() && !say_ask("Go on?"))
		return say_error(EXIT_NOT_AS_CONFIGURED, NULL, "nothing was changed");
	return is_menu_alone ? remove_menu_entry(change) : undo_setup(change);
}

static bool has_nothing(struct change *change)
{
	const struct root *root = change->root;

	return !change->old_text && !cmdline_change_was_applied(root) &&
	       !menu_change_is_there(root) && !trial_change_is_there(root) &&
	       !root_exists(root, CONFIG_OLD_PATH) && !root_exists(root, KNOWN_PATH) &&
	       !root_exists(root, OWNER_RULE_PATH) && change_is_in_images(change, NULL);
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
		return remove_all(change, true);
	r = change_prepare(change);
	if (r)
		return r;
	r = read_old(change);
	if (r < 0)
		return cmd_fail(CONFIG_PATH, r);
	if (has_nothing(change)) {
		say_paragraph(
			"Nothing is configured, and no boot image holds a configuration.");
		return 0;
	}
	if (change->builder->recipe)
		return say_error(EXIT_NOT_AS_CONFIGURED, change->builder->recipe->undo,
				 "%s; nothing was changed", change->builder->why);
	r = refusals_check(change);
	return r ? r : remove_all(change, false);
}

static int cmd_remove(const struct cmd *cmd)
{
	struct change change = { .root = &cmd->root };
	int r;

	change.is_dry = options.is_dry_run || !cmd->root.is_live;
	child_guard_nothing_changed();
	r = say_begin(&cmd->page, cmd->wants_json, options.is_verbose);
	if (r < 0)
		return cmd_fail("standard output", r);
	r = run(&change);
	if (r == 0)
		r = change_say_unreached(&change);
	say_end();
	if (cmd->wants_json)
		r = change_print_document(&cmd->root, &change, NULL, r);
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
	.has_json = true,
	.run = cmd_remove,
};
