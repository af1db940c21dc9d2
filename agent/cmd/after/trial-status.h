/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "trial/trial.h"

struct report_trial;

/* The state of this boot's claim as it is now: it may have been confirmed since the agent ran. */
enum trial_standing trial_standing_now(const struct root *root,
				       const struct report_trial *trial);

/*
 * One line on the trial of this boot's claim, to be freed. NULL when there is nothing to do and
 * nothing to expect, or without memory.
 */
char *trial_describe(const struct root *root, const struct report_trial *trial);
