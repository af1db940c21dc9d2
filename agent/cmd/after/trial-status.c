// SPDX-License-Identifier: GPL-2.0-or-later
/* How does this boot's claim stand on trial? One line for `status`. */
#include "cmd/after/trial-status.h"

#include "report/report-parse.h"
#include "trial/trial-store.h"

#include <stdio.h>

#define WAY_OUT                                                                                 \
	"a claim that keeps the machine from coming up is not given up by itself; a boot with " \
	"vfio_claim.mode=off is the way out ('vfio-claim setup --menu-entry')"

/* Marked as good since the agent ran? */
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
	char *text = NULL;
	int r = -1;

	if (state == TRIAL_TRYING && is_confirmed_now(root, trial))
		state = TRIAL_CONFIRMED;
	switch (state) {
	case TRIAL_CONFIRMED:
		r = asprintf(&text, "confirmed: a boot with this claim came up");
		break;
	case TRIAL_TRYING:
		r = asprintf(&text,
			     "on trial: attempt %d of %d, not yet confirmed to have come up",
			     trial->attempt, trial->limit);
		break;
	case TRIAL_SPENT:
		r = asprintf(&text,
			     "spent: %d boot%s with this claim did not come up%s%s; "
			     "'vfio-claim confirm --again' tries it anew",
			     trial->attempt, trial->attempt == 1 ? "" : "s",
			     *trial->reason ? ", and " : "", trial->reason);
		break;
	case TRIAL_OFF:
		r = asprintf(&text, "off, as configured: " WAY_OUT);
		break;
	case TRIAL_NONE:
		r = asprintf(&text, "none: this system keeps no EFI variables: " WAY_OUT);
		break;
	case TRIAL_UNAVAILABLE:
		r = asprintf(&text, "none: %s: " WAY_OUT, trial->reason);
		break;
	default:
		break;
	}
	return r < 0 ? NULL : text;
}
