// SPDX-License-Identifier: GPL-2.0-or-later
/* How does this boot's claim stand on trial? One line for `status`. */
#include "cmd/after/trial-status.h"

#include "report/report.h"
#include "trial/trial-store.h"

#include <stdio.h>

#define WAY_OUT                                                                                 \
	"a claim that keeps the machine from coming up is not given up by itself; a boot with " \
	"vfio_claim.mode=off is the way out ('vfio-claim setup --menu-entry')"

bool trial_key_of(const struct json_object *report, uint8_t *ret_key)
{
	const char *text = report_string(report_member(report, "trial"), "key");

	return strlen(text) == 2 * TRIAL_KEY_SIZE &&
	       trial_parse_hex(text, ret_key, TRIAL_KEY_SIZE);
}

/* Marked as good since the agent ran? */
static bool is_confirmed_now(const struct root *root, const struct json_object *report)
{
	const struct trial_claim *claim;
	uint8_t key[TRIAL_KEY_SIZE];
	struct trial_record record;

	if (!trial_key_of(report, key) || trial_load(root, &record) < 0)
		return false;
	claim = trial_find_claim(&record, key);
	return claim && claim->state == TRIAL_STATE_CONFIRMED;
}

char *trial_describe(const struct root *root, const struct json_object *report)
{
	const struct json_object *trial = report_member(report, "trial");
	const char *state = report_string(trial, "state"),
		   *reason = report_string(trial, "reason");
	int attempt = report_number(trial, "attempt"),
	    limit = report_number(trial, "limit");
	char *text = NULL;
	int r = -1;

	if (streq(state, trial_standing_name(TRIAL_CONFIRMED)) ||
	    (streq(state, trial_standing_name(TRIAL_TRYING)) &&
	     is_confirmed_now(root, report)))
		r = asprintf(&text, "confirmed: a boot with this claim came up");
	else if (streq(state, trial_standing_name(TRIAL_TRYING)))
		r = asprintf(&text,
			     "on trial: attempt %d of %d, not yet confirmed to have come up",
			     attempt, limit);
	else if (streq(state, trial_standing_name(TRIAL_SPENT)))
		r = asprintf(&text,
			     "spent: %d boot%s with this claim did not come up%s%s; "
			     "'vfio-claim confirm --again' tries it anew",
			     attempt, attempt == 1 ? "" : "s", *reason ? ", and " : "",
			     reason);
	else if (streq(state, trial_standing_name(TRIAL_OFF)))
		r = asprintf(&text, "off, as configured: " WAY_OUT);
	else if (streq(state, trial_standing_name(TRIAL_NONE)))
		r = asprintf(&text, "none: this system keeps no EFI variables: " WAY_OUT);
	else if (streq(state, trial_standing_name(TRIAL_UNAVAILABLE)))
		r = asprintf(&text, "none: %s: " WAY_OUT, reason);
	return r < 0 ? NULL : text;
}
