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

/* A file, or a section of one, that a boot loader hands to the kernel. */
struct image_part {
	const struct root *root;
	const char *path;
	uint64_t offset, size; /* 0, 0: the whole file */
};

/*
 * Reads a whole image, whose parts the kernel unpacks one over the other in this order.
 * -EBADMSG: a part is not an image, or of an unknown compression; -ENODATA: a part's end, or the
 * image's /init, is missing; or another errno of reading. Of the file system inside an image of
 * dracut's module "squash": -ENOPKG, -EPROTO, -ETIMEDOUT or -EFBIG (host/tool.h), -EMEDIUMTYPE.
 * *ret_part is then the part's index, or n when no single one is at fault.
 */
int MUST_CHECK image_read_parts(const struct image_part *parts, size_t n,
				struct image *ret_image, size_t *ret_part);
/* The same for one file. */
int MUST_CHECK image_read(const struct root *root, const char *path,
			  struct image *ret_image);
/* What an error of these means, as a clause; NULL: as strerror() says. */
const char *image_error_text(int r);
void image_done(struct image *image);
