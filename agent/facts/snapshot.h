/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/load.h"

enum snapshot_depth {
	SNAPSHOT_CONCERNED, /* in detail only what the configuration may mean, and its groups */
	SNAPSHOT_DISPLAYS, /* the displays' slots and groups in detail, of all others no more than a
			    * list shows: not even the way to them */
	SNAPSHOT_ALL,	   /* every function in detail */
	SNAPSHOT_TOPOLOGY, /* and all of configuration space, for ACS */
};

/*
 * Everything the plan is made from, read once: all functions, and in detail the slots that the
 * configuration may mean and the groups these lie in. 0, or negative errno (no PCI bus is no
 * error: there are no functions then).
 */
int MUST_CHECK snapshot_collect(const struct load_sources *sources,
				const struct config *config, enum snapshot_depth depth,
				struct snapshot *ret_snapshot);

/* Only which boot and kernel this is; everything else stays unreadable. 0 or -ENOMEM. */
int MUST_CHECK snapshot_identify(const struct root *root, struct snapshot *ret_snapshot);

/* The kernel release of this system, to be freed: what /lib/modules is named after. */
int MUST_CHECK snapshot_read_release(const struct root *root, char **ret_release);
