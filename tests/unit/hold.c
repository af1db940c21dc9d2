// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks on-failure for every code that refuses a card: docs/design.md, "Settled". */
#include "hold.h"

#include "decide/plan.h"

static bool was_held[FINDING_COUNT_], was_left[FINDING_COUNT_];

/*
 * The card is not the configured one, or the configured one is not known; or the host needs
 * the function, or may need it.
 */
static bool is_left_alone(enum finding_code code)
{
	return code == FINDING_GPU_NOT_FOUND || code == FINDING_GPU_CHANGED ||
	       code == FINDING_GPU_AMBIGUOUS || code == FINDING_NOT_A_GPU ||
	       code == FINDING_CONFIG_INVALID || code == FINDING_CMDLINE_INVALID ||
	       code == FINDING_BOOT_DISK || code == FINDING_BOOT_DISPLAY;
}

static size_t count_holds(const struct plan *plan, size_t target)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_steps; i++)
		n += plan->steps[i].action == STEP_HOLD && plan->steps[i].target == target;
	return n;
}

static void check_target(const struct plan *plan, size_t index, bool is_hold)
{
	const struct target *target = &plan->targets[index];
	size_t holds = count_holds(plan, index);

	if (!is_hold || target->verdict == VERDICT_CLAIM) {
		assert_int_equal(holds, 0);
		return;
	}
	assert_true(holds == 0 || holds == target->n_own);
	if (target->no_hold) {
		assert_int_equal(holds, 0);
		assert_true(findings_have(&plan->findings, FINDING_NOT_HELD));
	}
	for (size_t i = 0; plan->n_targets == 1 && i < plan->findings.n; i++) {
		const struct finding *finding = &plan->findings.items[i];

		if (finding->severity != SEVERITY_ERROR)
			continue;
		if (!is_left_alone(finding->code) && target->no_hold)
			continue; /* the other reason explains it */
		(is_left_alone(finding->code) ? was_left : was_held)[finding->code] = true;
		if (is_left_alone(finding->code))
			assert_int_equal(holds, 0);
		else
			assert_true(holds > 0);
	}
}

void check_release_and_hold(const struct config *config, const struct snapshot *machine)
{
	struct config changed = *config;

	for (int is_hold = 0; is_hold < 2; is_hold++) {
		CLEANUP(plan_done) struct plan plan = {};

		changed.mode = MODE_CLAIM;
		changed.on_failure = is_hold ? ON_FAILURE_HOLD : ON_FAILURE_RELEASE;
		assert_int_equal(plan_make(&changed, machine, &plan), 0);
		if (findings_have_error(&config->findings)) {
			assert_int_equal(plan.n_steps, 0);
			was_left[FINDING_CONFIG_INVALID] = true;
			continue;
		}
		for (size_t i = 0; i < plan.n_targets; i++)
			check_target(&plan, i, is_hold);
	}
}

static bool is_listed(const enum finding_code *codes, enum finding_code code)
{
	for (; *codes != FINDING_COUNT_; codes++)
		if (*codes == code)
			return true;
	return false;
}

void check_held_codes(const enum finding_code *held, const enum finding_code *never)
{
	for (int code = 0; code < FINDING_COUNT_; code++) {
		if (was_held[code] != is_listed(held, code))
			fail_msg("%s: %s held", finding_name(code),
				 was_held[code] ? "is" : "was not");
		if (was_left[code] != is_listed(never, code))
			fail_msg("%s: %s left alone", finding_name(code),
				 was_left[code] ? "is" : "was not");
	}
}
