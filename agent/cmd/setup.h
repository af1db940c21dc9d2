/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `setup` and `remove` share: the images, and the kernel command line. */
#pragma once

#include "bootloader.h"
#include "builder.h"
#include "cmd.h"
#include "images.h"

#define SETUP_LOCK_PATH "/run/vfio-claim.lock"
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
	struct builder builder;
};

/* Is all there that a change needs: root's rights, a builder, images? Says what is not. */
int change_prepare(struct change *change);
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

/* A question on the terminal: true for y. False without a terminal. */
bool setup_ask(const char *question);
