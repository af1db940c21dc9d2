/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What judge.c and judge-group.c share; nobody else includes this. */
#pragma once

#include "judge.h"

struct judgement {
	const struct config *config;
	const struct snapshot *snapshot;
	const struct plan *plan;
	const struct target *target;
	struct findings *findings;
};

const struct function *target_function(const struct judgement *judgement, size_t i);

/* With the card that is being judged, whatever its verdict will be. */
bool is_to_be_claimed(const struct plan *plan, const struct target *judged, size_t member);
/* Every reason against one of the target's groups is a finding. */
bool are_groups_viable(const struct judgement *judgement);
void note_acs_override(const struct judgement *judgement);
