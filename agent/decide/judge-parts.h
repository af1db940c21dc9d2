/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files decide/judge*.c and displays.c alone. */
#pragma once

#include "decide/judge.h"

struct judgement {
	const struct config *config;
	const struct snapshot *snapshot;
	const struct plan *plan;
	const struct target *target;
	struct findings *findings;
};

static inline const struct function *target_function(const struct judgement *judgement,
						     size_t i)
{
	return &judgement->snapshot->functions[judgement->target->functions[i]];
}

/* Every reason against one of the target's groups is a finding. */
bool are_groups_viable(const struct judgement *judgement);
/* Names the keyboards, networks and disks on the target's own USB functions. */
void add_usb_findings(const struct judgement *judgement);

/* May the vfio modules be loaded for the target? Every reason against it is a finding. */
bool is_load_harmless(const struct judgement *judgement);
void add_acs_override_finding(const struct judgement *judgement);
