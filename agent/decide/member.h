/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

enum membership {
	MEMBER_OURS,	 /* part of a card that is to be claimed */
	MEMBER_HARMLESS, /* a bridge, no driver now or later, vfio-pci, pci-stub */
	MEMBER_BLOCKS,	 /* a host driver is or will be bound */
	MEMBER_BRIDGE_BLOCKS, /* a bridge whose driver manages no DMA for others, e.g. shpchp */
};

/*
 * Judges a member of a group by the kernel's own rule, as if this target (or NULL) and every one
 * with VERDICT_CLAIM were claimed. A member of which too little is known blocks.
 */
enum membership member_judge(const struct snapshot *snapshot, const struct plan *plan,
			     const struct target *target, size_t member);

/* The first member for which VFIO would not accept the group of this target; NULL: none. */
const struct function *member_find_blocker(const struct snapshot *snapshot,
					   const struct plan *plan,
					   const struct target *target,
					   const struct group *group);

/* No host driver is or will be bound in the group once the target is claimed. */
bool member_is_group_isolated(const struct snapshot *snapshot, const struct plan *plan,
			      const struct target *target, const struct group *group);

/* Counts the card that is being judged, whatever its verdict will be. */
bool is_to_be_claimed(const struct plan *plan, const struct target *judged, size_t member);
