/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * Adds a finding for each member that keeps VFIO from accepting this group; of a member with the
 * finding RIVAL_BOUND none. Returns how many block it, or negative errno.
 */
int MUST_CHECK verify_group_blockers(const struct root *root, int number,
				     struct findings *findings);
/* The same, or adds a finding about `subject` if no member is found. */
void verify_group_members(const struct root *root, int number, const char *subject,
			  struct findings *findings);
