// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names the members of a group for which VFIO gives it to no VM, by the plan's own rule.
 */
#include "cmd/after/verify-group.h"

#include "decide/judge.h"
#include "decide/member.h"
#include "facts/pci.h"
#include "facts/snapshot.h"

#include <stdio.h>

#define GROUPS "/sys/kernel/iommu_groups"

struct members {
	const struct root *root;
	struct findings *findings;
	struct pci *pci;
	struct snapshot snapshot; /* all functions; in detail those of the group */
	int group;
	size_t told;
};

static void tell_blocking(struct members *members, const struct function *function,
			  enum membership membership, const char *name)
{
	const char *driver = function->driver ? function->driver : "that cannot be read";

	members->told++;
	if (findings_have_of(members->findings, FINDING_RIVAL_BOUND,
			     name)) /* a function of the card itself */
		return;
	if (membership == MEMBER_BRIDGE_BLOCKS)
		findings_add(members->findings, FINDING_GROUP_BRIDGE_DRIVER, name,
			     REMEDY_BRIDGE_DRIVER,
			     "VFIO gives group %d to no VM while this bridge has the driver %s",
			     members->group, driver);
	else
		findings_add(members->findings, FINDING_GROUP_SHARED, name,
			     "run 'vfio-claim explain' on the card, and 'vfio-claim check'",
			     "VFIO gives group %d to no VM while this member has the driver %s",
			     members->group, driver);
}

/* By the plan's own rule, for what is bound now: the host's drivers have come. */
static int tell_if_blocking(const char *name, void *data)
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
	if (pci_read_details(members->pci, function) < 0)
		return -ENOMEM;
	if (function->driver_fact == FACT_ABSENT)
		return 0;
	membership = member_judge(&members->snapshot, &nothing, NULL,
				  function - members->snapshot.functions);
	if (membership == MEMBER_BLOCKS || membership == MEMBER_BRIDGE_BLOCKS)
		tell_blocking(members, function, membership, name);
	return 0;
}

static int tell_blocking_members(struct members *members)
{
	char path[64];
	int r;

	r = pci_open(members->root, &members->pci);
	if (r == 0)
		r = pci_scan(members->pci, &members->snapshot);
	/* Which rule an unknown kernel has: today's. */
	if (r == 0 &&
	    snapshot_read_release(members->root, &members->snapshot.kernel) == -ENOMEM)
		r = -ENOMEM;
	snprintf(path, sizeof(path), GROUPS "/%d/devices", members->group);
	if (r == 0)
		r = root_list(members->root, path, tell_if_blocking, members);
	snapshot_done(&members->snapshot);
	pci_close(members->pci);
	return r;
}

void verify_group_members(const struct root *root, int number, const char *subject,
			  struct findings *findings)
{
	struct members members = { .root = root, .findings = findings, .group = number };

	if (tell_blocking_members(&members) < 0 || !members.told)
		findings_add(findings, FINDING_GROUP_SHARED, subject, NULL,
			     "VFIO does not take group %d, and no member is seen to keep it "
			     "from that",
			     number);
}
