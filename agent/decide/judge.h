/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/function.h"

/* Adds the reason why the IOMMU does not work; nothing if it does. */
void judge_iommu(const struct snapshot *snapshot, const char *subject,
		 struct findings *findings);

/*
 * The index of the display without which the host would have no picture, if every line were
 * claimed. SIZE_MAX: another display stays, or none of these shows anything.
 */
size_t displays_find_last(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan);

/* Adds the finding that this display, part of the card or drawn in with it, is the last one. */
void judge_last_display(const struct config *config, const struct function *card,
			const struct function *display, struct findings *findings);

/* The reason not to hold this target despite `on-failure = hold`; NULL: it may be held. */
const char *judge_no_hold(const struct snapshot *snapshot, const struct target *target,
			  size_t last_display);

/* May this target be claimed, apart from the host's displays? Every reason against it is a finding,
 * not only the first. */
enum verdict judge_target(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan, const struct target *target,
			  struct findings *findings);
