// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the members that keep VFIO from giving a group to a VM, by the plan's own rule. */
#include "cmd/after/verify-group.h"

#include "decide/judge.h"
#include "decide/member.h"
#include "facts/pci.h"
#include "facts/snapshot.h"
#include "model/finding.h"

#include <stdio.h>

#define GROUPS "/sys/kernel/iommu_groups"

struct members {
	const struct root *root;
	struct findings *findings;
	struct snapshot snapshot; /* all functions; the group's in detail */
	int group;
	size_t n_found;
};

static void add_blocking_finding(struct members *members, const struct function *function,
				 enum membership membership, const char *name)
{
	members->n_found++;
	/* A function of the card itself has its finding. */
	if (findings_have_of(members->findings, FINDING_RIVAL_BOUND, name))
		return;
	if (membership == MEMBER_BRIDGE_BLOCKS)
		findings_add(members->findings, name, SAY_BRIDGE_BOUND, members->group,
			     function->driver);
	else if (function->driver)
		findings_add(members->findings, name, SAY_MEMBER_BOUND, members->group,
			     function->driver);
	else
		findings_add(members->findings, name, SAY_MEMBER_UNREADABLE,
			     members->group);
}

/* Applies the plan's rule to the drivers that are bound now. */
static int add_if_blocking(const char *name, void *data)
{
	static const struct plan nothing;
	struct members *members = data;
	enum membership membership;
	struct function *function;
	struct bdf address;

	if (!bdf_parse(name, &address))
		return 0;
	function = snapshot_find(&members->snapshot, &address);
	if (!function)
		return 0;
	if (pci_read_details(members->root, function) < 0)
		return -ENOMEM;
	if (function->driver_fact == FACT_ABSENT)
		return 0;
	membership = member_judge(&members->snapshot, &nothing, NULL,
				  function - members->snapshot.functions);
	if (membership == MEMBER_BLOCKS || membership == MEMBER_BRIDGE_BLOCKS)
		add_blocking_finding(members, function, membership, name);
	return 0;
}

static int add_blocking_findings(struct members *members)
{
	char path[64];
	int r;

	r = pci_scan(members->root, &members->snapshot);
	/* An unknown kernel is judged by today's rule. */
	if (r == 0 &&
	    snapshot_read_release(members->root, &members->snapshot.kernel) == -ENOMEM)
		r = -ENOMEM;
	snprintf(path, sizeof(path), GROUPS "/%d/devices", members->group);
	if (r == 0)
		r = root_list(members->root, path, add_if_blocking, members);
	snapshot_done(&members->snapshot);
	return r;
}

int verify_group_blockers(const struct root *root, int number, struct findings *findings)
{
	struct members members = { .root = root, .findings = findings, .group = number };
	int r = add_blocking_findings(&members);

	return r < 0 ? r : (int)members.n_found;
}

void verify_group_members(const struct root *root, int number, const char *subject,
			  struct findings *findings)
{
	if (verify_group_blockers(root, number, findings) <= 0)
		findings_add(findings, subject, SAY_NO_MEMBER_BLOCKS, number);
}
