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
	const struct boot_images *images; /* NULL: do not check */
	bool is_renewed; /* an image has the present configuration since this boot began */
	const char *at;	 /* the time, UTC */
};

/*
 * Checks this boot's report against the machine and adds "verified" to it (docs/design.md).
 * 0 or -ENOMEM.
 */
int MUST_CHECK verify_report(const struct verify *verify, struct report *report);

/* Did the agent run in this boot? Otherwise verify_make_report() has made the report. */
bool verify_has_run(const struct report *report);

/* A report for a boot in which the agent did not run. NULL: no memory. */
struct report *verify_make_report(const struct root *root, const struct config *config);
