// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trial boots: every state of the record with every boot, the record's bytes, the equality of
 * claims, and the contents of the black box.
 */
#include "decide/plan.h"
#include "trial/trial.h"
#include "unit.h"

#include <stdio.h>

static struct group groups[] = { { 1 }, { 12 }, { 13 }, { 30 } };
static struct function twins_[] = { ROOT_PORT(1, 1), RTX3080(1, 12), RTX3080(2, 13),
				    BMC_DISPLAY };
static const struct snapshot twins = MACHINE(twins_, groups, IOMMU_ON);

#define ONE "gpu = 01:00.0\n"

static const uint8_t key[TRIAL_KEY_SIZE] = { 1, 2, 3 }, other[TRIAL_KEY_SIZE] = { 1, 2, 4 };

static struct trial_box box_of(uint8_t boot)
{
	struct trial_box box = { .boot_id = { boot, 0xab },
				 .started = 1700000000 + boot,
				 .kernel = "6.1.0-56-amd64",
				 .tag = { 1, 2, 3 },
				 .limit = TRIAL_LIMIT_MAX,
				 .stage = TRIAL_STAGE_CLAIMING,
				 .elapsed_ms = 120,
				 .n_functions = 3,
				 .n_findings = 1,
				 .findings = { "RESET_NONE" } };

	for (unsigned i = 0; i < 3; i++)
		box.functions[i] = (struct trial_function){ { 0x10000, 0xff, 0x1f, i },
							    RESULT_CLAIMED };
	return box;
}

/* The decision --------------------------------------------------------------------------- */

/* One claim in the record, with this many boxes of earlier boots. */
static struct trial_record record_of(const uint8_t *of, enum trial_state state,
				     unsigned attempts, size_t n_boxes)
{
	struct trial_record record = {
		.claims = { { .state = state, .attempts = attempts, .limit = 9 } },
		.n_claims = 1,
		.n_boxes = n_boxes,
	};

	memcpy(record.claims[0].key, of, sizeof(key));
	for (size_t i = 0; i < n_boxes; i++) {
		record.boxes[i] = box_of(i);
		memcpy(record.boxes[i].tag, of, sizeof(record.boxes[i].tag));
	}
	return record;
}

static struct trial_claim *newest(struct trial_record *record)
{
	return &record->claims[record->n_claims - 1];
}

static void check_decision(struct trial_record *stored, unsigned limit)
{
	const struct trial_claim *was = stored ? trial_find_claim(stored, key) : NULL, *is;
	const struct trial_box box = box_of(9);
	struct trial_record record;
	bool is_changed, may;

	may = trial_decide(stored, limit, key, &box, &record, &is_changed);
	is = trial_find_claim(&record, key);
	assert_non_null(is);
	if (!was) {
		assert_true(may && is_changed);
		assert_int_equal(is->state, TRIAL_STATE_TRYING);
		assert_int_equal(is->attempts, 1);
	} else if (was->state == TRIAL_STATE_TRYING && was->attempts < limit) {
		assert_true(may && is_changed);
		assert_int_equal(is->attempts, was->attempts + 1);
	} else if (was->state == TRIAL_STATE_TRYING) {
		assert_true(!may && is_changed);
		assert_int_equal(is->state, TRIAL_STATE_SPENT);
	} else {
		assert_int_equal(may, was->state == TRIAL_STATE_CONFIRMED);
		assert_false(is_changed);
		assert_int_equal(is->state, was->state);
	}
	if (is_changed) {
		const struct trial_box *mine = trial_find_box(&record, box.boot_id);
		uint8_t buffer[TRIAL_RECORD_SIZE_MAX];
		struct trial_record back;

		assert_non_null(mine);
		assert_int_equal(mine->attempt, may ? is->attempts : 0);
		assert_int_equal(mine->stage,
				 may ? TRIAL_STAGE_CLAIMING : TRIAL_STAGE_REFUSED);
		assert_int_equal(mine->limit, limit);
		assert_memory_equal(mine->tag, key, sizeof(mine->tag));
		assert_int_equal(is->limit, limit);
		/* The written record can be read. */
		assert_true(trial_decode(buffer, trial_encode(&record, buffer), &back));
	}
}

static void test_every_state(void **state)
{
	(void)state;
	for (unsigned limit = 1; limit <= TRIAL_LIMIT_MAX; limit++) {
		check_decision(NULL, limit);
		for (unsigned attempts = 0; attempts <= TRIAL_LIMIT_MAX; attempts++)
			for (int s = TRIAL_STATE_TRYING; s <= TRIAL_STATE_SPENT; s++)
				for (int is_same = 0; is_same < 2; is_same++)
					for (size_t n = 0; n <= TRIAL_BOXES; n++) {
						struct trial_record stored =
							record_of(is_same ? key : other,
								  s, attempts, n);

						check_decision(&stored, limit);
					}
	}
}

static void test_the_same_boot_is_one_attempt(void **state)
{
	struct trial_record record;
	struct trial_box first = box_of(1), second = box_of(2);
	bool is_changed;

	(void)state;
	assert_true(trial_decide(NULL, 1, key, &first, &record, &is_changed));
	assert_true(trial_decide(&record, 1, key, &first, &record, &is_changed));
	assert_int_equal(newest(&record)->attempts, 1);
	assert_int_equal(record.n_boxes, 1);
	/* Nor is it an attempt of the claim before a change of the configuration. */
	assert_true(trial_decide(&record, 1, other, &first, &record, &is_changed));
	assert_int_equal(record.n_boxes, 1);
	assert_int_equal(trial_find_claim(&record, key)->attempts, 0);
	assert_true(trial_decide(&record, 1, key, &first, &record, &is_changed));
	assert_false(trial_decide(&record, 1, key, &second, &record, &is_changed));
	/* A boot without an id equals no other. */
	memset(first.boot_id, 0, sizeof(first.boot_id));
	assert_true(trial_decide(NULL, 1, key, &first, &record, &is_changed));
	assert_false(trial_decide(&record, 1, key, &first, &record, &is_changed));
}

/* After N unfinished boots the claim is not tried again, until a person asks for it. */
static void test_the_story_of_boots(void **state)
{
	(void)state;
	for (unsigned limit = 1; limit <= TRIAL_LIMIT_MAX; limit++) {
		struct trial_record record;
		const struct trial_record *stored = NULL;
		struct trial_box box;
		bool is_changed;

		for (unsigned boot = 1; boot <= limit; boot++, stored = &record) {
			box = box_of(boot);
			assert_true(trial_decide(stored, limit, key, &box, &record,
						 &is_changed));
			assert_true(is_changed);
		}
		for (unsigned boot = 0; boot < 3; boot++) {
			box = box_of(100 + boot);
			assert_false(trial_decide(&record, limit, key, &box, &record,
						  &is_changed));
			assert_int_equal(is_changed, boot == 0);
			assert_int_equal(trial_confirm(&record, key, box.boot_id),
					 TRIAL_IS_SPENT);
		}
		assert_int_equal(trial_renew(&record, key), 1);
		box = box_of(200);
		assert_true(trial_decide(&record, limit, key, &box, &record, &is_changed));
		assert_int_equal(newest(&record)->attempts, 1);
		/* The newest boots are kept, the oldest dropped. */
		assert_memory_equal(record.boxes[record.n_boxes - 1].boot_id, box.boot_id,
				    16);
	}
}

static void test_confirming(void **state)
{
	struct trial_record record;
	struct trial_box box = box_of(1);
	uint8_t another_boot[16] = { 77 };
	bool is_changed;

	(void)state;
	assert_true(trial_decide(NULL, 2, key, &box, &record, &is_changed));
	assert_int_equal(trial_confirm(&record, key, another_boot), TRIAL_NOT_THIS_BOOT);
	assert_int_equal(trial_confirm(&record, NULL, another_boot), TRIAL_NOT_THIS_BOOT);
	assert_int_equal(record.claims[0].state, TRIAL_STATE_TRYING);
	/* A boot whose outcome is unknown, or that failed, does not prove the claim. */
	assert_int_equal(trial_confirm(&record, NULL, box.boot_id), TRIAL_NOT_CLAIMED);
	assert_int_equal(record.claims[0].state, TRIAL_STATE_TRYING);
	assert_int_equal(record.claims[0].attempts, 0);
	record.boxes[0].stage = TRIAL_STAGE_FAILED;
	assert_int_equal(trial_confirm(&record, key, box.boot_id), TRIAL_NOT_CLAIMED);
	record.boxes[0].stage = TRIAL_STAGE_CLAIMED;
	assert_int_equal(trial_confirm(&record, NULL, box.boot_id), TRIAL_CONFIRMED_NOW);
	assert_int_equal(trial_confirm(&record, NULL, box.boot_id), TRIAL_CONFIRMED_BEFORE);
	assert_int_equal(trial_confirm(&record, key, another_boot), TRIAL_CONFIRMED_BEFORE);
	assert_int_equal(trial_confirm(&record, NULL, another_boot), TRIAL_NOT_THIS_BOOT);
	assert_int_equal(trial_confirm(&record, other, another_boot), TRIAL_NOT_THIS_BOOT);

	record.n_boxes = 0;
	assert_true(trial_decide(&record, 2, key, &box, &record, &is_changed));
	assert_false(is_changed);
	/* Another image's boot is on trial, and this image's claim stays confirmed. */
	assert_true(trial_decide(&record, 2, other, &box, &record, &is_changed));
	assert_true(is_changed);
	assert_int_equal(trial_find_claim(&record, key)->state, TRIAL_STATE_CONFIRMED);
}

/* The claim written longest ago is dropped, and none while there is room. */
static void test_a_few_claims_are_known(void **state)
{
	struct trial_record record = {};
	bool is_changed;

	(void)state;
	for (uint8_t i = 0; i < 2 * TRIAL_CLAIMS; i++) {
		uint8_t one[TRIAL_KEY_SIZE] = { i, 7 };
		struct trial_box box = box_of(i);

		assert_true(trial_decide(&record, 2, one, &box, &record, &is_changed));
		assert_int_equal(newest(&record)->attempts, 1);
	}
	assert_int_equal(record.n_claims, TRIAL_CLAIMS);
	for (uint8_t i = 0; i < 2 * TRIAL_CLAIMS; i++) {
		uint8_t one[TRIAL_KEY_SIZE] = { i, 7 };

		assert_int_equal(trial_find_claim(&record, one) != NULL, i >= TRIAL_CLAIMS);
	}
	for (uint8_t i = TRIAL_CLAIMS; i < 2 * TRIAL_CLAIMS; i++) {
		uint8_t one[TRIAL_KEY_SIZE] = { i, 7 };
		struct trial_box box = box_of(100 + i);

		assert_true(trial_decide(&record, 2, one, &box, &record, &is_changed));
		assert_int_equal(newest(&record)->attempts, 2);
	}
}

static void test_renewing(void **state)
{
	static const uint8_t unknown[TRIAL_KEY_SIZE] = { 9 };
	static const struct {
		enum trial_state mine, its;
		const uint8_t *key;
		size_t renewed;
		enum trial_state mine_then, its_then;
	} cases[] = {
		/* This boot's claim, when it is the one given up. */
		{ TRIAL_STATE_SPENT, TRIAL_STATE_SPENT, key, 1, TRIAL_STATE_TRYING,
		  TRIAL_STATE_SPENT },
		/* This boot came up with another image than the one given up. */
		{ TRIAL_STATE_CONFIRMED, TRIAL_STATE_SPENT, key, 1, TRIAL_STATE_CONFIRMED,
		  TRIAL_STATE_TRYING },
		{ TRIAL_STATE_SPENT, TRIAL_STATE_SPENT, unknown, 2, TRIAL_STATE_TRYING,
		  TRIAL_STATE_TRYING },
		{ TRIAL_STATE_SPENT, TRIAL_STATE_SPENT, NULL, 2, TRIAL_STATE_TRYING,
		  TRIAL_STATE_TRYING },
		/* No claim was given up. */
		{ TRIAL_STATE_CONFIRMED, TRIAL_STATE_CONFIRMED, key, 1,
		  TRIAL_STATE_TRYING, TRIAL_STATE_CONFIRMED },
		{ TRIAL_STATE_CONFIRMED, TRIAL_STATE_CONFIRMED, NULL, 0,
		  TRIAL_STATE_CONFIRMED, TRIAL_STATE_CONFIRMED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trial_record record = record_of(key, cases[i].mine, 2, 0);

		record.claims[1] = record.claims[0];
		memcpy(record.claims[1].key, other, sizeof(other));
		record.claims[1].state = cases[i].its;
		record.n_claims = 2;
		assert_int_equal(trial_renew(&record, cases[i].key), cases[i].renewed);
		assert_int_equal(record.claims[0].state, cases[i].mine_then);
		assert_int_equal(record.claims[1].state, cases[i].its_then);
		for (size_t k = 0; k < 2; k++)
			if (record.claims[k].state == TRIAL_STATE_TRYING)
				assert_int_equal(record.claims[k].attempts, 0);
	}
}

/* Of the boots since hibernation, only the last one ended in the restored system. */
static void test_giving_back(void **state)
{
	const struct trial_box first = box_of(1), second = box_of(2), third = box_of(3);
	struct trial_record record, was;
	struct trial_box box;
	bool is_changed;

	(void)state;
	/* The first boot hibernates, the second hangs, the third resumes. */
	assert_true(trial_decide(NULL, 3, key, &first, &record, &is_changed));
	assert_false(trial_give_back(&record, first.boot_id, first.boot_id, &box));
	assert_true(trial_decide(&record, 3, key, &second, &record, &is_changed));
	was = record;
	assert_true(trial_decide(&record, 3, key, &third, &record, &is_changed));
	assert_true(trial_give_back(&record, first.boot_id, first.boot_id, &box));
	assert_memory_equal(box.boot_id, third.boot_id, 16);
	assert_memory_equal(&record.claims, &was.claims, sizeof(was.claims));
	assert_int_equal(record.n_boxes, 2);
	record.boxes[0].stage = TRIAL_STAGE_CLAIMED;
	assert_int_equal(trial_confirm(&record, key, first.boot_id), TRIAL_CONFIRMED_NOW);

	/* The record was empty, and the boot that resumed had another image. */
	assert_true(trial_decide(NULL, 3, other, &second, &record, &is_changed));
	assert_true(trial_give_back(&record, first.boot_id, NULL, &box));
	assert_int_equal(record.n_boxes, 0);
	assert_int_equal(newest(&record)->attempts, 0);
	assert_false(trial_give_back(&record, first.boot_id, NULL, &box));

	/* The boot that resumed found the trial spent: it is no attempt. */
	record = record_of(key, TRIAL_STATE_TRYING, 3, 3);
	assert_false(trial_decide(&record, 3, key, &third, &record, &is_changed));
	assert_true(trial_give_back(&record, first.boot_id, first.boot_id, &box));
	assert_int_equal(newest(&record)->state, TRIAL_STATE_SPENT);
	assert_int_equal(newest(&record)->attempts, 3);
}

/* The bytes ------------------------------------------------------------------------------- */

static size_t full_record(uint8_t *buffer)
{
	struct trial_record record = record_of(key, TRIAL_STATE_TRYING, 2, TRIAL_BOXES);

	record.n_claims = TRIAL_CLAIMS;
	for (size_t i = 1; i < TRIAL_CLAIMS; i++)
		record.claims[i] =
			(struct trial_claim){ { i, 0xcd }, TRIAL_STATE_CONFIRMED, 1, i };
	record.boxes[1].n_functions = 20;
	for (size_t i = 0; i < TRIAL_BOX_FUNCTIONS; i++)
		record.boxes[1].functions[i].result = RESULT_REFUSED;
	return trial_encode(&record, buffer);
}

static void test_there_and_back(void **state)
{
	uint8_t buffer[TRIAL_RECORD_SIZE_MAX], again[TRIAL_RECORD_SIZE_MAX];
	struct trial_record record;
	size_t size = full_record(buffer);

	(void)state;
	assert_true(size <= 1000);
	assert_true(trial_decode(buffer, size, &record));
	assert_int_equal(record.claims[0].attempts, 2);
	assert_memory_equal(record.claims[0].key, key, sizeof(key));
	assert_int_equal(record.claims[3].limit, 3);
	assert_int_equal(record.claims[3].state, TRIAL_STATE_CONFIRMED);
	assert_memory_equal(record.boxes[2].tag, key, TRIAL_TAG_SIZE);
	assert_int_equal(record.boxes[2].limit, TRIAL_LIMIT_MAX);
	assert_int_equal(record.boxes[2].boot_id[0], 2);
	assert_int_equal(record.boxes[2].started, 1700000002);
	assert_string_equal(record.boxes[2].kernel, "6.1.0-56-amd64");
	assert_int_equal(record.boxes[2].functions[1].address.domain, 0x10000);
	assert_int_equal(record.boxes[2].functions[1].address.device, 0x1f);
	assert_int_equal(record.boxes[2].functions[1].address.function, 1);
	assert_string_equal(record.boxes[2].findings[0], "RESET_NONE");
	assert_int_equal(trial_encode(&record, again), size);
	assert_memory_equal(buffer, again, size);
}

static void test_every_size_but_the_right_one(void **state)
{
	uint8_t buffer[TRIAL_RECORD_SIZE_MAX + 64] = {};
	struct trial_record record;
	size_t size = full_record(buffer);

	(void)state;
	for (size_t n = 0; n < sizeof(buffer); n++)
		assert_int_equal(trial_decode(buffer, n, &record), n == size);
}

/* Every accepted record is valid to the last bit. */
static void test_every_byte_with_every_value(void **state)
{
	uint8_t buffer[TRIAL_RECORD_SIZE_MAX], again[TRIAL_RECORD_SIZE_MAX];
	size_t size = full_record(buffer), refused = 0;

	(void)state;
	for (size_t at = 0; at < size; at++) {
		uint8_t was = buffer[at];

		for (unsigned value = 0; value < 256; value++) {
			struct trial_record record;

			buffer[at] = value;
			if (!trial_decode(buffer, size, &record)) {
				refused++;
				continue;
			}
			assert_int_equal(trial_encode(&record, again), size);
			assert_memory_equal(buffer, again, size);
		}
		buffer[at] = was;
	}
	assert_true(refused > size * 64);
}

/* Equal claims ---------------------------------------------------------------------------- */

struct key_case {
	const char *name;
	const char *config, *cmdline;
	const char *kernel, *built_at;
	unsigned device, subdevice; /* of the first function of the first card */
	bool is_same;
	const char *firmware;
	size_t boot_display; /* an index, when not 0 */
	bool has_mate;	     /* the card's port is in its group, which does no harm */
};

#define KERNEL "6.1.0-56-amd64"
#define BUILT "2026-11-22T12:00:00Z"

static const struct key_case key_cases[] = {
	{ "the same", ONE, NULL, KERNEL, BUILT, 0x2206, 0x403b, true },
	{ "a parameter that changes nothing", ONE, "vfio_claim.mode=claim", KERNEL, BUILT,
	  0x2206, 0x403b, true },
	{ "the configuration", ONE "# another line\n", NULL, KERNEL, BUILT, 0x2206,
	  0x403b, false },
	{ "a card more", ONE "gpu = 02:00.0\n", NULL, KERNEL, BUILT, 0x2206, 0x403b, false },
	{ "another card by parameter", ONE, "vfio_claim.gpu=02:00.0", KERNEL, BUILT,
	  0x2206, 0x403b, false },
	{ "the kernel", ONE, NULL, "6.1.0-57-amd64", BUILT, 0x2206, 0x403b, false },
	{ "the image", ONE, NULL, KERNEL, "2026-11-23T12:00:00Z", 0x2206, 0x403b, false },
	{ "no image record", ONE, NULL, KERNEL, NULL, 0x2206, 0x403b, false },
	{ "the card", ONE, NULL, KERNEL, BUILT, 0x2204, 0x403b, false },
	{ "the card's maker", ONE, NULL, KERNEL, BUILT, 0x2206, 0x403c, false },
	{ "the firmware", ONE, NULL, KERNEL, BUILT, 0x2206, 0x403b, false,
	  .firmware = "dmi:bvnVendor:bvr1.20:bd01/02/2026:" },
	{ "the boot display", ONE, NULL, KERNEL, BUILT, 0x2206, 0x403b, false,
	  .boot_display = 4 },
	{ "the card's company", ONE, NULL, KERNEL, BUILT, 0x2206, 0x403b, false,
	  .has_mate = true },
};

static void find_key(const struct key_case *c, uint8_t *ret_key)
{
	struct config config = config_from(c->config, c->cmdline);
	struct function functions[ARRAY_SIZE(twins_)];
	struct snapshot machine = twins;
	struct function *card = &functions[1];
	struct plan plan;

	memcpy(functions, twins_, sizeof(functions));
	machine.functions = functions;
	if (c->has_mate)
		functions[0].group = 12;
	functions[c->boot_display].is_boot_vga = c->boot_display;
	machine = machine_join_groups(&machine);
	machine.platform.firmware = (char *)c->firmware;
	/* As survey.c computes it from the file. */
	snprintf(config.sha256, sizeof(config.sha256), "%zu", strlen(c->config));
	machine.kernel = (char *)c->kernel;
	machine.image_built_at = (char *)c->built_at;
	card->id.device = c->device;
	card->subsystem.device = c->subdevice;
	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	assert_int_equal(plan.targets[0].verdict, VERDICT_CLAIM);
	assert_int_equal(trial_find_key(&config, &machine, &plan, ret_key), 0);
	machine.kernel = machine.image_built_at = machine.platform.firmware = NULL;
	plan_done(&plan);
	machine_done(&machine);
	config_done(&config);
}

static void test_key(void **state)
{
	const struct key_case *c = *state;
	uint8_t first[TRIAL_KEY_SIZE], now[TRIAL_KEY_SIZE];

	find_key(&key_cases[0], first);
	find_key(c, now);
	assert_int_equal(!memcmp(first, now, sizeof(now)), c->is_same);
}

/* Held functions are kept from the host like claimed ones. */
static void test_holding_is_on_trial_too(void **state)
{
	static const char *const configs[] = { "on-failure = hold\n",
					       "on-failure = release\n" };
	uint8_t keys[2][TRIAL_KEY_SIZE];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct snapshot machine = machine_join_groups(&twins);
		struct config config = config_from(ONE, NULL);
		struct plan plan;

		config.on_failure = i ? ON_FAILURE_RELEASE : ON_FAILURE_HOLD;
		(void)configs;
		assert_int_equal(plan_make(&config, &machine, &plan), 0);
		plan.targets[0].verdict = VERDICT_REFUSE;
		assert_int_equal(trial_find_key(&config, &machine, &plan, keys[i]), 0);
		plan_done(&plan);
		machine_done(&machine);
		config_done(&config);
	}
	assert_memory_not_equal(keys[0], keys[1], TRIAL_KEY_SIZE);
}

/* The black box --------------------------------------------------------------------------- */

static void test_box_and_disarming(void **state)
{
	struct config config = config_from(ONE "gpu = 02:00.0\ngpu = 03:00.0\n", NULL);
	struct snapshot machine = machine_join_groups(&twins);
	struct outcome outcome;
	struct trial_box box;
	struct plan plan;

	(void)state;
	machine.kernel = TEXT("6.1 'quoted'\x7f");
	machine.boot_id = TEXT("01234567-89ab-cdef-0123-456789abcdef");
	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	assert_int_equal(outcome_init(&outcome, &plan, &machine), 0);
	findings_add(&plan.findings, NULL, FINDING_UNSAFE_INTERRUPTS, NULL, "a warning");
	findings_add(&plan.findings, NULL, FINDING_RESET_NONE, NULL, "no more than a note");
	for (int i = 0; i < 6; i++)
		findings_add(&outcome.findings, NULL,
			     i > 2 ? FINDING_CLAIM_LOST : FINDING_PROBE_FAILED, NULL,
			     "an error");

	trial_fill_box(&machine, &box);
	assert_string_equal(box.kernel, "6.1__quoted__");
	assert_int_equal(box.boot_id[15], 0xef);
	assert_int_equal(box.stage, TRIAL_STAGE_CLAIMING);
	trial_tell_box(&box, &config, &machine, &plan, NULL);
	assert_int_equal(box.n_functions, 6);
	assert_int_equal(box.stage, TRIAL_STAGE_CLAIMING);
	assert_int_equal(box.functions[0].result, RESULT_NOT_TRIED);

	outcome.targets[0] = RESULT_CLAIMED;
	outcome.targets[1] = RESULT_FAILED;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_FAILED);
	assert_int_equal(box.functions[2].result, RESULT_CLAIMED);
	assert_int_equal(box.functions[3].result, RESULT_FAILED);
	assert_int_equal(box.n_findings, 4); /* the missing card too */
	assert_string_equal(box.findings[0], "GPU_NOT_FOUND");
	assert_string_equal(box.findings[1], "PROBE_FAILED");
	assert_string_equal(box.findings[3], "UNSAFE_INTERRUPTS");

	outcome.targets[1] = RESULT_CLAIMED;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_CLAIMED);

	/* Claimed with its group deferred, then refused and given back. */
	plan.targets[1].verdict = VERDICT_REFUSE;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_FAILED);
	outcome.targets[1] = RESULT_REFUSED;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_CLAIMED);

	assert_true(plan.n_steps > 0);
	plan_refuse_all(&plan, 2, NULL);
	assert_int_equal(plan.n_steps, 0);
	for (size_t i = 0; i < plan.n_targets; i++)
		assert_int_equal(plan.targets[i].verdict, VERDICT_REFUSE);
	assert_true(findings_have(&plan.findings, FINDING_TRIAL_SPENT));

	machine.kernel = machine.boot_id = NULL;
	outcome_done(&outcome);
	plan_done(&plan);
	machine_done(&machine);
	config_done(&config);
}

static void test_boot_id(void **state)
{
	static const char good[] = "01234567-89ab-cdef-0123-456789abcdef";
	static const char *const bad[] = { "",
					   "01234567-89ab-cdef-0123-456789abcde",
					   "01234567-89ab-cdef-0123-456789abcdef0",
					   "01234567089ab-cdef-0123-456789abcdef",
					   "0123456g-89ab-cdef-0123-456789abcdef",
					   "01234567-89AB-cdef-0123-456789abcdef" };
	char text[BOOT_ID_SIZE];
	uint8_t id[16];

	(void)state;
	assert_true(trial_parse_boot_id(good, id));
	assert_string_equal(trial_format_boot_id(id, text), good);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(trial_parse_boot_id(bad[i], id));
}

static void test_standing_words(void **state)
{
	(void)state;
	for (enum trial_standing i = 0; i <= TRIAL_UNKNOWN; i++)
		assert_int_equal(trial_standing_parse(trial_standing_name(i)), i);
	assert_int_equal(trial_standing_parse(""), TRIAL_UNKNOWN);
	assert_int_equal(trial_standing_parse("confirmed!"), TRIAL_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state),
		cmocka_unit_test(test_the_story_of_boots),
		cmocka_unit_test(test_the_same_boot_is_one_attempt),
		cmocka_unit_test(test_confirming),
		cmocka_unit_test(test_a_few_claims_are_known),
		cmocka_unit_test(test_renewing),
		cmocka_unit_test(test_giving_back),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_every_size_but_the_right_one),
		cmocka_unit_test(test_every_byte_with_every_value),
		cmocka_unit_test(test_holding_is_on_trial_too),
		cmocka_unit_test(test_box_and_disarming),
		cmocka_unit_test(test_boot_id),
		cmocka_unit_test(test_standing_words),
	};
	int failed = RUN_TABLE(key_cases, test_key);

	return failed + cmocka_run_group_tests_name("trial", tests, NULL, NULL);
}
