/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/modules.h"
#include "facts/record.h"

/* Where the facts about loading come from. */
struct load_sources {
	const struct root *root;
	const char *cmdline;
	const struct record *record;
	struct modules *modules;
};

/*
 * Marks every function that an `ids=` of vfio-pci names, on the command line or in the image's
 * record (which should have none). A subsystem that was not read matches any.
 */
void load_mark_reached(const struct load_sources *sources, struct snapshot *snapshot);

/*
 * Chooses the vfio driver module of every function that was read in detail, and finds the first
 * of its dependencies that the kernel would refuse. 0 or -ENOMEM.
 */
int MUST_CHECK load_choose_modules(const struct load_sources *sources,
				   struct snapshot *snapshot);

/* Adds a finding for each `ids=` that the agent leaves out when it loads vfio-pci. */
void load_say_left_out(const struct load_sources *sources, struct findings *findings);
