// SPDX-License-Identifier: GPL-2.0-or-later
/* Describes the trial of this boot's claim in a line for `status`. */
#include "cmd/after/trial-status.h"

#include "base/text.h"
#include "report/report-parse.h"
#include "trial/trial-store.h"

#define WAY_OUT                                                                               \
	"a claim that keeps the machine from coming up is not given up by itself; boot with " \
	"vfio_claim.mode=off to get out of it ('vfio-claim setup --menu-entry')"

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

char *trial_describe(const struct root *root, const struct report_trial *trial)
{
	enum trial_standing state = trial->state;

	if (state == TRIAL_TRYING && is_confirmed_now(root, trial))
		state = TRIAL_CONFIRMED;
	switch (state) {
	case TRIAL_CONFIRMED:
		return text_format("confirmed: a boot with this claim came up");
	case TRIAL_TRYING:
		return text_format("on trial: attempt %d of %d, not yet confirmed to have come up",
				   trial->attempt, trial->limit);
	case TRIAL_SPENT:
		return text_format("spent: %d boot%s with this claim did not come up%s%s; "
				   "'vfio-claim confirm --again' tries it again",
				   trial->attempt, trial->attempt == 1 ? "" : "s",
				   *trial->reason ? ", and " : "", trial->reason);
	case TRIAL_OFF:
		return text_format("off, as configured: " WAY_OUT);
	case TRIAL_NONE:
		return text_format("none: this system keeps no EFI variables: " WAY_OUT);
	case TRIAL_UNAVAILABLE:
		return text_format("none: %s: " WAY_OUT, trial->reason);
	default:
		return NULL;
	}
}
