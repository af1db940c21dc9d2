/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes the images, the kernel command line and the boot menu, for `setup` and `remove`. */
#pragma once

#include "cmd/cmd.h"
#include "host/boot-entry.h"
#include "host/boot-menu.h"
#include "host/bootloader.h"
#include "host/builder.h"
#include "host/images.h"

#define SETUP_LOCK_FOLDER "/run"
#define SETUP_LOCK "vfio-claim.lock"
/* While this file is there, the builders' hooks leave the agent out of the images. */
#define SETUP_LEAVING "vfio-claim.leaving"
#define CONFIG_FOLDER "/etc"
#define CONFIG_NAME "vfio-claim.conf"
#define CONFIG_OLD_NAME CONFIG_NAME ".old"
#define CONFIG_OLD_PATH CONFIG_FOLDER "/" CONFIG_OLD_NAME

/* One change of a system's configuration, from one text of the file to another. */
struct change {
	const struct root *root;
	bool is_dry;
	char *old_text; /* NULL: there was no file */
	char *new_text; /* NULL: remove the file */
	/* The text of KNOWN_PATH, before and after; NULL: no file. */
	bool has_new_cards;
	char *old_cards, *new_cards;
	const struct builder *builder;
	/* Runs after the builder and copies the images to where the firmware finds them; or NULL. */
	const char *const *copy_command;
	struct boot_images images; /* as they were found last */
	bool are_images_read;	   /* their states too */
	bool is_changed; /* something was written or run, or would be in a dry run */
};

/* Checks for what a change needs: root's rights, a builder, images. EXIT_... after a message. */
int change_prepare(struct change *change);
/* Checks for root's rights only. */
int change_prepare_as_root(const struct change *change);
/* The lock is held until *ret_lock is closed. EXIT_... after a message. */
int change_lock(const struct root *root, int *ret_lock);

/*
 * Writes the configuration, rebuilds all images, and opens each to check for the new configuration.
 * If a step fails, puts the old configuration back and prints the state of the images.
 */
int change_make(struct change *change);
/* The same for the configuration that is there already. */
int change_rebuild(struct change *change);
/* Lists what these two would do. */
void change_show(const struct change *change);

void change_done(struct change *change);

/* What the builder was told not to do ------------------------------------------------------ */

/* Before anything is changed: says it, and EXIT_... if no image, or none that claims, would be built. */
int refusals_check(const struct change *change);
/* Says it again, when an image was not built. */
void refusals_say(const struct change *change);

/*
 * Says and runs a command (NULL: none). Its output is shown if it fails, or with --verbose. EXIT_...
 * after a message.
 */
int program_run(const char *const *command);
/* What child_run() returned for a command: EXIT_... after a message if it failed, else 0. */
int program_end(const char *const *command, int r);

/* Reads the images by this configuration (NULL: none) into change->images. 0 or negative errno. */
int MUST_CHECK change_read_images(struct change *change, const char *text);
/* Reads them, and returns whether all hold this configuration. Prints nothing. */
bool change_is_in_images(struct change *change, const char *text);
/* At the end: EXIT_NOT_AS_CONFIGURED after a message where something that may boot was not reached, else 0. */
int change_say_unreached(const struct change *change);

/* An entry of the boot menu that boots without the claim ----------------------------------- */

struct menu_change {
	const struct root *root;
	struct boot_menu menu;
	bool is_begun;	 /* but not yet finished or put back */
	bool is_written; /* there is a change to put back */
	/* GRUB: */
	bool was_there;	  /* its generator existed before */
	char *old_config; /* its configuration before */
	/* Entries in files, ours alone: as they should be, how many of these were begun, and as they were. */
	struct boot_entries wanted, before;
	size_t n_begun;
	bool has_esps; /* some of them are on Proxmox's ESPs */
};

/* Checks that an entry is possible. EXIT_... after a message. */
int menu_change_prepare(const struct root *root, bool is_dry);
/* Prints what menu_change_apply() would do. */
int menu_change_show(const struct root *root);
/*
 * Adds or rewrites the entry. If a step fails, puts everything back. EXIT_... after a message. An
 * earlier entry under another name stays until menu_change_finish(); call that one or
 * menu_change_put_back() when the last step is done.
 */
int menu_change_apply(struct menu_change *change);
int menu_change_finish(struct menu_change *change);
void menu_change_put_back(struct menu_change *change);
void menu_change_done(struct menu_change *change);
/* Rewrites the entry's files, if there are any and one is out of date. */
int menu_change_renew(const struct root *root);
/* How to see a menu that is hidden; NULL: it is shown, or not known. */
const char *menu_change_way_in(const struct root *root);
/* Whether `setup` made an entry; and its removal. */
bool menu_change_is_there(const struct root *root);
int menu_change_undo(const struct root *root);

/* A trial that GRUB counts ------------------------------------------------------------------- */

struct trial_change {
	const struct root *root;
	struct boot_menu menu;
	unsigned limit;	   /* of the new configuration; 0: no trial */
	bool is_wanted;	   /* there are no EFI variables, and GRUB can count */
	bool is_installed; /* GRUB's menu counts already */
	bool has_work;	   /* beyond the begin of a new trial */
	char *why;	   /* GRUB cannot count here; NULL: it can, or need not */
};

/* Fills everything but the root. Never fails. */
void trial_change_find(struct trial_change *change, unsigned limit);
/* Prints what trial_change_apply() would do. `is_new`: images are built, so a new trial begins. */
void trial_change_show(const struct trial_change *change, bool is_new);
/*
 * After the images: has GRUB's menu count, and begins a trial of the configuration with this text; or ends
 * the counting where it is not wanted. Returns whether GRUB counts. A failure is said, and keeps no claim
 * from being made.
 */
bool trial_change_apply(struct trial_change *change, const char *text, bool is_new);
/* Whether there is anything to undo; and its undoing. EXIT_... after a message. */
bool trial_change_is_there(const struct root *root);
int trial_change_undo(const struct root *root);
void trial_change_done(struct trial_change *change);

/* Our units -------------------------------------------------------------------------------- */

#define UNITS_MAX 5

/* Those that are installed but neither enabled nor masked. Returns their number. */
size_t units_to_enable(const struct root *root, const char *ret_units[static UNITS_MAX]);
/*
 * Enables them: packages enable them, `make install` and a distribution's presets do not. Prints what it
 * does and what failed. Never fails.
 */
void units_enable(const struct root *root);
