// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Would VFIO accept the groups of this card, by the kernel's own rule? Pure, like judge.c.
 */
#include "decide/judge-parts.h"

#include "decide/acs.h"
#include "decide/extent.h"
#include "decide/kernel.h"
#include "decide/member.h"
#include "decide/needs.h"

#include <stdio.h>

static enum finding_code blocking_code(const struct snapshot *snapshot,
				       const struct function *function)
{
	unsigned base = CLASS_BASE(function->class);

	if (function->is_needed ||
	    (base != BASE_NETWORK && is_needed_or_in_doubt(snapshot, function)))
		return FINDING_GROUP_HOLDS_BOOT_DISK;
	if (base == BASE_NETWORK)
		return FINDING_GROUP_HOLDS_NETWORK;
	return FINDING_GROUP_SHARED;
}

static const char *driver_words(const struct function *function, char *buffer, size_t size)
{
	if (function->driver)
		snprintf(buffer, size, "driver %s has it", function->driver);
	else if (function->rivals.n)
		snprintf(buffer, size, "driver module %s would take it",
			 function->rivals.items[0]);
	else
		snprintf(buffer, size, "what would drive it is not known");
	return buffer;
}

/* claim-all is no advice where it would not take the function, nor where it is set already. */
static const char *sharing_remedy(const struct judgement *judgement,
				  const struct function *function, enum finding_code code)
{
	unsigned base = CLASS_BASE(function->class);
	const struct function *ours = target_function(judgement, 0);
	bool is_same_slot = bdf_is_same_slot(&function->address, &ours->address);
	bool would_take = code == FINDING_GROUP_SHARED && base != BASE_STORAGE &&
			  base != BASE_NETWORK && base != BASE_BRIDGE &&
			  (!is_gpu(function) || is_same_slot) &&
			  judgement->config->shared_group != SHARED_GROUP_CLAIM_ALL;

	if (code == FINDING_GROUP_HOLDS_BOOT_DISK && !function->is_needed)
		return "run 'vfio-claim setup --rebuild' on the running system, so that the image "
		       "knows what the host boots from; or move one of the two to another slot";
	if (extent_may_be_part(judgement->snapshot, ours, function))
		return would_take ?
			       "it lies below the same switch and may be part of this card: give it a "
			       "'device =' line; or set 'shared-group = claim-all'" :
			       "it lies below the same switch and may be part of this card: give it a "
			       "line of its own";
	if (is_same_slot)
		return would_take ?
			       "it is part of the same slot: set 'shared-group = claim-all' to give it "
			       "to the VM too" :
			       "it is part of the same slot and must stay with the host: this card "
			       "cannot be given to a VM here";
	return would_take ?
		       "move the card to another slot ('vfio-claim explain' shows why they share); "
		       "or set 'shared-group = claim-all' to give this function to the VM too" :
		       "move one of the two to another slot ('vfio-claim explain' shows why they "
		       "share)";
}

static void say_blocked(const struct judgement *judgement, const struct group *group,
			const struct function *function, enum severity severity)
{
	enum finding_code code = blocking_code(judgement->snapshot, function);
	bool is_in_doubt = code == FINDING_GROUP_HOLDS_BOOT_DISK && !function->is_needed;
	char subject[PCI_ADDRESS_SIZE], theirs[PCI_ADDRESS_SIZE], driver[128];

	findings_add_as(judgement->findings, severity, code,
			bdf_format(&target_function(judgement, 0)->address, subject),
			sharing_remedy(judgement, function, code),
			"group %d also holds %s, %04x:%04x class %04x: %s%s%s%s",
			group->number, bdf_format(&function->address, theirs),
			function->id.vendor, function->id.device, function->class >> 8,
			driver_words(function, driver, sizeof(driver)),
			function->used_for ? ", used for: " : "",
			function->used_for ? function->used_for : "",
			is_in_doubt ? "; the host may boot from it, which is not known" :
				      "");
}

static bool judge_group(const struct judgement *judgement, const struct group *group)
{
	bool is_alone_claimed = judgement->config->shared_group == SHARED_GROUP_GPU_ONLY;
	bool is_viable = true;

	for (size_t i = 0; i < group->n_members; i++) {
		const struct function *function =
			&judgement->snapshot->functions[group->members[i]];
		char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];

		switch (member_judge(judgement->snapshot, judgement->plan,
				     judgement->target, group->members[i])) {
		case MEMBER_OURS:
		case MEMBER_HARMLESS:
			break;
		case MEMBER_BLOCKS:
			say_blocked(judgement, group, function,
				    is_alone_claimed ? SEVERITY_WARNING : SEVERITY_ERROR);
			is_viable = is_alone_claimed && is_viable;
			break;
		case MEMBER_BRIDGE_BLOCKS:
			findings_add_as(judgement->findings,
					is_alone_claimed ? SEVERITY_WARNING : SEVERITY_ERROR,
					FINDING_GROUP_BRIDGE_DRIVER,
					bdf_format(&target_function(judgement, 0)->address,
						   subject),
					REMEDY_BRIDGE_DRIVER,
					"group %d also holds the bridge %s, and driver %s has it, "
					"which VFIO does not accept",
					group->number,
					bdf_format(&function->address, address),
					function->driver);
			is_viable = is_alone_claimed && is_viable;
			break;
		}
	}
	return is_viable;
}

/* A plain `direct` region: VFIO refuses with EPERM (Intel up to 6.5) or EINVAL (all since). */
static bool is_free_of_direct_regions(const struct judgement *judgement,
				      const struct group *group)
{
	bool is_refused = judgement->snapshot->iommu.kind == IOMMU_INTEL ||
			  !is_kernel_before(judgement->snapshot, 6, 6);
	char subject[PCI_ADDRESS_SIZE];

	if (group->reserved_fact == FACT_UNREADABLE) {
		findings_add(judgement->findings, FINDING_RESERVED_DIRECT,
			     bdf_format(&target_function(judgement, 0)->address, subject),
			     NULL,
			     "/sys/kernel/iommu_groups/%d/reserved_regions cannot be read",
			     group->number);
		return false;
	}
	if (group->reserved_fact != FACT_KNOWN || !group->has_reserved_direct)
		return true;
	findings_add_as(judgement->findings, is_refused ? SEVERITY_ERROR : SEVERITY_WARNING,
			FINDING_RESERVED_DIRECT,
			bdf_format(&target_function(judgement, 0)->address, subject),
			"update the firmware, or ask the board's maker: it reserves memory of this "
			"function for itself (RMRR or IVMD)",
			"the firmware wants memory of group %d mapped one to one; %s",
			group->number,
			is_refused ? "VFIO does not give such a group to a VM" :
				     "kernels since 6.6 will refuse it");
	return !is_refused;
}

/*
 * Behind a virtio-iommu a function is in no group until a driver probes it: whoever would join
 * the card's group later is found by the kernel's own rule. What can't be told counts.
 */
static bool is_free_of_late_members(const struct judgement *judgement)
{
	const struct snapshot *snapshot = judgement->snapshot;
	bool is_alone_claimed = judgement->config->shared_group == SHARED_GROUP_GPU_ONLY;
	bool is_free = true;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];
		char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];

		if (function->group_fact == FACT_KNOWN || is_bridge(function) ||
		    member_judge(snapshot, judgement->plan, judgement->target, i) !=
			    MEMBER_BLOCKS ||
		    acs_predict_shared(snapshot, judgement->target->functions[0], i) ==
			    FACT_ABSENT)
			continue;
		findings_add_as(judgement->findings,
				is_alone_claimed ? SEVERITY_WARNING : SEVERITY_ERROR,
				blocking_code(snapshot, function),
				bdf_format(&target_function(judgement, 0)->address, subject),
				sharing_remedy(judgement, function, FINDING_GROUP_SHARED),
				"%s, %04x:%04x class %04x, will be in the same group once a "
				"driver has it",
				bdf_format(&function->address, address),
				function->id.vendor, function->id.device,
				function->class >> 8);
		is_free = is_alone_claimed && is_free;
	}
	return is_free;
}

bool are_groups_viable(const struct judgement *judgement)
{
	bool is_viable = true;

	for (size_t i = 0; i < judgement->target->n_groups; i++) {
		const struct group *group =
			snapshot_group(judgement->snapshot, judgement->target->groups[i]);

		if (!group) /* said by is_remapped() */
			return false;
		if (!judge_group(judgement, group))
			is_viable = false;
		if (!is_free_of_direct_regions(judgement, group))
			is_viable = false;
	}
	if (is_group_deferred(judgement->snapshot) && !is_free_of_late_members(judgement))
		is_viable = false;
	return is_viable;
}

/*
 * The out-of-tree patch behind pcie_acs_override= splits groups that the hardware does not
 * isolate. Stock kernels pass over the parameter, so both must be there: the token, and a group
 * that the ports' own ACS cannot explain.
 */
void note_acs_override(const struct judgement *judgement)
{
	const struct snapshot *snapshot = judgement->snapshot;
	size_t ours = judgement->target->functions[0];

	if (!snapshot->has_acs_override)
		return;
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];
		char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];

		if (function->group_fact != FACT_KNOWN ||
		    function->group == snapshot->functions[ours].group ||
		    acs_predict_shared(snapshot, ours, i) != FACT_KNOWN)
			continue;
		findings_add(judgement->findings, FINDING_ACS_OVERRIDE,
			     bdf_format(&snapshot->functions[ours].address, subject),
			     "take pcie_acs_override= away, or trust the VM as you trust the host",
			     "the kernel was told to split groups: by its ports' ACS this function "
			     "would share one with %s, and DMA between them is not kept apart",
			     bdf_format(&function->address, address));
		return;
	}
}
