/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* The contents of an image that concern vfio-claim. */
struct image {
	/* How the image starts the agent: a builder's name or "systemd"; NULL: not known. */
	const char *kind;
	bool has_agent, has_config;
	/* Does the agent run before udev and before any module is loaded? */
	bool is_first;
	char config_sha256[65]; /* "" without a configuration */
	char *record;		/* image-record's text; NULL: none */
	struct strings modules; /* names of the module files, with '_' */
};

/*
 * Reads the whole image. -EBADMSG: not an image, or of an unknown compression; -ENODATA: its end is
 * missing; or another errno of reading.
 */
int MUST_CHECK image_read(const struct root *root, const char *path,
			  struct image *ret_image);
void image_done(struct image *image);
