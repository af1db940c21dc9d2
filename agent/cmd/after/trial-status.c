// SPDX-License-Identifier: GPL-2.0-or-later
/* Describes the trial of this boot's claim in a line, where a person has to do or expect something. */
#include "cmd/after/trial-status.h"

#include "base/text.h"
#include "report/report-parse.h"
#include "trial/trial-store.h"

/* Whether the claim was confirmed after the agent ran. */
static bool is_confirmed_now(const struct root *root, const struct report_trial *trial)
{
	const struct trial_claim *claim;
	struct trial_record record;

	if (!trial->has_key || trial_load(root, &record) < 0)
		return false;
	claim = trial_find_claim(&record, trial->key);
	return claim && claim->state == TRIAL_STATE_CONFIRMED;
}

enum trial_standing trial_standing_now(const struct root *root,
				       const struct report_trial *trial)
{
	return trial->state == TRIAL_TRYING && is_confirmed_now(root, trial) ?
		       TRIAL_CONFIRMED :
		       trial->state;
}

char *trial_describe(const struct root *root, const struct report_trial *trial)
{
	switch (trial_standing_now(root, trial)) {
	case TRIAL_TRYING:
		return text_format("on trial: attempt %d of %d; confirmed once the machine "
				   "has come up, by vfio-claim-confirm.service",
				   trial->attempt, trial->limit);
	case TRIAL_UNAVAILABLE:
		return text_format("none: %s; a claim that keeps the machine from coming up "
				   "is not given up by itself ('vfio-claim setup --menu-entry' "
				   "adds a way out)",
				   trial->reason);
	default: /* confirmed, none, off: nothing to do; spent: the cards say so */
		return NULL;
	}
}
