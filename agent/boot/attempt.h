/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "survey.h"
#include "trial/trial.h"

/* This boot's attempt at a claim that is on trial. */
struct attempt {
	struct trial_status status;
	struct root store; /* open while there is more to write */
	struct trial_record record;
	int64_t started_ms;
};

/* Leaves the flag for the unit that confirms the boot, where GRUB has counted it. */
void attempt_leave_menu_flag(const struct root *root, struct survey *survey);
/*
 * Has GRUB found the trial spent? Then nothing need be looked at. Adds the finding to the
 * configuration's.
 */
bool MUST_CHECK attempt_is_given_up(const struct root *root, struct config *config,
				    struct trial_status *ret_status);

/*
 * Decides whether the planned claim may be tried, and counts the attempt before the first step. A
 * spent trial empties the plan. If the attempt cannot be counted, the claim goes on without a trial
 * and with a finding, unless an earlier attempt failed. 0 or -ENOMEM.
 */
int MUST_CHECK attempt_begin(const struct root *root, struct survey *survey,
			     int64_t started_ms, struct attempt *ret_attempt);
/* The same with the store open and the limit set. */
int MUST_CHECK attempt_count(const struct root *root, struct survey *survey,
			     struct attempt *attempt);
/* Writes the claim's outcome into the trial record. */
void attempt_tell(struct attempt *attempt, struct survey *survey,
		  const struct outcome *outcome);
void attempt_done(struct attempt *attempt);
