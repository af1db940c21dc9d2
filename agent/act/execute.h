/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/clock.h"
#include "base/root.h"
#include "act/loader.h"
#include "facts/iomem.h"

/*
 * The executor's operations, on the running system (execute-live.c) or in a test. All return 0
 * or negative errno; -ETIMEDOUT: the call has not come back and may never, and the function must
 * not be touched again.
 */
struct execute_ops {
	int (*write)(void *data, const char *path, const char *text);
	int (*load)(void *data, const char *module);
	int (*read_driver)(void *data, const struct bdf *address, char **ret_driver);
	/* The name of a loaded module's PCI driver. */
	int (*find_driver)(void *data, const char *module, char **ret_driver);
	int (*unbind)(void *data, const struct bdf *address);
	/* A write that may block for ever. */
	int (*write_bounded)(void *data, const char *path, const char *text);
	/*
	 * Removes the function and rescans below its bridge, or its root bus where it has no bridge
	 * (NULL). Afterwards the function has the override that holds it, and all its BARs. On a
	 * failure other than -ETIMEDOUT the function may be gone.
	 */
	int (*rescan)(void *data, const struct bdf *address, const struct bdf *bridge);
	/* As iomem_find_in_bars(). */
	int (*find_in_bars)(void *data, const struct bdf *address,
			    char ret_name[static IOMEM_NAME_SIZE]);
	/* One attribute, without trailing white space. */
	int (*read)(void *data, const char *path, char *buffer, size_t size);
	/* The size of a BAR; 0: it has no address. */
	int (*read_bar)(void *data, const struct bdf *address, unsigned bar,
			uint64_t *ret_size);
	void *data;
};

/*
 * Walks the plan's steps. A failed step is a finding, and its whole card is given back (or held, by
 * policy). The outcome holds what was read back, not what was written.
 */
void execute_plan(const struct config *config, const struct snapshot *snapshot,
		  struct plan *plan, const struct execute_ops *ops,
		  struct outcome *outcome);

/* Gives the console back if it was released for this target of the plan, and adds a finding. */
void execute_return_framebuffer(const struct snapshot *snapshot, size_t target,
				const struct execute_ops *ops, struct outcome *outcome);

/*
 * Undoes the settings that were written to this function, with no driver and before the host's may come.
 * It may be stuck afterwards.
 */
void execute_undo_settings(const struct snapshot *snapshot, size_t index,
			   const struct execute_ops *ops, struct outcome *outcome);

/*
 * Gives functions back after the work was cut short: unbinds VFIO's drivers and clears the overrides
 * (or holds). Touches no other function.
 */
void execute_give_back(const struct bdf *functions, size_t n, enum on_failure policy,
		       const struct execute_ops *ops);

/*
 * Asks vfio-pci to take such functions again when they come back, or come late: the dynamic ids
 * (new_id) of each claimed card, and of each that is awaited, where no other function of this machine
 * has them. Loads vfio-pci for the latter.
 */
void execute_reserve(const struct snapshot *snapshot, const struct plan *plan,
		     const struct execute_ops *ops, const struct outcome *outcome);
/* The opposite, for a function that is given back. A missing id is no error. */
void execute_unreserve(const struct function *function, const struct execute_ops *ops);

struct live {
	const struct root *root;
	struct load_sources sources; /* not needed to give back */
	const struct strings *never; /* modules that no load may insert */
	int64_t deadline_ms;	     /* on the clock of clock_ms() */
	bool is_one_write;	     /* a write may take all the time that is left */
	/* A driver that unbinds too late gets its function back: the system runs on. */
	bool gives_back_late;
};

struct execute_ops execute_live_ops(struct live *live);
