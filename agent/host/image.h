/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* What of an image's contents concerns us. */
struct image {
	/* Who starts the agent in it, by what it holds: a builder's name or "systemd"; NULL: not known. */
	const char *kind;
	bool has_agent, has_config;
	/* Does the agent run before udev and before any module is loaded? */
	bool is_first;
	char config_sha256[65]; /* "" without a configuration */
	char *record;		/* image-record's text; NULL: none */
	struct strings modules; /* names with '_', by the files */
};

/*
 * Reads the whole image. -EBADMSG when it is none, or of a compression that is not known here,
 * -ENODATA when its end is missing; or what reading failed with.
 */
int MUST_CHECK image_read(const struct root *root, const char *path,
			  struct image *ret_image);
void image_done(struct image *image);
