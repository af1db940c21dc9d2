// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No value of the EFI variable harms trial.c. Every accepted record must be valid to the last
 * bit, and no record allows more attempts than the limit.
 */
#include "fuzz.h"
#include "trial/trial.h"

static void check_boots(const struct trial_record *stored, unsigned limit,
			const uint8_t *key)
{
	struct trial_record record = *stored;
	struct trial_box box = { .stage = TRIAL_STAGE_CLAIMING }, given_back;
	unsigned tried = 0;

	for (unsigned boot = 0; boot < 2 * TRIAL_LIMIT_MAX; boot++) {
		const struct trial_claim *claim;
		bool is_changed, may;

		box.boot_id[0] = boot + 1;
		if (trial_find_box(&record, box.boot_id))
			return; /* of a later boot */
		may = trial_decide(&record, limit, key, &box, &record, &is_changed);
		claim = trial_find_claim(&record, key);
		CHECK(claim);
		if (claim->state == TRIAL_STATE_CONFIRMED) {
			CHECK(may && !is_changed);
			return;
		}
		tried += may;
		CHECK(may == (claim->state == TRIAL_STATE_TRYING));
		CHECK(record.n_boxes <= TRIAL_BOXES && record.n_claims <= TRIAL_CLAIMS);
	}
	CHECK(tried <= limit);
	CHECK(trial_confirm(&record, key, box.boot_id) == TRIAL_IS_SPENT);
	while (trial_give_back(&record, box.boot_id, NULL, &given_back))
		CHECK(record.n_boxes < TRIAL_BOXES);
	CHECK(trial_renew(&record, key) == 1);
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
		for (size_t i = 0; i < record.n_claims; i++)
			check_boots(&record, limit, record.claims[i].key);
		check_boots(&record, limit, key);
	}
	return 0;
}
