// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Can any value of the EFI variable harm trial.c? What is taken for a record must be one to the
 * last bit, and whatever it says, no more attempts follow than are allowed.
 * Needs agent/trial.c, model.c, address.c, sha256.c.
 */
#include "fuzz.h"
#include "trial.h"

static void check_boots(const struct trial_record *stored, unsigned limit,
			const uint8_t *key)
{
	struct trial_record record = *stored;
	struct trial_box box = { .stage = TRIAL_STAGE_CLAIMING };
	unsigned tried = 0;

	for (unsigned boot = 0; boot < 2 * TRIAL_LIMIT_MAX; boot++) {
		bool is_changed, may;

		box.boot_id[0] = boot;
		may = trial_decide(&record, limit, key, &box, &record, &is_changed);
		if (record.state == TRIAL_STATE_CONFIRMED) {
			CHECK(may && !is_changed);
			return;
		}
		tried += may;
		CHECK(may == (record.state == TRIAL_STATE_TRYING));
		CHECK(record.n_boxes <= TRIAL_BOXES);
	}
	CHECK(tried <= limit);
	CHECK(trial_confirm(&record, box.boot_id) == TRIAL_IS_SPENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[TRIAL_RECORD_SIZE_MAX], key[TRIAL_KEY_SIZE] = {};
	struct trial_record record;

	if (!trial_decode(data, size, &record))
		return 0;
	CHECK(trial_encode(&record, again) == size);
	CHECK(!memcmp(again, data, size));
	for (unsigned limit = 1; limit <= TRIAL_LIMIT_MAX; limit++) {
		check_boots(&record, limit, record.key);
		check_boots(&record, limit, key);
	}
	return 0;
}
