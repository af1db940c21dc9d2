/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/function.h"

bool is_kernel_before(const struct snapshot *snapshot, unsigned major, unsigned minor);

#define REMEDY_BRIDGE_DRIVER                                                                  \
	"keep this driver from the bridge (for shpchp: initcall_blacklist=shpcd_init on the " \
	"kernel command line)"

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
enum membership judge_member(const struct snapshot *snapshot, const struct plan *plan,
			     const struct target *target, size_t member);

/* The first member of the group that VFIO would not accept beside this target; NULL: none. */
const struct function *judge_find_blocker(const struct snapshot *snapshot,
					  const struct plan *plan,
					  const struct target *target,
					  const struct group *group);

/* Nothing in the group is or will be driven by the host once the target is claimed. */
bool judge_is_isolated(const struct snapshot *snapshot, const struct plan *plan,
		       const struct target *target, const struct group *group);

/* Adds why no IOMMU is at work; nothing when one is. */
void judge_iommu(const struct snapshot *snapshot, const char *subject,
		 struct findings *findings);

/* Functions without a group may yet get one when they are bound. */
bool judge_is_on_probation(const struct snapshot *snapshot);

/* The host's boot hangs on it; or may do so, where that is not known. */
bool judge_is_needed_or_in_doubt(const struct snapshot *snapshot,
				 const struct function *function);

/*
 * The display function without which the host would have no picture if all that the lines ask for
 * were done, an index; SIZE_MAX: another one stays, or none of these shows anything.
 */
size_t displays_find_last(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan);

/* Says of the card that this display, which it has or takes along, is the last one. */
void judge_last_display(const struct config *config, const struct function *card,
			const struct function *display, struct findings *findings);

/* Why this target must not be held, whatever `on-failure` says; NULL: it may be. */
const char *judge_no_hold(const struct snapshot *snapshot, const struct target *target,
			  size_t last_display);

bool target_has_function(const struct target *target, size_t index);

/* May this target be claimed, as far as it does not hang on the host's displays? Every reason against it is a finding, not only the first. */
enum verdict judge_target(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan, const struct target *target,
			  struct findings *findings);
