/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/image.h"

/* Their words are a contract: the report's "verified".images[].state. */
enum image_state {
	IMAGE_CURRENT,	     /* agent and the present configuration */
	IMAGE_STALE,	     /* agent, but another configuration */
	IMAGE_WITHOUT_AGENT, /* claims nothing */
	IMAGE_UNREADABLE,
	IMAGE_MISSING, /* a kernel without any image */
};

/* One image of an installed kernel. A kernel has at least one entry, and may have several. */
struct boot_image {
	char *kernel;
	char *path; /* NULL: missing */
	enum image_state state;
	struct image holds; /* empty unless the image could be read */
	char *built_at;	    /* NULL: not known */
	/* Problems apart from the state, as clauses for the user; NULL: none. An image may be
	 * current and lack a module. */
	char *problem;
};

struct boot_images {
	struct boot_image *items;
	size_t n, capacity;
};

/*
 * Every installed kernel's images, by kernel. An unreadable image is an entry, not an error.
 * config_sha256 is the configuration file's; NULL or "": there is no such file, and an image without
 * one is current. 0, or negative errno when the kernels cannot be listed.
 */
int MUST_CHECK images_read(const struct root *root, const char *config_sha256,
			   struct boot_images *ret_images);

/* The same without opening images: kernel, path, and whether the image is missing. */
int MUST_CHECK images_find(const struct root *root, struct boot_images *ret_images);

void images_done(struct boot_images *images);

const char *image_state_name(enum image_state state);
