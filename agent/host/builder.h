/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

enum builder_kind {
	BUILDER_NONE,
	BUILDER_INITRAMFS_TOOLS,
	BUILDER_DRACUT,
	BUILDER_MKINITCPIO,
	BUILDER_RPM_OSTREE,
};

/* What builds this system's boot images, and how all of them are built anew. */
struct builder {
	enum builder_kind kind;
	const char *name; /* for people */
	/* Arguments of the program that builds every kernel's image; NULL: not to be run from
	 * here, `why` says why and what to do. */
	const char *const *command;
	/* To be run after it: copies the images to where the firmware finds them; or NULL. */
	const char *const *copy_command;
	const char *why;
};

/* Never fails: no builder is an answer. */
void builder_find(const struct root *root, struct builder *ret_builder);

/*
 * Unified kernel images: kernel and image in one file that was made elsewhere or apart from the
 * images above. 0 or -ENOMEM.
 */
int MUST_CHECK builder_find_unified(const struct root *root, struct strings *ret_paths);
