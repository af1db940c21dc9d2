/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/image.h"

/* The words for these are a contract: the report's "verified".images[].state. */
enum image_state {
	IMAGE_CURRENT,	     /* agent and the present configuration */
	IMAGE_STALE,	     /* agent, but another configuration */
	IMAGE_WITHOUT_AGENT, /* claims nothing */
	IMAGE_UNREADABLE,
	IMAGE_MISSING, /* a kernel without any image */
};

/* One image of an installed kernel. A kernel may have several; it has one entry at least. */
struct boot_image {
	char *kernel;
	char *path; /* NULL: missing */
	enum image_state state;
	struct image holds; /* nothing unless it could be read */
	char *built_at;	    /* NULL: not known */
	/* What is wrong beside the state, as sentences for people; NULL: nothing. An image may be
	 * current and lack a module. */
	char *problem;
};

struct boot_images {
	struct boot_image *items;
	size_t n, capacity;
};

/*
 * Every installed kernel's images, by kernel; an image that cannot be read is an entry, no
 * error. config_sha256 is that of the configuration file, NULL or "" when there is none; then
 * an image without one is current. 0, or negative errno when kernels cannot be looked for.
 */
int MUST_CHECK images_read(const struct root *root, const char *config_sha256,
			   struct boot_images *ret_images);

/* The same without opening images: kernel and path alone, the state missing or current. */
int MUST_CHECK images_find(const struct root *root, struct boot_images *ret_images);

void images_done(struct boot_images *images);

const char *image_state_name(enum image_state state);
