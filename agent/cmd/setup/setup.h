/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `setup` and `remove` share: the images, the kernel command line, the boot menu. */
#pragma once

#include "cmd/cmd.h"
#include "host/bootloader.h"
#include "host/builder.h"
#include "host/images.h"

#define SETUP_LOCK_FOLDER "/run"
#define SETUP_LOCK "vfio-claim.lock"
#define CONFIG_FOLDER "/etc"
#define CONFIG_NAME "vfio-claim.conf"
#define CONFIG_OLD_NAME CONFIG_NAME ".old"
#define CONFIG_OLD_PATH CONFIG_FOLDER "/" CONFIG_OLD_NAME

/* One change of a system's configuration, from one text of the file to another. */
struct change {
	const struct root *root;
	bool is_dry;
	char *old_text; /* NULL: there was no file */
	char *new_text; /* NULL: there shall be none */
	/* What is remembered of cards, before and after; as of KNOWN_PATH, NULL: nothing. */
	bool has_new_cards;
	char *old_cards, *new_cards;
	const struct builder *builder;
	/* To be run after the builder: copies images to where the firmware finds them; or NULL. */
	const char *const *copy_command;
};

/* Is all there that a change needs: root's rights, a builder, images? Says what is not. */
int change_prepare(struct change *change);
/* The first of these alone. */
int change_prepare_as_root(const struct change *change);
/* The lock is held until *ret_lock is closed. EXIT_... after a message. */
int change_lock(const struct root *root, int *ret_lock);

/*
 * Writes the configuration, builds all images anew, opens each and looks whether the new one is
 * in it. When anything fails, the old configuration is put back and what stays is said.
 */
int change_make(struct change *change);
/* As the last, of a configuration that is there already. */
int change_rebuild(struct change *change);

void change_done(struct change *change);

/* Runs a program (NULL: none) and tells of it. EXIT_... after a message. */
int change_run(const char *const *command);

/* Are all images as this text of the configuration asks (NULL: none)? Says nothing. */
bool change_is_in_images(const struct root *root, const char *text);

/* A parameter that the kernel command line lacks ----------------------------------------- */

/* What --apply-cmdline would do, or what is to be done by hand. */
void cmdline_change_show(const struct root *root, const char *parameter);
/* Does it, and notes it for `remove`. EXIT_... after a message. */
int cmdline_change_apply(const struct root *root, const char *parameter);
/* Is there a change that `setup` made? Then: takes it back. */
bool cmdline_change_was_applied(const struct root *root);
int cmdline_change_undo(const struct root *root, bool is_dry);

/* An entry of the boot menu that boots without the claim ----------------------------------- */

struct menu_change {
	const struct root *root;
	struct boot_menu menu;
	bool is_begun;	    /* and not yet finished or put back */
	bool is_written;    /* there is something to put back */
	bool was_there;	    /* GRUB's generator, before */
	const char *folder; /* of GRUB's configuration */
	char *path;	    /* of the entry that is a file; NULL: it is GRUB's */
	char *old_text;	    /* of either, before; NULL: there was none */
};

/* Can there be one? Says why not. */
int menu_change_prepare(const struct root *root, bool is_dry);
/* What menu_change_apply() would do. */
int menu_change_show(const struct root *root);
/*
 * Adds it, or makes it anew. When anything fails, all is put back. EXIT_... after a message. An
 * earlier one by another name stays until the last step has succeeded: either of the following is
 * to be called then.
 */
int menu_change_apply(struct menu_change *change);
int menu_change_finish(struct menu_change *change);
void menu_change_put_back(struct menu_change *change);
void menu_change_done(struct menu_change *change);
/* Where there is one that names a kernel: the newest one. */
int menu_change_renew(const struct root *root);
/* Is there one that `setup` made? Then: takes it away. */
bool menu_change_is_there(const struct root *root);
int menu_change_undo(const struct root *root, bool is_dry);

/*
 * The cards that the arguments name, or that are chosen on the terminal, in the old text's place
 * (NULL: none); `old` is what it was parsed to. EXIT_... after a message.
 */
int setup_choose_cards(const struct cmd *cmd, const struct config *old,
		       const char *old_text, char **ret_text);

/* A question on the terminal: true for y. False without a terminal. */
bool setup_ask(const char *question);

/*
 * Enables our units where they are installed and are not: a package does so, `make install` and
 * a distribution's presets do not. Says what it does, and what cannot be done; never fails.
 */
void units_enable(const struct root *root, bool is_dry);
