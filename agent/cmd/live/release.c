// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes cards from vfio-pci on the running system, for the host's drivers or for none. */
#include "cmd/live/release.h"

#include "act/claim.h"
#include "base/clock.h"
#include "facts/pci.h"
#include "model/finding.h"
#include "model/function.h"

#include <time.h>

#define LOAD_MOST_MS 3000

struct releasing {
	const struct snapshot *snapshot;
	const struct execute_ops *ops;
	bool is_held;
	int64_t deadline_ms;
	struct outcome *outcome;
};

static const struct function *function_of(const struct releasing *releasing, size_t index)
{
	return &releasing->snapshot->functions[index];
}

static int read_back(const struct releasing *releasing, size_t index)
{
	struct function_outcome *result = &releasing->outcome->functions[index];
	char *driver = NULL;
	int r = releasing->ops->read_driver(releasing->ops->data,
					    &function_of(releasing, index)->address,
					    &driver);

	if (r < 0)
		return r;
	free(result->driver);
	result->driver = driver;
	return 0;
}

/* Is a driver registered that could have this function, and has not taken it? */
static bool is_any_rival_loaded(const struct releasing *releasing,
				const struct function *function)
{
	for (size_t i = 0; i < function->rivals.n; i++) {
		_cleanup_free_ char *driver = NULL;

		if (releasing->ops->find_driver(releasing->ops->data,
						function->rivals.items[i], &driver) == 0)
			return true;
	}
	return false;
}

/*
 * Asks udev to load what the system has for this function, by its own rules and blacklists, and waits
 * until a driver has it, or does not want it.
 */
static void wait_for_driver(const struct releasing *releasing, size_t index)
{
	const struct timespec moment = { .tv_nsec = 20 * 1000 * 1000 };
	const struct function *function = function_of(releasing, index);
	const struct function_outcome *result = &releasing->outcome->functions[index];
	int64_t deadline = clock_ms() + LOAD_MOST_MS;
	char file[PCI_FILE_SIZE];

	if (result->driver || !function->rivals.n ||
	    is_any_rival_loaded(releasing, function) ||
	    releasing->ops->write_bounded(releasing->ops->data,
					  pci_file(&function->address, "uevent", file),
					  "add") < 0)
		return;
	if (deadline > releasing->deadline_ms)
		deadline = releasing->deadline_ms;
	while (!is_any_rival_loaded(releasing, function) && clock_ms() < deadline)
		nanosleep(&moment, NULL);
	(void)read_back(releasing, index);
}

/* False after a finding: the function is VFIO's still. */
static bool is_free(const struct releasing *releasing, size_t index)
{
	const struct function_outcome *result = &releasing->outcome->functions[index];
	char subject[PCI_ADDRESS_SIZE];
	int r = read_back(releasing, index);

	bdf_format(&function_of(releasing, index)->address, subject);
	if (r < 0)
		findings_add(&releasing->outcome->findings, subject, SAY_END_UNREADABLE,
			     strerror(-r));
	else if (result->driver && (releasing->is_held || is_vfio_driver(result->driver)))
		findings_add(&releasing->outcome->findings, subject, SAY_UNBIND_TIMEOUT,
			     result->driver);
	else
		return true;
	return false;
}

static void release_target(const struct releasing *releasing, const struct target *target,
			   enum result *ret_result)
{
	enum on_failure policy = releasing->is_held ? ON_FAILURE_HOLD : ON_FAILURE_RELEASE;

	*ret_result = releasing->is_held ? RESULT_HELD : RESULT_RELEASED;
	for (size_t i = 0; i < target->n_functions; i++)
		execute_unreserve(function_of(releasing, target->functions[i]),
				  releasing->ops);
	for (size_t i = 0; i < target->n_functions; i++) {
		size_t index = target->functions[i];

		execute_give_back(&function_of(releasing, index)->address, 1, policy,
				  releasing->ops);
		/* A host's driver is to go too. */
		if (releasing->is_held && read_back(releasing, index) == 0 &&
		    releasing->outcome->functions[index].driver)
			(void)releasing->ops->unbind(releasing->ops->data,
						     &function_of(releasing, index)->address);
	}
	for (size_t i = 0; i < target->n_functions; i++) {
		size_t index = target->functions[i];
		bool is_given = is_free(releasing, index);

		if (!is_given)
			*ret_result = RESULT_FAILED;
		else if (!releasing->is_held)
			wait_for_driver(releasing, index);
	}
	for (size_t i = 0; i < target->n_functions; i++)
		releasing->outcome->functions[target->functions[i]].result = *ret_result;
}

void release_plan(const struct snapshot *snapshot, const struct plan *plan, bool is_held,
		  const struct execute_ops *ops, int64_t deadline_ms,
		  struct outcome *outcome)
{
	const struct releasing releasing = { snapshot, ops, is_held, deadline_ms, outcome };

	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].verdict == VERDICT_CLAIM)
			release_target(&releasing, &plan->targets[i], &outcome->targets[i]);
}

int release_cards(struct supervised *worker, const struct survey *survey, bool is_held,
		  struct outcome *outcome)
{
	struct live live = { .root = worker->root, .deadline_ms = worker->deadline_ms };
	struct execute_ops ops = execute_live_ops(&live);
	int r = claim_start_outcome(survey, outcome);

	if (r < 0)
		return r;
	release_plan(&survey->snapshot, &survey->plan, is_held, &ops,
		     worker->deadline_ms - 1000, outcome);
	return 0;
}

void release_function(struct supervised *worker, const struct function *function)
{
	struct live live = { .root = worker->root, .deadline_ms = worker->deadline_ms };
	struct execute_ops ops = execute_live_ops(&live);

	execute_unreserve(function, &ops);
	if (function->driver && is_vfio_driver(function->driver))
		execute_give_back(&function->address, 1, ON_FAILURE_RELEASE, &ops);
}
