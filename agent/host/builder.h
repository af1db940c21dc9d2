/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "base/text.h"

/* A path with a kernel's release, or its package's name, in the middle. */
struct around {
	const char *before, *after;
};

/* How an image of one builder starts the agent; no `order`: as systemd does, or not at all. */
struct builder_start {
	/* The file in the image that says what runs first. With '/' at its end: a folder whose files
	 * run in the order of their names; the first name counts as the text. */
	const char *order;
	const char *word; /* the file is the builder's where this is in it; NULL: always */
	const char *script; /* of ours, which must be in the image too; or NULL */
	/* Is ours the first, before udev and before any module is loaded? */
	bool (*is_first)(const char *order);
};

/* All in which builders of boot images differ. */
struct builder {
	const char *name; /* for people */
	/* It builds this system's images where all of these are there; NULL: is not asked for. */
	const char *programs[2], *file;
	/* Arguments of the program that builds every kernel's image; NULL: not to be run from
	 * here, `why` says why and what to do. */
	const char *const *command;
	const char *why;
	/* Its images, by the kernel's release and by the kernel's package. */
	struct around images[2], package_images[2];
	struct builder_start start;
};

/* In order of precedence; rows without a name are no builders. */
#define BUILDERS_MAX 8
extern const struct builder builders[BUILDERS_MAX];

/* Never fails: a row without a command says what is missing. */
const struct builder *builder_find(const struct root *root);

/*
 * Unified kernel images: kernel and image in one file that was made elsewhere or apart from the
 * images above. 0 or -ENOMEM.
 */
int MUST_CHECK builder_find_unified(const struct root *root, struct strings *ret_paths);
