// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lets GRUB count the boots of a claim on trial where there are no EFI variables, and ends that again. Never
 * touches GRUB's default or its entries, except for two variables in the kernel's command line.
 */
#include "cmd/setup/setup.h"

#include "base/sha256.h"
#include "cmd/setup/child.h"
#include "cmd/setup/grub-count.h"
#include "cmd/setup/say.h"
#include "host/programs.h"
#include "host/units.h"
#include "trial/efivar.h"

#include <limits.h>
#include <stdio.h>

/* Before all other words: what stands behind "--" is not the kernel's. */
#define WORDS_TEXT                                                                                                 \
	"# Written by 'vfio-claim setup'; 'vfio-claim remove' deletes it. GRUB replaces these variables at each\n" \
	"# boot, by nothing if its generator " GRUB_TRIAL_NAME " is gone.\n"                                       \
	"GRUB_CMDLINE_LINUX=\"\\$vfio_claim_mode \\$vfio_claim_trial $GRUB_CMDLINE_LINUX\"\n"

/* Can GRUB count here? ------------------------------------------------------------------------ */

static bool is_link(const struct root *root, const char *path)
{
	char target[PATH_MAX];

	return root_readlink(root, path, target, sizeof(target)) >= 0;
}

/* GRUB's block must be the file that the running system writes. */
static bool is_block_a_link(const struct root *root)
{
	const char *block = grub_trial_find_block(root);

	return is_link(root, "/boot/grub") || (block && is_link(root, block));
}

static bool will_be_confirmed(const struct root *root)
{
	const char *units[UNITS_MAX];
	size_t n = units_to_enable(root, units);

	for (size_t i = 0; i < n; i++)
		if (streq(units[i], UNIT_CONFIRM))
			return true;
	return unit_is_enabled(root, UNIT_CONFIRM);
}

static void take_line(void *data, const char *line)
{
	char **said = data;

	if (!*said)
		*said = strdup(line);
}

/* The generator knows what GRUB can write to. To be freed; NULL: it can. */
static char *ask_generator(const struct root *root)
{
	static const char *const command[] = { GRUB_TRIAL_GENERATOR, "check", NULL };
	char *said = NULL;
	int r;

	if (!root->is_live)
		return NULL;
	r = child_run(command, take_line, &said);
	if (r == 0) {
		free(said);
		return NULL;
	}
	return said ? said : text_format("'" GRUB_TRIAL_GENERATOR "' cannot be run");
}

/* To be freed. NULL: GRUB can count. */
static char *find_reason(const struct root *root, const struct boot_menu *menu)
{
	const char *reason = NULL;

	/* Only Debian's and Ubuntu's grub-mkconfig, which update-grub runs, reads the folder. */
	if (!menu->is_grub || !program_is_there(root, "update-grub"))
		reason = "its boot menu is not one of GRUB's that 'update-grub' makes";
	else if (menu->copy_command)
		reason = "GRUB reads a copy of its menu, on partitions that are not mounted";
	else if (is_block_a_link(root))
		reason = "GRUB's folder, or its environment block, is a link";
	else if (!program_is_there(root, "grub-editenv"))
		reason = "the program grub-editenv is not installed";
	else if (!will_be_confirmed(root))
		reason = "nothing would confirm a boot: " UNIT_CONFIRM
			 " is masked, or there is no systemd";
	return reason ? strdup(reason) : ask_generator(root);
}

/* A file of either name that is not setup's own. */
static bool is_name_taken(const struct root *root)
{
	char target[PATH_MAX];

	if (root_readlink(root, GRUB_TRIAL_PATH, target, sizeof(target)) >= 0)
		return !streq(target, GRUB_TRIAL_GENERATOR);
	return root_exists(root, GRUB_TRIAL_PATH);
}

static bool is_installed(const struct trial_change *change)
{
	return is_link(change->root, GRUB_TRIAL_PATH) && !is_name_taken(change->root) &&
	       root_exists(change->root, GRUB_TRIAL_WORDS_PATH) &&
	       grub_trial_is_in_menu(change->root, change->menu.config_folder);
}

bool trial_change_is_there(const struct root *root)
{
	struct grub_trial trial;

	return is_link(root, GRUB_TRIAL_PATH) || root_exists(root, GRUB_TRIAL_WORDS_PATH) ||
	       (grub_trial_read(root, &trial) == 0 && *trial.digest);
}

void trial_change_find(struct trial_change *change, unsigned limit)
{
	const struct root *root = change->root;

	change->limit = limit;
	boot_menu_done(&change->menu);
	if (boot_menu_read(root, &change->menu) < 0) {
		change->why = strdup("no memory");
		return;
	}
	if (limit && !efivar_is_efi(root)) {
		change->why = is_name_taken(root) ?
				      strdup("'" GRUB_TRIAL_PATH
					     "' exists, and is not setup's link") :
				      find_reason(root, &change->menu);
		change->is_wanted = !change->why;
	}
	change->is_installed = change->is_wanted && is_installed(change);
	change->has_work = change->is_wanted ? !change->is_installed :
					       trial_change_is_there(root);
}

void trial_change_show(const struct trial_change *change, bool is_new)
{
	char line[128];

	if (change->is_wanted && !change->is_installed)
		say_item("let GRUB count the boots of the claim, as there are no EFI variables: write "
			 "%s, a link to %s, and %s, and run '%s'",
			 GRUB_TRIAL_PATH, GRUB_TRIAL_GENERATOR, GRUB_TRIAL_WORDS_PATH,
			 child_format(change->menu.command, line, sizeof(line)));
	if (change->is_wanted && (is_new || !change->is_installed))
		say_item("begin a trial of %u boot%s in GRUB's environment block",
			 change->limit, change->limit == 1 ? "" : "s");
	if (!change->is_wanted && change->has_work)
		say_item("end GRUB's counting of boots");
}

/* Into the menu, and out of it --------------------------------------------------------------- */

static int remove_files(const struct root *root)
{
	int r = 0, gone;

	if (is_link(root, GRUB_TRIAL_PATH))
		r = root_remove(root, GRUB_TRIAL_PATH);
	gone = root_remove(root, GRUB_TRIAL_WORDS_PATH);
	return r < 0 ? r : gone;
}

static int write_files(const struct root *root)
{
	int r = root_link(root, GRUB_GENERATOR_FOLDER, GRUB_TRIAL_NAME,
			  GRUB_TRIAL_GENERATOR);

	if (r == 0)
		r = root_replace_durably(root, GRUB_DROP_IN_FOLDER, GRUB_TRIAL_WORDS_NAME,
					 WORDS_TEXT, strlen(WORDS_TEXT));
	return r;
}

/* An empty block, where GRUB's installation has left none. */
static int create_block(const struct trial_change *change)
{
	char path[PATH_MAX];
	const char *const command[] = { "grub-editenv", path, "create", NULL };

	if (grub_trial_find_block(change->root))
		return 0;
	snprintf(path, sizeof(path), "%s/grubenv", change->menu.config_folder);
	return program_run(command);
}

/* Byte for byte, as in menu-change.c. */
static void put_back(const struct trial_change *change, const char *old_text)
{
	int r = remove_files(change->root);

	if (r == 0)
		r = root_restore(change->root, change->menu.config_folder,
				 GRUB_CONFIG_NAME, old_text, strlen(old_text));
	if (r < 0)
		say_error(0, "fix that, then run update-grub",
			  "cannot put the boot menu back: %s", strerror(-r));
	else
		fputs("vfio-claim: the boot menu is as it was before\n", stderr);
}

static int install(const struct trial_change *change)
{
	const char *folder = change->menu.config_folder;
	_cleanup_free_ char *old_text = NULL;
	int r = boot_menu_read_config(change->root, folder, &old_text);

	if (r < 0)
		return cmd_fail(folder, r);
	r = write_files(change->root);
	if (r < 0)
		r = cmd_fail(GRUB_TRIAL_PATH, r);
	if (r == 0)
		r = program_run(change->menu.command) ?: create_block(change);
	if (r == 0 && !grub_trial_is_in_menu(change->root, folder))
		r = say_error(EXIT_NOT_AS_CONFIGURED, NULL,
			      "%s/" GRUB_CONFIG_NAME
			      " still lacks the count, or its entries lack the words",
			      folder);
	if (r || child_was_interrupted()) {
		put_back(change, old_text);
		return EXIT_NOT_AS_CONFIGURED;
	}
	say_paragraph("Wrote %s and %s; GRUB's menu counts.", GRUB_TRIAL_PATH,
		      GRUB_TRIAL_WORDS_PATH);
	return 0;
}

/* Begins the trial of the configuration with this text. */
static int begin(const struct trial_change *change, const char *text)
{
	struct grub_trial trial = { .limit = change->limit };
	char hex[65];

	sha256_hex(text, strlen(text), hex);
	snprintf(trial.digest, sizeof(trial.digest), "%.*s", MENU_TRIAL_DIGEST, hex);
	return grub_count_store(change->root, &trial);
}

bool trial_change_apply(struct trial_change *change, const char *text, bool is_new)
{
	bool was_installed = change->is_installed;

	if (!change->is_wanted) {
		if (change->has_work && trial_change_undo(change->root))
			say_error(0, "fix that, then run this again",
				  "GRUB may still count boots");
		return false;
	}
	child_guard_changes();
	if (!was_installed && install(change))
		change->why = strdup("GRUB's menu could not be changed");
	else if ((is_new || !was_installed) && begin(change, text))
		change->why = strdup("GRUB's environment block could not be written");
	if (change->why)
		say_error(0, "fix that, then run 'vfio-claim setup --rebuild'",
			  "the claim is made, but GRUB does not count its boots");
	return !change->why;
}

int trial_change_undo(const struct root *root)
{
	bool is_in_menu = is_link(root, GRUB_TRIAL_PATH) ||
			  root_exists(root, GRUB_TRIAL_WORDS_PATH);
	CLEANUP(boot_menu_done) struct boot_menu menu = {};
	int r;

	say_paragraph("Ending GRUB's counting of boots");
	r = grub_count_store(root, &(struct grub_trial){});
	if (r)
		return r;
	r = boot_menu_read(root, &menu);
	if (r == 0)
		r = remove_files(root);
	if (r < 0)
		return cmd_fail(GRUB_TRIAL_PATH, r);
	/* Left in the menu, the lines do nothing: the block names no trial. */
	return is_in_menu && menu.is_grub ? program_run(menu.command) : 0;
}

void trial_change_done(struct trial_change *change)
{
	boot_menu_done(&change->menu);
	free(change->why);
	change->why = NULL;
}
