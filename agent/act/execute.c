// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks the plan's steps, reads back the result, and gives a card back when any part of it failed.
 * Decides nothing; touches the system only through its operations table.
 */
#include "act/execute.h"

#include "act/execute-framebuffer.h"
#include "act/execute-setting.h"
#include "decide/framebuffer.h"
#include "decide/judge.h"
#include "decide/member.h"
#include "decide/plan.h"
#include "decide/reserve.h"
#include "facts/pci.h"
#include "model/finding.h"

#include <stdarg.h>
#include <stdio.h>

#define GENERIC_DRIVER "vfio-pci"
#define DRIVERS_PROBE "/sys/bus/pci/drivers_probe"

struct execution {
	const struct config *config;
	const struct snapshot *snapshot;
	struct plan *plan; /* only is_lost of its targets is written */
	const struct execute_ops *ops;
	struct outcome *outcome;
};

static int write_override(const struct execute_ops *ops, const struct bdf *address,
			  const char *text)
{
	char file[PCI_FILE_SIZE];

	return ops->write(ops->data, pci_file(address, "driver_override", file), text);
}

/* Success does not mean that a driver was bound: the caller reads the link. */
static int write_probe(const struct execute_ops *ops, const struct bdf *address)
{
	char text[PCI_ADDRESS_SIZE];

	return ops->write(ops->data, DRIVERS_PROBE, bdf_format(address, text));
}

/* Giving back -------------------------------------------------------------------------- */

/* 0, or -ETIMEDOUT: the function must not be touched again. */
static int free_of_vfio(const struct execute_ops *ops, const struct bdf *address)
{
	_cleanup_free_ char *driver = NULL;
	int r;

	r = ops->read_driver(ops->data, address, &driver);
	if (r == 0 && (!driver || !is_vfio_driver(driver)))
		return 0;
	r = ops->unbind(ops->data, address); /* also when the driver is unreadable */
	return r == -ETIMEDOUT ? r : 0;
}

void execute_give_back(const struct bdf *functions, size_t n, enum on_failure policy,
		       const struct execute_ops *ops)
{
	/* A newline clears an override. */
	const char *override = policy == ON_FAILURE_HOLD ? HOLD_DRIVER : "\n";

	/* Overrides first, so that vfio-pci cannot take a function again. */
	for (size_t i = 0; i < n; i++)
		(void)write_override(ops, &functions[i], override);
	for (size_t i = 0; i < n; i++)
		if (free_of_vfio(ops, &functions[i]) == 0 && policy == ON_FAILURE_RELEASE)
			(void)write_probe(ops, &functions[i]);
}

/* On failure the outcome keeps the previous reading, which proves nothing. */
static int read_back(struct execution *execution, size_t index)
{
	struct function_outcome *function = &execution->outcome->functions[index];
	char *driver = NULL;
	int r;

	r = execution->ops->read_driver(execution->ops->data,
					&execution->snapshot->functions[index].address,
					&driver);
	if (r < 0)
		return r;
	free(function->driver);
	function->driver = driver;
	return 0;
}

void execute_return_framebuffer(const struct snapshot *snapshot, size_t target,
				const struct execute_ops *ops, struct outcome *outcome)
{
	int r;

	if (!outcome->is_framebuffer_released || outcome->framebuffer_target != target)
		return;
	outcome->is_framebuffer_released = false;
	r = framebuffer_return(snapshot, ops);
	if (r < 0)
		findings_add(&outcome->findings, snapshot->framebuffer_device,
			     SAY_CONSOLE_LOST, strerror(-r));
	else
		findings_add_as(&outcome->findings, SEVERITY_INFO,
				snapshot->framebuffer_device, SAY_CONSOLE_RESTORED);
}

static bool was_vfio_before(const struct function *function)
{
	return function->driver_fact == FACT_KNOWN && is_vfio_driver(function->driver);
}

void execute_undo_settings(const struct snapshot *snapshot, size_t index,
			   const struct execute_ops *ops, struct outcome *outcome)
{
	struct function_outcome *result = &outcome->functions[index];
	const struct bdf *address = &snapshot->functions[index].address;

	for (enum card_setting_kind kind = 0; kind < CARD_SETTINGS_WRITTEN; kind++) {
		if (!result->settings[kind] || result->is_stuck)
			continue;
		(void)write_override(ops, address, HOLD_DRIVER);
		result->is_stuck = free_of_vfio(ops, address) < 0;
		if (!result->is_stuck)
			setting_undo(snapshot, index, kind, ops, outcome);
	}
}

/* All or none: one function failed, so the others are given back. */
static void fail_target(struct execution *execution, size_t index)
{
	const struct target *target = &execution->plan->targets[index];
	struct outcome *outcome = execution->outcome;

	if (outcome->targets[index] == RESULT_FAILED)
		return;
	outcome->targets[index] = RESULT_FAILED;
	execution->plan->targets[index].is_lost = true;
	for (size_t i = 0; i < target->n_functions; i++) {
		size_t k = target->functions[i];
		const struct function *function = &execution->snapshot->functions[k];
		struct function_outcome *result = &outcome->functions[k];

		result->result = RESULT_FAILED;
		/* A stuck function would block this process too. One that VFIO's driver had before
		 * this run stays as it was found. */
		if (result->is_stuck || was_vfio_before(function))
			continue;
		execute_undo_settings(execution->snapshot, k, execution->ops, outcome);
		if (result->is_stuck) {
			(void)read_back(execution, k);
			continue;
		}
		execute_give_back(&function->address, 1,
				  plan_policy(execution->config, target, i),
				  execution->ops);
		(void)read_back(execution, k);
	}
	execute_return_framebuffer(execution->snapshot, index, execution->ops, outcome);
}

/* The steps ---------------------------------------------------------------------------- */

static const struct function *step_function(const struct execution *execution,
					    const struct step *step)
{
	return &execution->snapshot->functions[step->function];
}

static void PRINTF_LIKE(5, 6)
	step_failed(struct execution *execution, const struct step *step,
		    enum finding_code code, const char *remedy, const char *format, ...)
{
	char subject[PCI_ADDRESS_SIZE], text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	findings_add(&execution->outcome->findings,
		     bdf_format(&step_function(execution, step)->address, subject), code,
		     remedy, "%s", text);
	fail_target(execution, step->target);
}

static bool has_step_before_probe(const struct execution *execution, size_t function)
{
	for (size_t i = 0; i < execution->plan->n_steps; i++) {
		const struct step *step = &execution->plan->steps[i];

		if (step->function == function && (step->action == STEP_RELEASE_FRAMEBUFFER ||
						   step->action == STEP_SETTING))
			return true;
	}
	return false;
}

/*
 * No driver may bind before the probe, as vfio-pci would when it is loaded: a variant's driver name
 * is not known yet, a console still draws into a card that vfio-pci would put to sleep, or the card's
 * settings are not written yet.
 */
static bool is_held_until_probe(const struct execution *execution, const struct step *step)
{
	return !streq(step->module, GENERIC_VFIO) ||
	       has_step_before_probe(execution, step->function);
}

static void do_override(struct execution *execution, const struct step *step)
{
	const char *driver = is_held_until_probe(execution, step) ? HOLD_DRIVER :
								    GENERIC_DRIVER;
	int r;

	r = write_override(execution->ops, &step_function(execution, step)->address,
			   driver);
	if (r < 0)
		step_failed(execution, step, SAY_OVERRIDE_FAILED, strerror(-r));
}

static bool target_uses(const struct execution *execution, size_t target, const char *module)
{
	for (size_t i = 0; i < execution->plan->n_steps; i++) {
		const struct step *step = &execution->plan->steps[i];

		if (step->action == STEP_PROBE && step->target == target &&
		    streq(step->module, module))
			return true;
	}
	return false;
}

/* False when every target that needs the module has failed already. */
static bool is_worth_loading(const struct execution *execution, const struct step *step)
{
	for (size_t i = 0; i < execution->plan->n_targets; i++)
		if (execution->plan->targets[i].verdict == VERDICT_CLAIM &&
		    execution->outcome->targets[i] != RESULT_FAILED &&
		    (step->is_optional || target_uses(execution, i, step->module)))
			return true;
	return false;
}

static int load_module(struct execution *execution, const char *module,
		       enum severity severity)
{
	struct findings *findings = &execution->outcome->findings;
	int r = execution->ops->load(execution->ops->data, module);

	if (r == -ENOENT)
		findings_add_as(findings, severity, module, SAY_MODULE_MISSING, module);
	else if (r == -ECANCELED)
		findings_add_as(findings, severity, module, SAY_MODULE_OF_RIVAL, module);
	else if (r == -EKEYREJECTED || r == -EPERM || r == -ENOKEY)
		findings_add_as(findings, severity, module, SAY_MODULE_UNSIGNED, module,
				strerror(-r));
	else if (r < 0)
		findings_add_as(findings, severity, module, SAY_MODULE_REJECTED, module,
				strerror(-r));
	return r;
}

/* Is the module a variant of vfio-pci? vfio-pci drives every function that a variant drives. */
static bool is_variant(const struct step *step)
{
	return !step->is_optional && !streq(step->module, GENERIC_VFIO);
}

static void do_load(struct execution *execution, const struct step *step)
{
	bool can_fail = step->is_optional || is_variant(step);
	int r;

	if (!is_worth_loading(execution, step))
		return;
	r = load_module(execution, step->module,
			can_fail ? SEVERITY_WARNING : SEVERITY_ERROR);
	if (r < 0 && is_variant(step))
		r = load_module(execution, GENERIC_VFIO, SEVERITY_ERROR);
	if (r == 0 || step->is_optional)
		return;
	for (size_t i = 0; i < execution->plan->n_targets; i++)
		if (target_uses(execution, i, step->module))
			fail_target(execution, i);
}

static bool has_finding_about(const struct findings *findings, const char *subject)
{
	for (size_t i = 0; i < findings->n; i++)
		if (is_string_equal(findings->items[i].subject, subject))
			return true;
	return false;
}

/* The driver of the step's module, or vfio-pci when a variant registered none. */
static int find_driver(struct execution *execution, const struct step *step,
		       char **ret_driver)
{
	const struct execute_ops *ops = execution->ops;
	int r = ops->find_driver(ops->data, step->module, ret_driver);

	if (r == 0 || !is_variant(step) ||
	    load_module(execution, GENERIC_VFIO, SEVERITY_ERROR) < 0)
		return r;
	if (!has_finding_about(&execution->outcome->findings, step->module))
		findings_add_as(&execution->outcome->findings, SEVERITY_WARNING,
				step->module, SAY_VARIANT_WITHOUT_DRIVER, strerror(-r));
	return ops->find_driver(ops->data, GENERIC_VFIO, ret_driver);
}

static void do_unbind(struct execution *execution, const struct step *step)
{
	const struct function *function = step_function(execution, step);
	int r;

	r = execution->ops->unbind(execution->ops->data, &function->address);
	if (r == -ETIMEDOUT) {
		execution->outcome->functions[step->function].is_stuck = true;
		(void)read_back(execution, step->function); /* the link goes first */
		step_failed(execution, step, SAY_UNBIND_TIMEOUT, function->driver);
	} else if (r < 0) {
		step_failed(execution, step, SAY_UNBIND_FAILED, function->driver,
			    strerror(-r));
	}
}

/* 1: the function is bound to this driver. 0: it is not. Or negative errno. */
static int has_driver(struct execution *execution, size_t index, const char *driver)
{
	int r = read_back(execution, index);

	return r < 0 ? r :
		       is_string_equal(execution->outcome->functions[index].driver, driver);
}

static void do_probe(struct execution *execution, const struct step *step)
{
	const struct function *function = step_function(execution, step);
	struct function_outcome *result = &execution->outcome->functions[step->function];
	const struct execute_ops *ops = execution->ops;
	_cleanup_free_ char *wanted = NULL;
	int r, read;

	r = find_driver(execution, step, &wanted);
	if (r < 0) {
		step_failed(execution, step, SAY_MODULE_WITHOUT_DRIVER, step->module,
			    strerror(-r));
		return;
	}
	if (is_held_until_probe(execution, step)) {
		r = write_override(ops, &function->address, wanted);
		if (r < 0) {
			step_failed(execution, step, SAY_OVERRIDE_FAILED, strerror(-r));
			return;
		}
	}
	if (has_driver(execution, step->function, wanted) > 0) /* by the load of vfio-pci */
		return;
	r = write_probe(ops, &function->address);
	read = has_driver(execution, step->function, wanted);
	if (read > 0)
		return;
	if (read < 0)
		step_failed(execution, step, SAY_BOUND_UNREADABLE, wanted, strerror(-read));
	else if (r < 0)
		step_failed(execution, step, SAY_PROBE_FAILED, strerror(-r));
	else if (result->driver)
		step_failed(execution, step, SAY_OTHER_BOUND, wanted, result->driver);
	else
		step_failed(execution, step, SAY_NOT_BOUND, wanted);
}

static void add_left_in_bar(struct execution *execution, const struct step *step,
			    const char *name)
{
	char subject[PCI_ADDRESS_SIZE];

	findings_add_as(&execution->outcome->findings, SEVERITY_WARNING,
			bdf_format(&step_function(execution, step)->address, subject),
			SAY_LEFT_IN_BAR, name);
}

static void do_release_framebuffer(struct execution *execution, const struct step *step)
{
	char subject[PCI_ADDRESS_SIZE], name[IOMEM_NAME_SIZE];
	struct outcome *outcome = execution->outcome;
	const struct execute_ops *ops = execution->ops;
	const struct function *function = step_function(execution, step);
	int r;

	r = framebuffer_release(execution->snapshot, ops);
	if (r < 0) {
		findings_add(&outcome->findings, bdf_format(&function->address, subject),
			     SAY_FRAMEBUFFER_STUCK, strerror(-r));
		return;
	}
	outcome->is_framebuffer_released = true;
	outcome->framebuffer_target = step->target;
	if (framebuffer_way(execution->snapshot, function) == FRAMEBUFFER_UNBIND &&
	    ops->find_in_bars(ops->data, &function->address, name) > 0)
		add_left_in_bar(execution, step, name);
}

/* The framebuffer's device is removed with the function: afterwards no console can be given back. */
static void do_rescan(struct execution *execution, const struct step *step)
{
	const struct function *function = step_function(execution, step);
	const struct execute_ops *ops = execution->ops;
	char name[IOMEM_NAME_SIZE] = "the firmware framebuffer";
	char subject[PCI_ADDRESS_SIZE];
	struct outcome *outcome = execution->outcome;
	int r;

	if (!outcome->is_framebuffer_released) { /* a console may still draw into this function */
		add_left_in_bar(execution, step, name);
		return;
	}
	if (ops->find_in_bars(ops->data, &function->address, name) == 0)
		return;
	r = ops->rescan(ops->data, &function->address,
			function->has_parent ? &function->parent_address : NULL);
	if (r < 0) {
		outcome->functions[step->function].is_stuck = r == -ETIMEDOUT;
		step_failed(execution, step, SAY_RESCAN_FAILED, strerror(-r));
		return;
	}
	outcome->is_framebuffer_released = false;
	if (ops->find_in_bars(ops->data, &function->address, name) > 0)
		add_left_in_bar(execution, step, name);
	else
		findings_add_as(&outcome->findings, SEVERITY_INFO,
				bdf_format(&function->address, subject), SAY_RESCANNED);
}

static void do_setting(struct execution *execution, const struct step *step)
{
	setting_write(execution->snapshot, step, execution->ops, execution->outcome);
	if (!execution->outcome->functions[step->function].is_stuck)
		return;
	(void)read_back(execution, step->function); /* its driver may be unbound by now */
	fail_target(execution, step->target);
}

static void do_hold(struct execution *execution, const struct step *step)
{
	const struct function *function = step_function(execution, step);
	char subject[PCI_ADDRESS_SIZE];
	int r;

	r = write_override(execution->ops, &function->address, HOLD_DRIVER);
	if (r < 0)
		findings_add(&execution->outcome->findings,
			     bdf_format(&function->address, subject), SAY_HOLD_FAILED,
			     strerror(-r));
}

static void do_step(struct execution *execution, const struct step *step)
{
	static void (*const actions[])(struct execution *, const struct step *) = {
		[STEP_RELEASE_FRAMEBUFFER] = do_release_framebuffer,
		[STEP_RESCAN] = do_rescan,
		[STEP_OVERRIDE] = do_override,
		[STEP_LOAD] = do_load,
		[STEP_UNBIND] = do_unbind,
		[STEP_SETTING] = do_setting,
		[STEP_PROBE] = do_probe,
		[STEP_HOLD] = do_hold,
	};

	actions[step->action](execution, step);
}

/* A target is claimed only if all its driver links name VFIO's drivers after the last step. */
static void verify_target(struct execution *execution, size_t index)
{
	const struct target *target = &execution->plan->targets[index];
	struct outcome *outcome = execution->outcome;

	for (size_t i = 0; i < target->n_functions; i++) {
		size_t k = target->functions[i];
		const char *driver;
		char subject[PCI_ADDRESS_SIZE];
		int r;

		r = read_back(execution, k);
		driver = outcome->functions[k].driver;
		if (r == 0 && driver && is_vfio_driver(driver))
			continue;
		bdf_format(&execution->snapshot->functions[k].address, subject);
		if (r < 0)
			findings_add(&outcome->findings, subject, SAY_END_UNREADABLE,
				     strerror(-r));
		else if (driver)
			findings_add(&outcome->findings, subject, SAY_END_OTHER_BOUND,
				     driver);
		else
			findings_add(&outcome->findings, subject, SAY_END_NOT_BOUND);
		fail_target(execution, index);
		return;
	}
	outcome->targets[index] = RESULT_CLAIMED;
	for (size_t i = 0; i < target->n_functions; i++)
		outcome->functions[target->functions[i]].result = RESULT_CLAIMED;
}

/*
 * Does some group hold more than claimed cards by now? A member whose claim failed is the host's
 * again, and VFIO will not accept a group that holds one.
 */
static bool is_group_lost(struct execution *execution, size_t index)
{
	const struct target *target = &execution->plan->targets[index];
	const struct snapshot *snapshot = execution->snapshot;
	char subject[PCI_ADDRESS_SIZE], member[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < target->n_groups; i++) {
		const struct group *group = snapshot_group(snapshot, target->groups[i]);
		const struct function *blocker =
			group ? member_find_blocker(snapshot, execution->plan, target,
						    group) :
				NULL;

		if (!blocker)
			continue;
		findings_add(&execution->outcome->findings,
			     bdf_format(&snapshot->functions[target->functions[0]].address,
					subject),
			     SAY_MEMBER_NOT_CLAIMED, group->number,
			     bdf_format(&blocker->address, member));
		return true;
	}
	return false;
}

static void settle_groups(struct execution *execution)
{
	bool has_changed = execution->config->shared_group != SHARED_GROUP_GPU_ONLY;

	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < execution->plan->n_targets; i++) {
			if (execution->outcome->targets[i] != RESULT_CLAIMED ||
			    !is_group_lost(execution, i))
				continue;
			fail_target(execution, i);
			has_changed = true;
		}
	}
}

void execute_plan(const struct config *config, const struct snapshot *snapshot,
		  struct plan *plan, const struct execute_ops *ops, struct outcome *outcome)
{
	struct execution execution = { config, snapshot, plan, ops, outcome };

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (step->action != STEP_LOAD &&
		    outcome->targets[step->target] == RESULT_FAILED)
			continue;
		do_step(&execution, step);
	}
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].verdict == VERDICT_CLAIM &&
		    outcome->targets[i] != RESULT_FAILED)
			verify_target(&execution, i);
	settle_groups(&execution);
}

/* Cards that come late, or come back ---------------------------------------------------------- */

#define NEW_ID "/sys/bus/pci/drivers/" GENERIC_DRIVER "/new_id"
#define REMOVE_ID "/sys/bus/pci/drivers/" GENERIC_DRIVER "/remove_id"
#define DYNAMIC_ID_SIZE 40

static bool format_dynamic_id(const struct function *function,
			      char text[static DYNAMIC_ID_SIZE])
{
	if (function->subsystem_fact != FACT_KNOWN)
		return false;
	snprintf(text, DYNAMIC_ID_SIZE, "%04x %04x %04x %04x %06x ffffff",
		 function->id.vendor, function->id.device, function->subsystem.vendor,
		 function->subsystem.device, (unsigned)function->class);
	return true;
}

/* The functions that no other driver module is for: a variant would have to be asked instead. */
static void reserve_function(const struct snapshot *snapshot,
			     const struct function *function, const struct execute_ops *ops)
{
	char text[DYNAMIC_ID_SIZE];

	if (function->vfio_module && !streq(function->vfio_module, GENERIC_VFIO))
		return;
	if (is_reservable(snapshot, &function->id, &function->subsystem, function) &&
	    format_dynamic_id(function, text))
		(void)ops->write(ops->data, NEW_ID, text); /* -EEXIST: it is asked for */
}

/* Loaded now, vfio-pci registers before the drivers that the real root will load. */
static void reserve_awaited(const struct snapshot *snapshot, const struct target *target,
			    const struct execute_ops *ops)
{
	const struct identity *identity = &target->wanted->identity;
	char text[DYNAMIC_ID_SIZE];

	if (!identity->has_id || !identity->has_subsystem ||
	    !is_reservable(snapshot, &identity->id, &identity->subsystem, NULL) ||
	    ops->load(ops->data, GENERIC_VFIO) < 0)
		return;
	snprintf(text, sizeof(text), "%04x %04x %04x %04x", identity->id.vendor,
		 identity->id.device, identity->subsystem.vendor,
		 identity->subsystem.device);
	(void)ops->write(ops->data, NEW_ID, text);
}

void execute_reserve(const struct snapshot *snapshot, const struct plan *plan,
		     const struct execute_ops *ops, const struct outcome *outcome)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		if (target->is_awaited)
			reserve_awaited(snapshot, target, ops);
		else if (outcome && outcome->targets[i] == RESULT_CLAIMED)
			for (size_t k = 0; k < target->n_functions; k++)
				reserve_function(snapshot,
						 &snapshot->functions[target->functions[k]],
						 ops);
	}
}

void execute_unreserve(const struct function *function, const struct execute_ops *ops)
{
	char text[DYNAMIC_ID_SIZE];

	if (format_dynamic_id(function, text))
		(void)ops->write_bounded(ops->data, REMOVE_ID, text);
}
