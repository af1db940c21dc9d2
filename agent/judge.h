/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "function.h"

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

/* Adds why no IOMMU is at work; nothing when one is. */
void judge_iommu(const struct snapshot *snapshot, const char *subject,
		 struct findings *findings);

/* Functions without a group may yet get one when they are bound. */
bool judge_is_on_probation(const struct snapshot *snapshot);

/* May this target be claimed? Every reason against it is a finding, not only the first. */
enum verdict judge_target(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan, const struct target *target,
			  struct findings *findings);
