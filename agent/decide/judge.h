/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/function.h"

/* Adds why no IOMMU is at work; nothing when one is. */
void judge_iommu(const struct snapshot *snapshot, const char *subject,
		 struct findings *findings);

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

/* May this target be claimed, as far as it does not hang on the host's displays? Every reason against it is a finding, not only the first. */
enum verdict judge_target(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan, const struct target *target,
			  struct findings *findings);
