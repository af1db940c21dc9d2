/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/load.h"

enum snapshot_depth {
	SNAPSHOT_CONCERNED, /* in detail only what the configuration may mean, and its groups */
	SNAPSHOT_DISPLAYS, /* in detail only the displays' slots and groups; of the rest just what a
			    * list shows, without paths */
	SNAPSHOT_ALL,	   /* every function in detail */
	SNAPSHOT_TOPOLOGY, /* with all of configuration space, for ACS */
};

/*
 * Reads every fact that the plan needs, once: all functions, and details of the slots that the
 * configuration may mean and of their groups. 0 or negative errno; a system without a PCI bus is
 * no error and has no functions.
 */
int MUST_CHECK snapshot_collect(const struct load_sources *sources,
				const struct config *config, enum snapshot_depth depth,
				struct snapshot *ret_snapshot);

/* Reads only the boot id and the kernel release; the rest stays unreadable. 0 or -ENOMEM. */
int MUST_CHECK snapshot_identify(const struct root *root, struct snapshot *ret_snapshot);

/* The kernel release, which names the folder in /lib/modules; to be freed. */
int MUST_CHECK snapshot_read_release(const struct root *root, char **ret_release);
