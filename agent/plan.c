// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What shall be done? Configuration and snapshot in, steps and findings out. Pure: no I/O, no
 * clock, no environment, no static data; `make check` holds this file to it.
 */
#include "plan.h"

#include "judge.h"
#include "select.h"

#include <stdio.h>

#define CLASS_BASE(class) ((class) >> 16)
#define CLASS_SUB(class) ((class) >> 8)
#define BASE_STORAGE 0x01
#define BASE_NETWORK 0x02
#define BASE_BRIDGE 0x06 /* ISA and host bridges too */
#define SUB_AUDIO 0x0403
#define SUB_USB 0x0c03
#define SUB_SERIAL_BUS 0x0c80 /* USB Type-C controllers of graphics cards */

#define REMEDY_SETUP                                                                     \
	"correct the line in /etc/vfio-claim.conf and run 'vfio-claim setup --rebuild'"

struct planner {
	const struct config *config;
	const struct snapshot *snapshot;
	struct plan *plan;
};

static size_t index_of(const struct planner *planner, const struct function *function)
{
	return function - planner->snapshot->functions;
}

static const struct function *target_function(const struct planner *planner,
					      const struct target *target, size_t i)
{
	return &planner->snapshot->functions[target->functions[i]];
}

static int add_function(struct target *target, size_t index)
{
	for (size_t i = 0; i < target->n_functions; i++)
		if (target->functions[i] == index)
			return 0;
	if (array_reserve(&target->functions, target->n_functions,
			  &target->functions_capacity, sizeof(*target->functions)) < 0)
		return -ENOMEM;
	target->functions[target->n_functions++] = index;
	return 0;
}

static int add_group(struct target *target, int number)
{
	for (size_t i = 0; i < target->n_groups; i++)
		if (target->groups[i] == number)
			return 0;
	if (array_reserve(&target->groups, target->n_groups, &target->groups_capacity,
			  sizeof(*target->groups)) < 0)
		return -ENOMEM;
	target->groups[target->n_groups++] = number;
	return 0;
}

static int add_step(struct plan *plan, struct step step)
{
	if (array_reserve(&plan->steps, plan->n_steps, &plan->steps_capacity,
			  sizeof(*plan->steps)) < 0)
		return -ENOMEM;
	plan->steps[plan->n_steps++] = step;
	return 0;
}

/* Which card ------------------------------------------------------------------------- */

static void describe(const struct function *function, char *buffer, size_t size)
{
	char address[PCI_ADDRESS_SIZE], serial[PCI_SERIAL_SIZE], subsystem[48] = "";

	if (function->subsystem_fact == FACT_KNOWN)
		snprintf(subsystem, sizeof(subsystem), " (subsystem %04x:%04x)",
			 function->subsystem.vendor, function->subsystem.device);
	snprintf(buffer, size, "%s %04x:%04x%s%s%s",
		 bdf_format(&function->address, address), function->id.vendor,
		 function->id.device, subsystem,
		 function->caps.serial_fact == FACT_KNOWN ? " serial " : "",
		 function->caps.serial_fact == FACT_KNOWN ?
			 pci_serial_format(function->caps.serial, serial) :
			 "");
}

static void say_moved(struct planner *planner, const struct wanted *wanted,
		      const struct function *function)
{
	char found[128], path[PCI_PATH_SIZE], subject[PCI_ADDRESS_SIZE];

	describe(function, found, sizeof(found));
	findings_add(&planner->plan->findings, FINDING_GPU_MOVED,
		     bdf_format(&function->address, subject),
		     "bring the line in /etc/vfio-claim.conf up to date at leisure",
		     "the card expected as '%s' was found as %s path=%s and is followed",
		     wanted->text, found, pci_path_format(&function->path, path));
}

static void say_not_selected(struct planner *planner, const struct wanted *wanted,
			     const struct selection *selection)
{
	struct findings *findings = &planner->plan->findings;
	char found[128], subject[PCI_ADDRESS_SIZE];

	switch (selection->status) {
	case SELECTION_NOT_FOUND:
		findings_add(findings, FINDING_GPU_NOT_FOUND, wanted->origin,
			     "check that the card is seated and powered; " REMEDY_SETUP,
			     "nothing here answers to '%s'", wanted->text);
		break;
	case SELECTION_CHANGED:
		describe(selection->function, found, sizeof(found));
		findings_add(findings, FINDING_GPU_CHANGED,
			     bdf_format(&selection->function->address, subject),
			     REMEDY_SETUP,
			     "expected '%s', found %s: another card, which is left alone",
			     wanted->text, found);
		break;
	case SELECTION_AMBIGUOUS:
		if (selection->is_last)
			findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin,
				     "check that the card that is meant is seated and powered; "
				     "if it is gone for good, " REMEDY_SETUP,
				     "'%s' may mean a card that is gone: of %zu such cards that "
				     "were there when the image was built one is left, which may "
				     "be the host's",
				     wanted->text, selection->matches);
		else
			findings_add(findings, FINDING_GPU_AMBIGUOUS, wanted->origin,
				     "add the address or path= of the one that is meant",
				     "'%s' may mean any of %zu cards", wanted->text,
				     selection->matches);
		break;
	case SELECTION_FOUND:
	case SELECTION_MOVED:
		break;
	}
}

/* Which functions --------------------------------------------------------------------- */

static bool is_card_class(const struct function *function)
{
	unsigned sub = CLASS_SUB(function->class);

	return is_display(function) || sub == SUB_AUDIO || sub == SUB_USB ||
	       sub == SUB_SERIAL_BUS;
}

static bool has_host_functions(const struct planner *planner, const struct function *display)
{
	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];

		if (bdf_is_same_slot(&function->address, &display->address) &&
		    (is_bridge(function) || !is_card_class(function)))
			return true;
	}
	return false;
}

/* An APU keeps its security processor and the host's USB in the slot of its display. */
static int add_card(struct planner *planner, struct target *target,
		    const struct function *display)
{
	bool is_shared_slot = has_host_functions(planner, display);
	char left[256] = "", subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];
	size_t used = 0;
	int r;

	r = add_function(target, index_of(planner, display));
	if (r < 0)
		return r;
	for (size_t i = 0; i < planner->snapshot->n_functions; i++) {
		const struct function *function = &planner->snapshot->functions[i];
		bool is_ours;

		if (!bdf_is_same_slot(&function->address, &display->address))
			continue;
		/* A bridge's header and a card's class: one of the two is not so. */
		if (function->identity_fact == FACT_UNREADABLE ||
		    (is_bridge(function) && is_card_class(function)))
			target->has_unknown_function = true;
		is_ours = !is_bridge(function) && is_card_class(function) &&
			  function->id.vendor == display->id.vendor;
		if (is_shared_slot && !is_display(function) &&
		    CLASS_SUB(function->class) != SUB_AUDIO)
			is_ours = false;
		if (is_ours) {
			r = add_function(target, i);
			if (r < 0)
				return r;
		} else if (used < sizeof(left)) {
			used += snprintf(left + used, sizeof(left) - used,
					 "%s%s (class %04x)", used ? ", " : "",
					 bdf_format(&function->address, address),
					 CLASS_SUB(function->class));
		}
	}
	if (used)
		findings_add(&planner->plan->findings, FINDING_SLOT_HAS_HOST_FUNCTIONS,
			     bdf_format(&display->address, subject), NULL,
			     "functions of the same slot stay with the host: %s", left);
	return 0;
}

static void say_not_a_gpu(struct planner *planner, const struct wanted *wanted,
			  const struct function *function)
{
	const struct function *display = NULL;
	char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE], remedy[160];

	for (size_t i = 0; i < planner->snapshot->n_functions && !display; i++) {
		const struct function *other = &planner->snapshot->functions[i];

		if (bdf_is_same_slot(&other->address, &function->address) &&
		    is_display(other))
			display = other;
	}
	if (display)
		snprintf(remedy, sizeof(remedy), "name the display function, %s, instead",
			 bdf_format(&display->address, address));
	findings_add(&planner->plan->findings, FINDING_NOT_A_GPU,
		     bdf_format(&function->address, subject),
		     display ? remedy :
			       "name a display function (class 03xx); for anything else use a "
			       "'device =' line",
		     "'%s' names a function of class %04x, not a display", wanted->text,
		     CLASS_SUB(function->class));
}

static int find_functions(struct planner *planner, struct target *target,
			  const struct function *function)
{
	char subject[PCI_ADDRESS_SIZE];

	if (target->wanted->kind == WANTED_GPU) {
		if (!is_display(function) || is_bridge(function)) {
			say_not_a_gpu(planner, target->wanted, function);
			return 0;
		}
		target->is_the_card_meant = true;
		return add_card(planner, target, function);
	}
	if (is_bridge(function) || CLASS_BASE(function->class) == BASE_BRIDGE) {
		findings_add(&planner->plan->findings, FINDING_CONFIG_INVALID,
			     bdf_format(&function->address, subject), REMEDY_SETUP,
			     "'%s' names a bridge; bridges are never claimed",
			     target->wanted->text);
		return 0;
	}
	target->is_the_card_meant = true;
	return add_function(target, index_of(planner, function));
}

/* Two lines must not mean one function: the first that names it has it. */
static bool is_taken(struct planner *planner, const struct target *target)
{
	for (size_t i = 0; i < planner->plan->n_targets; i++) {
		const struct target *other = &planner->plan->targets[i];

		for (size_t k = 0; k < target->n_functions; k++)
			for (size_t m = 0; m < other->n_functions; m++) {
				if (target->functions[k] != other->functions[m])
					continue;
				findings_add(&planner->plan->findings,
					     FINDING_CONFIG_INVALID, target->wanted->origin,
					     "remove one of the lines",
					     "'%s' means the same card as '%s' of %s",
					     target->wanted->text, other->wanted->text,
					     other->wanted->origin);
				return true;
			}
	}
	return false;
}

static bool is_of_any_target(const struct plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		for (size_t k = 0; k < plan->targets[i].n_functions; k++)
			if (plan->targets[i].functions[k] == index)
				return true;
	return false;
}

/* Under shared-group=claim-all the card brings the group's other endpoints along, but never
 * storage, the network, or what the host needs; these go on blocking. */
static int add_group_members(struct planner *planner, struct target *target, int number)
{
	const struct group *group = snapshot_group(planner->snapshot, number);

	for (size_t i = 0; group && i < group->n_members; i++) {
		const struct function *function =
			&planner->snapshot->functions[group->members[i]];
		unsigned base = CLASS_BASE(function->class);

		if (is_bridge(function) || base == BASE_BRIDGE || function->is_needed ||
		    base == BASE_STORAGE || base == BASE_NETWORK ||
		    is_of_any_target(planner->plan, group->members[i]) ||
		    judge_member(planner->snapshot, planner->plan, target,
				 group->members[i]) != MEMBER_BLOCKS)
			continue;
		if (add_function(target, group->members[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int expand_all(struct planner *planner)
{
	for (size_t i = 0; i < planner->plan->n_targets; i++) {
		struct target *target = &planner->plan->targets[i];

		for (size_t k = 0; target->is_the_card_meant && k < target->n_groups; k++) {
			int r = add_group_members(planner, target, target->groups[k]);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int fill_target(struct planner *planner, struct target *target)
{
	struct selection selection;
	int r;

	selection = selector_resolve(&target->wanted->selector, planner->snapshot);
	if (selection.status != SELECTION_FOUND && selection.status != SELECTION_MOVED) {
		say_not_selected(planner, target->wanted, &selection);
		return 0;
	}
	if (selection.status == SELECTION_MOVED)
		say_moved(planner, target->wanted, selection.function);
	r = find_functions(planner, target, selection.function);
	if (r < 0)
		return r;
	if (is_taken(planner, target)) {
		target->n_functions = 0;
		target->is_the_card_meant = false;
	}
	for (size_t i = 0; i < target->n_functions; i++) {
		const struct function *function = target_function(planner, target, i);

		if (function->group_fact == FACT_ABSENT)
			target->is_on_probation = judge_is_on_probation(planner->snapshot);
		if (function->group_fact == FACT_KNOWN &&
		    add_group(target, function->group) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_target(struct planner *planner, const struct wanted *wanted, bool is_invalid)
{
	struct target target = { .wanted = wanted, .verdict = VERDICT_REFUSE };
	struct plan *plan = planner->plan;
	int r;

	r = array_reserve(&plan->targets, plan->n_targets, &plan->targets_capacity,
			  sizeof(target));
	if (r < 0)
		return r;
	r = fill_target(planner, &target);
	plan->targets[plan->n_targets++] = target; /* also on failure: plan_done() frees it */
	if (is_invalid) /* what is in doubt is not to be touched in any way */
		plan->targets[plan->n_targets - 1].is_the_card_meant = false;
	return r;
}

/* The steps ---------------------------------------------------------------------------- */

static const char *module_of(const struct planner *planner, const struct target *target,
			     size_t i)
{
	const char *module = target_function(planner, target, i)->vfio_module;

	return module ? module : "vfio_pci";
}

static bool is_loaded_by(const struct plan *plan, const char *module)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action == STEP_LOAD &&
		    streq(plan->steps[i].module, module))
			return true;
	return false;
}

static bool is_to_be_unbound(const struct planner *planner, const struct function *function)
{
	if (function->driver_fact != FACT_KNOWN || is_vfio_driver(function->driver))
		return false;
	/* At the next boot the agent comes before every driver that is a module. */
	return !planner->config->is_for_next_boot || function->is_driver_builtin;
}

static int add_steps(struct planner *planner, enum step_action action, enum verdict verdict)
{
	struct plan *plan = planner->plan;

	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		if (target->verdict != verdict || !target->is_the_card_meant)
			continue;
		for (size_t k = 0; k < target->n_functions; k++) {
			const struct function *function =
				target_function(planner, target, k);
			struct step step = {
				.action = action,
				.target = i,
				.function = target->functions[k],
				.module = module_of(planner, target, k),
			};

			if (action == STEP_UNBIND && !is_to_be_unbound(planner, function))
				continue;
			if (action == STEP_RELEASE_FRAMEBUFFER &&
			    !has_framebuffer_to_release(planner->snapshot, function))
				continue;
			if (action == STEP_LOAD && is_loaded_by(plan, step.module))
				continue;
			if (add_step(plan, step) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/* Every override is in place before any module can load, and before anything is unbound. */
static int add_all_steps(struct planner *planner)
{
	struct plan *plan = planner->plan;
	size_t loads;
	int r;

	r = add_steps(planner, STEP_OVERRIDE, VERDICT_CLAIM);
	if (r == 0)
		r = add_steps(planner, STEP_RELEASE_FRAMEBUFFER, VERDICT_CLAIM);
	if (r == 0 && planner->config->on_failure == ON_FAILURE_HOLD)
		r = add_steps(planner, STEP_HOLD, VERDICT_REFUSE);
	loads = plan->n_steps;
	if (r == 0)
		r = add_steps(planner, STEP_LOAD, VERDICT_CLAIM);
	if (r == 0 && plan->n_steps > loads)
		r = add_step(plan, (struct step){ .action = STEP_LOAD,
						  .module = "vfio_iommu_type1",
						  .is_optional = true });
	if (r == 0)
		r = add_steps(planner, STEP_UNBIND, VERDICT_CLAIM);
	if (r == 0)
		r = add_steps(planner, STEP_PROBE, VERDICT_CLAIM);
	return r;
}

/*
 * Cards of one group may be claimed together, so each is judged as if all the others were
 * claimed; whoever is refused then counts against the others, until nothing changes any more.
 */
static void judge_all(struct planner *planner)
{
	struct plan *plan = planner->plan;
	bool has_changed = true;

	for (size_t i = 0; i < plan->n_targets; i++)
		plan->targets[i].verdict = plan->targets[i].is_the_card_meant ?
						   VERDICT_CLAIM :
						   VERDICT_REFUSE;
	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < plan->n_targets; i++) {
			CLEANUP(findings_done) struct findings scratch = {};
			struct target *target = &plan->targets[i];

			if (target->verdict != VERDICT_CLAIM ||
			    judge_target(planner->config, planner->snapshot, plan, target,
					 &scratch) == VERDICT_CLAIM)
				continue;
			target->verdict = VERDICT_REFUSE;
			has_changed = true;
		}
	}
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].is_the_card_meant)
			(void)judge_target(planner->config, planner->snapshot, plan,
					   &plan->targets[i], &plan->findings);
}

int plan_make(const struct config *config, const struct snapshot *snapshot,
	      struct plan *ret_plan)
{
	bool is_invalid = findings_have_error(&config->findings);
	struct plan plan = {};
	struct planner planner = { config, snapshot, &plan };
	int r = 0;

	for (size_t i = 0; i < config->n_wanted && r == 0; i++)
		r = add_target(&planner, &config->wanted[i], is_invalid);
	if (r == 0 && config->shared_group == SHARED_GROUP_CLAIM_ALL)
		r = expand_all(&planner);
	if (r == 0)
		judge_all(&planner);
	if (r == 0 && config->mode == MODE_CLAIM)
		r = add_all_steps(&planner);
	if (r < 0) {
		plan_done(&plan);
		return r;
	}
	*ret_plan = plan;
	return 0;
}
