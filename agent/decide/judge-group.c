// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges whether VFIO would accept the groups of one card, by the kernel's own rule. Pure. */
#include "decide/judge-parts.h"

#include "decide/acs.h"
#include "decide/extent.h"
#include "decide/kernel.h"
#include "decide/member.h"
#include "decide/needs.h"
#include "model/finding.h"

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
		snprintf(buffer, size, CLAUSE_BOUND, function->driver);
	else if (function->rivals.n)
		snprintf(buffer, size, CLAUSE_WOULD_BIND, function->rivals.items[0]);
	else
		snprintf(buffer, size, CLAUSE_DRIVER_UNKNOWN);
	return buffer;
}

static bool is_taken_by_claim_all(const struct judgement *judgement,
				  const struct function *function)
{
	unsigned base = CLASS_BASE(function->class);
	const struct function *ours = target_function(judgement, 0);

	return blocking_code(judgement->snapshot, function) == FINDING_GROUP_SHARED &&
	       base != BASE_STORAGE && base != BASE_NETWORK && base != BASE_BRIDGE &&
	       (!is_gpu(function) || bdf_is_same_slot(&function->address, &ours->address));
}

/* Only if claim-all is not set already and takes every member that blocks: one that stays with the
 * host would block the group all the same. A group that is not formed yet: NULL. */
static bool would_claim_all_help(const struct judgement *judgement,
				 const struct group *group)
{
	if (judgement->config->shared_group == SHARED_GROUP_CLAIM_ALL)
		return false;
	for (size_t i = 0; group && i < group->n_members; i++) {
		size_t index = group->members[i];
		enum membership membership = member_judge(judgement->snapshot,
							  judgement->plan,
							  judgement->target, index);

		if (membership == MEMBER_BRIDGE_BLOCKS ||
		    (membership == MEMBER_BLOCKS &&
		     !is_taken_by_claim_all(judgement,
					    &judgement->snapshot->functions[index])))
			return false;
	}
	return true;
}

static const char *sharing_remedy(const struct judgement *judgement,
				  const struct group *group,
				  const struct function *function, enum finding_code code)
{
	const struct function *ours = target_function(judgement, 0);
	bool is_same_slot = bdf_is_same_slot(&function->address, &ours->address);
	bool would_help = is_taken_by_claim_all(judgement, function) &&
			  would_claim_all_help(judgement, group);

	if (code == FINDING_GROUP_HOLDS_BOOT_DISK && !function->is_needed)
		return is_same_slot ? REMEDY_KNOW_NEEDS : REMEDY_SHARED_REBUILD;
	if (extent_may_be_part(judgement->snapshot, ours, function))
		return would_help ? REMEDY_SHARED_SWITCH_ALL : REMEDY_SHARED_SWITCH;
	if (is_same_slot)
		return would_help ? REMEDY_SHARED_SLOT_ALL : REMEDY_SHARED_SLOT;
	return would_help ? REMEDY_SHARED_ALL : REMEDY_SHARED;
}

static void add_blocked_finding(const struct judgement *judgement,
				const struct group *group,
				const struct function *function, enum severity severity)
{
	enum finding_code code = blocking_code(judgement->snapshot, function);
	bool is_in_doubt = code == FINDING_GROUP_HOLDS_BOOT_DISK && !function->is_needed;
	char subject[PCI_ADDRESS_SIZE], theirs[PCI_ADDRESS_SIZE], driver[128];

	findings_add_as(judgement->findings, severity,
			bdf_format(&target_function(judgement, 0)->address, subject), code,
			sharing_remedy(judgement, group, function, code), TEXT_GROUP_HOLDS,
			group->number, bdf_format(&function->address, theirs),
			function->id.vendor, function->id.device, function->class >> 8,
			driver_words(function, driver, sizeof(driver)),
			function->used_for ? CLAUSE_USED_FOR : "",
			function->used_for ? function->used_for : "",
			is_in_doubt ? CLAUSE_MAY_BOOT : "");
}

static bool judge_group(const struct judgement *judgement, const struct group *group)
{
	bool is_alone_claimed = judgement->config->shared_group == SHARED_GROUP_GPU_ONLY;
	enum severity severity = is_alone_claimed ? SEVERITY_WARNING : SEVERITY_ERROR;
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
			add_blocked_finding(judgement, group, function, severity);
			is_viable = is_alone_claimed && is_viable;
			break;
		case MEMBER_BRIDGE_BLOCKS:
			findings_add_as(judgement->findings, severity,
					bdf_format(&target_function(judgement, 0)->address,
						   subject),
					SAY_BRIDGE_BLOCKS, group->number,
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

	bdf_format(&target_function(judgement, 0)->address, subject);
	if (group->reserved_fact == FACT_UNREADABLE) {
		findings_add(judgement->findings, subject, SAY_REGIONS_UNREADABLE,
			     group->number);
		return false;
	}
	if (group->reserved_fact != FACT_KNOWN || !group->has_reserved_direct)
		return true;
	if (is_refused)
		findings_add(judgement->findings, subject, SAY_RESERVED, group->number);
	else
		findings_add_as(judgement->findings, SEVERITY_WARNING, subject,
				SAY_RESERVED_LATER, group->number);
	return !is_refused;
}

/*
 * Behind some IOMMUs a function joins its group only when a driver probes it. The kernel's own
 * rule tells which functions will join the card's group; an unknown answer counts as yes.
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
				bdf_format(&target_function(judgement, 0)->address, subject),
				blocking_code(snapshot, function),
				sharing_remedy(judgement, NULL, function,
					       blocking_code(snapshot, function)),
				TEXT_GROUP_WILL_HOLD,
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

		if (!group) /* is_remapped() has added the finding */
			return false;
		if (!judge_group(judgement, group))
			is_viable = false;
		if (!is_free_of_direct_regions(judgement, group))
			is_viable = false;
	}
	if (has_late_groups(judgement->snapshot) && !is_free_of_late_members(judgement))
		is_viable = false;
	return is_viable;
}

/*
 * The out-of-tree patch behind pcie_acs_override= splits groups that the hardware does not
 * isolate. Stock kernels ignore the parameter. So the finding needs both: the parameter, and a
 * group that the ports' own ACS cannot explain.
 */
void add_acs_override_finding(const struct judgement *judgement)
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
		findings_add(judgement->findings,
			     bdf_format(&snapshot->functions[ours].address, subject),
			     SAY_ACS_OVERRIDE, bdf_format(&function->address, address));
		return;
	}
}
