/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "host/vfio.h"
#include "model/model.h"

struct report;
struct boot_images;

struct verify {
	const struct root *root;
	const struct config *config; /* the present one, with the kernel command line */
	const struct vfio_ops *vfio; /* NULL: do not ask VFIO */
	/* An image has the present configuration since this boot began; before the images were opened:
	 * may have. */
	bool is_renewed;
	const char *at; /* the time, UTC */
};

/*
 * Checks this boot's report against the machine and adds "verified" to it (docs/design.md), without the
 * boot images. 0 or -ENOMEM.
 */
int MUST_CHECK verify_report(const struct verify *verify, struct report *report);

/*
 * Adds what the images hold, and judges again. 0, -EINVAL: the report is not verified yet, or -ENOMEM.
 */
int MUST_CHECK verify_images(const struct verify *verify,
			     const struct boot_images *images, struct report *report);

/* Adds that the images could not be judged, because of the file at `path`. The same errors. */
int MUST_CHECK verify_images_unjudged(struct report *report, const char *path,
				      const char *why);

/* A report for a boot in which the agent did not run. NULL: no memory. */
struct report *verify_make_report(const struct root *root, const struct config *config);
