/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

#define VF_COUNT_MOST 1024

/* One `vf =` line: how many virtual functions a physical function has, and which of them VMs get. */
struct vf_line {
	struct wanted wanted; /* the physical function */
	unsigned count;
	bool is_taken[VF_COUNT_MOST]; /* virtual function 1 is first */
	/* Of vf_find_physical(). NULL: a finding says why. */
	const struct function *physical;
	bool is_in_conflict; /* with another line */
};

struct vf_lines {
	struct vf_line *items;
	size_t n, capacity;
};

/* Parses the lines of the configuration. A line with an error becomes a finding. 0 or -ENOMEM. */
int MUST_CHECK vf_lines_parse(const struct config *config, struct vf_lines *ret_lines,
			      struct findings *findings);
void vf_lines_done(struct vf_lines *lines);

/*
 * Finds the physical function of each line. Lines that mean the same one, or one that a `gpu =` or
 * `device =` line means, get none, and a finding.
 */
void vf_find_physical(struct vf_lines *lines, const struct config *config,
		      const struct snapshot *snapshot, struct findings *findings);
