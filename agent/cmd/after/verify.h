/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "host/vfio.h"
#include "model/model.h"

struct report;
struct boot_images;

struct verify {
	const struct root *root;
	const struct config *config;	  /* as it is now, with the kernel command line */
	const struct vfio_ops *vfio;	  /* NULL: VFIO is not asked */
	const struct boot_images *images; /* NULL: not looked at */
	const char *at;			  /* the time, UTC */
};

/*
 * Reads back what this boot's report says and adds "verified" to it (docs/design.md).
 * 0 or -ENOMEM.
 */
int MUST_CHECK verify_report(const struct verify *verify, struct report *report);

/* The report of a boot in which the agent did not run. NULL: no memory. */
struct report *verify_make_report(const struct root *root, const struct config *config);
