/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/chain/chain.h"
#include "host/image.h"

/* Their words are a contract: the report's "verified".images[].state. */
enum image_state {
	IMAGE_CURRENT,	     /* agent and the present configuration */
	IMAGE_STALE,	     /* agent, but another configuration */
	IMAGE_WITHOUT_AGENT, /* claims nothing */
	IMAGE_UNREADABLE,
	IMAGE_MISSING, /* a kernel without any image */
};

/* What a kernel unpacks: one file, or several one over the other. */
struct boot_image {
	char *kernel; /* its release; "?": not known */
	char *path; /* for people, of the last file, which is the system's own; NULL: missing */
	struct chain_file *files; /* in order */
	size_t n_files;
	struct chain_file entry_kernel; /* as its entry names it; no path: no entry does */
	enum image_state state;
	struct image holds; /* empty unless the image could be read */
	char *built_at;	    /* NULL: not known */
	/* Problems apart from the state, as clauses for the user; NULL: none. An image may be
	 * current and lack a module. */
	char *problem;
	bool is_broken;	 /* a file of it, or its kernel, is missing or cut off */
	bool is_unnamed; /* no entry of the menu starts it */
	bool is_default; /* the entry that boots when nobody chooses starts it */
	bool is_booted;
	bool is_rescue;	 /* only rescue or fallback entries start it */
	bool is_foreign; /* no builder of this system makes it */
};

struct boot_images {
	struct boot_image *items;
	size_t n, capacity;
	struct chain chain; /* without its mounts */
};

/*
 * The images that the boot chain leads to, and those of installed kernels that no entry names, by kernel. An
 * unreadable image is an item, not an error. config_sha256 is the configuration file's; NULL or "": there is no
 * such file, and an image without one is current. 0, or negative errno when the kernels cannot be listed.
 */
int MUST_CHECK images_read(const struct root *root, const char *config_sha256,
			   struct boot_images *ret_images);

/* The same without opening images: which there are, and whether one is missing. */
int MUST_CHECK images_find(const struct root *root, struct boot_images *ret_images);

void images_done(struct boot_images *images);

const char *image_state_name(enum image_state state);

/*
 * Does it decide whether the configuration is in what boots? An image that no entry names, a rescue image, and one
 * that is built elsewhere do not.
 */
bool boot_image_counts(const struct boot_image *image);
