/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/clock.h"
#include "base/root.h"
#include "boot/loader.h"
#include "facts/iomem.h"

/*
 * The executor's hands: the running system (execute-live.c), or a test's. All return 0 or
 * negative errno.
 */
struct execute_ops {
	int (*write)(void *data, const char *path, const char *text);
	int (*load)(void *data, const char *module);
	int (*read_driver)(void *data, const struct bdf *address, char **ret_driver);
	/* The name that a loaded module's PCI driver goes by. */
	int (*find_driver)(void *data, const char *module, char **ret_driver);
	/* -ETIMEDOUT: it has not come back and may never; the function must not be touched. */
	int (*unbind)(void *data, const struct bdf *address);
	/* A write that may block for ever. -ETIMEDOUT as above. */
	int (*write_bounded)(void *data, const char *path, const char *text);
	/*
	 * Removes the function and has the bridge above it look again, or its root bus where there
	 * is no bridge (NULL). The function has the override that holds it then, and all the BARs
	 * that it had. -ETIMEDOUT as above; on any other failure it may be gone.
	 */
	int (*rescan)(void *data, const struct bdf *address, const struct bdf *bridge);
	/* As iomem_find_in_bars(). */
	int (*find_in_bars)(void *data, const struct bdf *address,
			    char ret_name[static IOMEM_NAME_SIZE]);
	void *data;
};

/*
 * Walks the plan's steps. What fails is a finding, and its whole card is given back (or held,
 * by policy); the outcome's results are what was read back, not what was written.
 */
void execute_plan(const struct config *config, const struct snapshot *snapshot,
		  struct plan *plan, const struct execute_ops *ops,
		  struct outcome *outcome);

/* Gives the console back when it was taken off for this target of the plan, and says so. */
void execute_return_framebuffer(const struct snapshot *snapshot, size_t target,
				const struct execute_ops *ops, struct outcome *outcome);

/*
 * Gives functions back after the work was cut short: no function that vfio-pci has keeps it,
 * and overrides are cleared (or held). Touches nothing beyond these functions.
 */
void execute_give_back(const struct bdf *functions, size_t n, enum on_failure policy,
		       const struct execute_ops *ops);

struct live {
	const struct root *root;
	const struct record *record; /* neither is needed to give back */
	struct modules *modules;
	const struct strings *never; /* modules that no load may insert */
	int64_t deadline_ms;	     /* on the clock of clock_ms() */
};

struct execute_ops execute_live_ops(struct live *live);
