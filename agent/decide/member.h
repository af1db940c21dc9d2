/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

enum membership {
	MEMBER_OURS,	 /* of a card that is to be claimed too */
	MEMBER_HARMLESS, /* a bridge, no driver here or to come, vfio-pci, pci-stub */
	MEMBER_BLOCKS,	 /* a host driver has it or will take it */
	MEMBER_BRIDGE_BLOCKS, /* a bridge whose driver manages no DMA for others, e.g. shpchp */
};

/*
 * What a member of a group means for VFIO, by the kernel's own rule, once this target (or NULL)
 * and every one with VERDICT_CLAIM is claimed. Where it can't be known it blocks.
 */
enum membership member_judge(const struct snapshot *snapshot, const struct plan *plan,
			     const struct target *target, size_t member);

/* The first member of the group that VFIO would not accept beside this target; NULL: none. */
const struct function *member_find_blocker(const struct snapshot *snapshot,
					   const struct plan *plan,
					   const struct target *target,
					   const struct group *group);

/* Nothing in the group is or will be driven by the host once the target is claimed. */
bool member_is_group_isolated(const struct snapshot *snapshot, const struct plan *plan,
			      const struct target *target, const struct group *group);

/* With the card that is being judged, whatever its verdict will be. */
bool is_to_be_claimed(const struct plan *plan, const struct target *judged, size_t member);
