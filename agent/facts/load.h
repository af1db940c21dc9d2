/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/modules.h"
#include "facts/record.h"

/* Sources of the facts about module loading. */
struct load_sources {
	const struct root *root;
	const char *cmdline;
	const struct record *record;
	struct modules *modules;
};

/*
 * Marks every function that vfio-pci's `ids=` names on the command line or in the image record
 * (which should have none). An unread subsystem matches any.
 */
void load_mark_reached(const struct load_sources *sources, struct snapshot *snapshot);

/*
 * Chooses the vfio driver module of every function with details, and finds the first of its
 * dependencies that the kernel would refuse. 0 or -ENOMEM.
 */
int MUST_CHECK load_choose_modules(const struct load_sources *sources,
				   struct snapshot *snapshot);

/* Adds a finding for each `ids=` that the agent omits when it loads vfio-pci. */
void load_say_left_out(const struct load_sources *sources, struct findings *findings);
