// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges each member of an IOMMU group as VFIO does, by the kernel's own rule. Pure. */
#include "decide/member.h"

#include "decide/kernel.h"
#include "model/function.h"

bool is_to_be_claimed(const struct plan *plan, const struct target *judged, size_t member)
{
	if (judged && target_has_function(judged, member))
		return true;
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].verdict == VERDICT_CLAIM && !plan->targets[i].is_lost &&
		    target_has_function(&plan->targets[i], member))
			return true;
	return false;
}

enum membership member_judge(const struct snapshot *snapshot, const struct plan *plan,
			     const struct target *target, size_t member)
{
	const struct function *function = &snapshot->functions[member];

	if (is_to_be_claimed(plan, target, member))
		return MEMBER_OURS;
	if (!function->detailed || function->driver_fact == FACT_UNREADABLE)
		return MEMBER_BLOCKS;
	if (function->driver_fact == FACT_KNOWN &&
	    (is_vfio_driver(function->driver) || streq(function->driver, "pci-stub")))
		return MEMBER_HARMLESS;
	if (is_bridge(function)) {
		/* drivers/vfio/vfio.c up to 5.18 ignores bridges. Since then a bridge's driver
		 * counts unless it sets driver_managed_dma: pcieport does, shpchp does not. */
		if (function->driver_fact == FACT_ABSENT ||
		    streq(function->driver, "pcieport") ||
		    is_kernel_before(snapshot, 5, 19))
			return MEMBER_HARMLESS;
		return MEMBER_BRIDGE_BLOCKS;
	}
	if (function->driver_fact == FACT_KNOWN)
		return MEMBER_BLOCKS;
	if (CLASS_SUB(function->class) == SUB_HOST_BRIDGE)
		return MEMBER_HARMLESS;
	return function->rivals.n || !function->modalias ||
			       function->rivals_fact != FACT_KNOWN ?
		       MEMBER_BLOCKS :
		       MEMBER_HARMLESS;
}

const struct function *member_find_blocker(const struct snapshot *snapshot,
					   const struct plan *plan,
					   const struct target *target,
					   const struct group *group)
{
	for (size_t i = 0; i < group->n_members; i++) {
		enum membership membership =
			member_judge(snapshot, plan, target, group->members[i]);

		if (membership == MEMBER_BLOCKS || membership == MEMBER_BRIDGE_BLOCKS)
			return &snapshot->functions[group->members[i]];
	}
	return NULL;
}

bool member_is_group_isolated(const struct snapshot *snapshot, const struct plan *plan,
			      const struct target *target, const struct group *group)
{
	return group && group->n_members && !group->n_unknown && !group->is_noiommu &&
	       !member_find_blocker(snapshot, plan, target, group);
}
