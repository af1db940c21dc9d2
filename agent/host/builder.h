/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "base/text.h"
#include "host/recipe.h"

/* A path with a kernel's release, or its package's name, in the middle. */
struct around {
	const char *before, *after;
};

/* How one builder's images start the agent; no `order`: through systemd, or not at all. */
struct builder_start {
	/* The file in the image that sets the order of scripts. With a '/' at its end: a folder whose
	 * files run in the order of their names; the first name is then the text. */
	const char *order;
	const char *word;   /* marks the file as this builder's; NULL: it always is */
	const char *script; /* our script, which must be in the image too; or NULL */
	/* Does the agent run first, before udev and before any module is loaded? */
	bool (*is_first)(const char *order);
};

/* All that differs between builders of boot images. */
struct builder {
	const char *name; /* for people */
	/* The builder is in use where all of these exist; NULL: not required. */
	const char *programs[2], *file;
	bool (*is_this)(const struct root *root); /* asked last; NULL: it is */
	/* The command that builds every kernel's image; NULL: none may be run here, and `why`. */
	const char *const *command;
	const char *why;
	const struct recipe *recipe; /* what a person does instead; NULL: nothing is known */
	/* In the line that it prints when it begins an image; the line also names the kernel. */
	const char *begins;
	/* Paths of its images, by the kernel's release and by the kernel's package. */
	struct around images[2], package_images[2];
	struct builder_start start;
};

/* In order of precedence. Rows without a name are empty. */
#define BUILDERS_MAX 16
extern const struct builder builders[BUILDERS_MAX];

/* Never fails: the last row stands for no builder. */
const struct builder *builder_find(const struct root *root);

/* What remedies of this system say in place of "run 'vfio-claim setup --rebuild'"; NULL: just that. */
const char *builder_find_way(const struct root *root);
