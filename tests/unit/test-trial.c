// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trial boots: every state of the record against every boot, the record to the last byte, which
 * claims are the same, and what the black box holds.
 */
#include "plan.h"
#include "trial.h"
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

static void check_decision(const struct trial_record *stored, unsigned limit)
{
	bool is_same = stored && !memcmp(stored->key, key, sizeof(key)), is_changed, may;
	const struct trial_box box = box_of(9);
	struct trial_record record;

	may = trial_decide(stored, limit, key, &box, &record, &is_changed);
	assert_memory_equal(record.key, key, sizeof(key));
	if (!is_same) {
		assert_true(may && is_changed);
		assert_int_equal(record.state, TRIAL_STATE_TRYING);
		assert_int_equal(record.attempts, 1);
	} else if (stored->state == TRIAL_STATE_TRYING && stored->attempts < limit) {
		assert_true(may && is_changed);
		assert_int_equal(record.attempts, stored->attempts + 1);
	} else if (stored->state == TRIAL_STATE_TRYING) {
		assert_true(!may && is_changed);
		assert_int_equal(record.state, TRIAL_STATE_SPENT);
	} else {
		assert_int_equal(may, stored->state == TRIAL_STATE_CONFIRMED);
		assert_false(is_changed);
		assert_int_equal(record.state, stored->state);
	}
	if (is_changed) {
		const struct trial_box *mine = trial_find_box(&record, box.boot_id);
		uint8_t buffer[TRIAL_RECORD_SIZE_MAX];
		struct trial_record back;

		assert_non_null(mine);
		assert_int_equal(mine->attempt, may ? record.attempts : 0);
		assert_int_equal(mine->stage,
				 may ? TRIAL_STAGE_CLAIMING : TRIAL_STAGE_REFUSED);
		assert_int_equal(record.limit, limit);
		/* What is written can be read. */
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
						struct trial_record stored = {
							.state = s,
							.attempts = attempts,
							.limit = TRIAL_LIMIT_MAX,
							.n_boxes = n,
						};

						memcpy(stored.key, is_same ? key : other,
						       sizeof(key));
						for (size_t i = 0; i < n; i++)
							stored.boxes[i] = box_of(i);
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
	assert_int_equal(record.attempts, 1);
	assert_int_equal(record.n_boxes, 1);
	assert_false(trial_decide(&record, 1, key, &second, &record, &is_changed));
	/* A boot without an id is no other's. */
	memset(first.boot_id, 0, sizeof(first.boot_id));
	assert_true(trial_decide(NULL, 1, key, &first, &record, &is_changed));
	assert_false(trial_decide(&record, 1, key, &first, &record, &is_changed));
}

/* N boots that do not finish, then none is tried, ever; until it is asked for. */
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
			assert_int_equal(trial_confirm(&record, box.boot_id),
					 TRIAL_IS_SPENT);
		}
		trial_renew(&record);
		box = box_of(200);
		assert_true(trial_decide(&record, limit, key, &box, &record, &is_changed));
		assert_int_equal(record.attempts, 1);
		/* The newest boots are told of, the oldest forgotten. */
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
	assert_int_equal(trial_confirm(&record, another_boot), TRIAL_NOT_THIS_BOOT);
	assert_int_equal(record.state, TRIAL_STATE_TRYING);
	/* Nothing is known of how it went, or it failed: that proves nothing of the claim. */
	assert_int_equal(trial_confirm(&record, box.boot_id), TRIAL_NOT_CLAIMED);
	assert_int_equal(record.state, TRIAL_STATE_TRYING);
	assert_int_equal(record.attempts, 0);
	record.boxes[0].stage = TRIAL_STAGE_FAILED;
	assert_int_equal(trial_confirm(&record, box.boot_id), TRIAL_NOT_CLAIMED);
	record.boxes[0].stage = TRIAL_STAGE_CLAIMED;
	assert_int_equal(trial_confirm(&record, box.boot_id), TRIAL_CONFIRMED_NOW);
	assert_int_equal(trial_confirm(&record, box.boot_id), TRIAL_CONFIRMED_BEFORE);
	assert_int_equal(trial_confirm(&record, another_boot), TRIAL_CONFIRMED_BEFORE);

	record.n_boxes = 0;
	assert_true(trial_decide(&record, 2, key, &box, &record, &is_changed));
	assert_false(is_changed);
	assert_true(trial_decide(&record, 2, other, &box, &record, &is_changed));
	assert_true(is_changed);
}

/* The bytes ------------------------------------------------------------------------------- */

static size_t full_record(uint8_t *buffer)
{
	struct trial_record record = { .state = TRIAL_STATE_TRYING,
				       .attempts = 2,
				       .limit = 3,
				       .n_boxes = TRIAL_BOXES };

	memcpy(record.key, key, sizeof(key));
	for (size_t i = 0; i < TRIAL_BOXES; i++)
		record.boxes[i] = box_of(i);
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
	assert_true(size <= 1024);
	assert_true(trial_decode(buffer, size, &record));
	assert_int_equal(record.attempts, 2);
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

/* Whatever is taken for a record is one to the last bit. */
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

/* Which claim ---------------------------------------------------------------------------- */

struct key_case {
	const char *name;
	const char *config, *cmdline;
	const char *kernel, *built_at;
	unsigned device, subdevice; /* of the first function of the first card */
	bool is_same;
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
};

static void find_key(const struct key_case *c, uint8_t *ret_key)
{
	struct config config = config_from(c->config, c->cmdline);
	struct snapshot machine = machine_join_groups(&twins);
	struct function *card = &machine.functions[1];
	struct plan plan;

	/* As survey.c does it of the file. */
	snprintf(config.sha256, sizeof(config.sha256), "%zu", strlen(c->config));
	machine.kernel = (char *)c->kernel;
	machine.image_built_at = (char *)c->built_at;
	card->id.device = c->device;
	card->subsystem.device = c->subdevice;
	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	assert_int_equal(trial_find_key(&config, &machine, &plan, ret_key), 0);
	card->id.device = 0x2206;
	card->subsystem.device = 0x403b;
	machine.kernel = machine.image_built_at = NULL;
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

/* What is held is kept from the host as what is claimed is. */
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
	findings_add(&plan.findings, FINDING_UNSAFE_INTERRUPTS, NULL, NULL, "a warning");
	findings_add(&plan.findings, FINDING_RESET_NONE, NULL, NULL, "no more than a note");
	for (int i = 0; i < 6; i++)
		findings_add(&outcome.findings, FINDING_PROBE_FAILED + (i > 2), NULL,
			     NULL, "an error");

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
	assert_int_equal(box.n_findings, 4); /* the card that is not there, too */
	assert_string_equal(box.findings[0], "GPU_NOT_FOUND");
	assert_string_equal(box.findings[1], "PROBE_FAILED");
	assert_string_equal(box.findings[3], "UNSAFE_INTERRUPTS");

	outcome.targets[1] = RESULT_CLAIMED;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_CLAIMED);

	/* Claimed on probation, then refused, and given back. */
	plan.targets[1].verdict = VERDICT_REFUSE;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_FAILED);
	outcome.targets[1] = RESULT_REFUSED;
	trial_tell_box(&box, &config, &machine, &plan, &outcome);
	assert_int_equal(box.stage, TRIAL_STAGE_CLAIMED);

	assert_true(plan.n_steps > 0);
	trial_disarm(&plan, 2, NULL);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state),
		cmocka_unit_test(test_the_story_of_boots),
		cmocka_unit_test(test_the_same_boot_is_one_attempt),
		cmocka_unit_test(test_confirming),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_every_size_but_the_right_one),
		cmocka_unit_test(test_every_byte_with_every_value),
		cmocka_unit_test(test_holding_is_on_trial_too),
		cmocka_unit_test(test_box_and_disarming),
		cmocka_unit_test(test_boot_id),
	};
	int failed = RUN_TABLE(key_cases, test_key);

	return failed + cmocka_run_group_tests_name("trial", tests, NULL, NULL);
}
