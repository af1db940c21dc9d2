// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks properties of the plans of random machines. The oracles follow docs/design.md and
 * share no code with the planner except the predicates of function.c.
 */
#include "fake.h"

#include "model/function.h"
#include "decide/plan.h"

#include <stdio.h>

#define PLANS 20000
#define FUNCTIONS_MAX 20
#define GROUPS_MAX 16
#define LINES_MAX 4
#define TEXT_MAX 1024

/* Chance ------------------------------------------------------------------------------------ */

/* xorshift64*: the same numbers on every machine. */
struct chance {
	uint64_t state;
};

static uint32_t draw(struct chance *chance, uint32_t below)
{
	chance->state ^= chance->state >> 12;
	chance->state ^= chance->state << 25;
	chance->state ^= chance->state >> 27;
	return (uint32_t)((chance->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static bool happens(struct chance *chance, unsigned percent)
{
	return draw(chance, 100) < percent;
}

/* Machines ---------------------------------------------------------------------------------- */

/* The contents of a slot: `functions` of one vendor, class by class. */
struct kind {
	uint16_t vendor, device;
	uint32_t classes[4];
	bool is_host_chip; /* on the root bus, not behind a port */
};

static const struct kind kinds[] = {
	{ 0x10de, 0x2206, { 0x030000, 0x040300, 0x0c0330, 0x0c8000 } }, /* twins are likely */
	{ 0x10de, 0x2206, { 0x030000, 0x040300 } },
	{ 0x1002, 0x744c, { 0x030000, 0x040300 } },
	{ 0x10de, 0x20b0, { 0x030200 } },
	{ 0x1002, 0x74a1, { 0x120000 } },
	{ 0x1002, 0x15bf, { 0x038000, 0x040300 } },
	{ 0x10de, 0x1af1, { 0x068000 } },
	{ 0x1a03, 0x2000, { 0x030000 } },
	{ 0x144d, 0xa808, { 0x010802 } },
	{ 0x8086, 0x1533, { 0x020000 } },
	{ 0x1b21, 0x2142, { 0x0c0330 } },
	{ 0x1102, 0x0012, { 0x040300 } },
	{ 0x1077, 0x2532, { 0x0c0400 } },
	{ 0x1217, 0x8620, { 0x080501 } },
	{ 0x8086, 0x3e98, { 0x030000 }, true },
	{ 0x8086, 0xa348, { 0x060100, 0x0c0500 }, true },
	{ 0x8086, 0x467f, { 0x010400 }, true },
	{ 0x1022, 0x1480, { 0x060000 }, true },
};

struct machine {
	struct function functions[FUNCTIONS_MAX];
	char *rivals[1];
	struct group groups[GROUPS_MAX];
	struct snapshot snapshot; /* its groups hold members: machine_done() */
	char config[TEXT_MAX];	  /* policies, without lines for cards */
	char lines[LINES_MAX][128];
	size_t n_lines;
};

static void put_driver(struct chance *chance, struct function *function)
{
	static const char *const drivers[] = { "some_driver", "vfio-pci", "pci-stub" };

	if (happens(chance, 15)) {
		function->driver_fact = FACT_KNOWN;
		function->driver =
			(char *)drivers[draw(chance, 10) < 8 ? 0 : draw(chance, 3)];
		function->is_driver_builtin = happens(chance, 30);
	} else if (happens(chance, 2)) {
		function->driver_fact = FACT_UNREADABLE;
	}
}

static void put_facts(struct chance *chance, struct machine *machine,
		      struct function *function)
{
	static char rival[] = "some_module";

	machine->rivals[0] = rival;
	put_driver(chance, function);
	if (happens(chance, 70))
		function->rivals = (struct strings){ machine->rivals, 1, 1 };
	if (happens(chance, 5))
		function->rivals_fact = FACT_UNREADABLE;
	if (happens(chance, 2))
		function->identity_fact = FACT_UNREADABLE;
	if (happens(chance, 8)) {
		function->is_needed = true;
		function->used_for = (char *)"root file system";
	}
	function->is_removable = happens(chance, 5);
	function->is_reached_by_ids = happens(chance, 2);
	if (happens(chance, 2))
		function->rejected_module = (char *)"vfio_pci";
	if ((function->class >> 16) != 0x03)
		return;
	function->boot_vga_fact = happens(chance, 90) ? FACT_KNOWN : FACT_ABSENT;
	function->has_connectors = happens(chance, 20);
}

static struct function *add_function(struct machine *machine, unsigned bus,
				     unsigned device, unsigned number, uint16_t vendor,
				     uint16_t id, uint32_t class, int group)
{
	struct snapshot *snapshot = &machine->snapshot;
	struct function *function = &machine->functions[snapshot->n_functions++];

	*function =
		(struct function)FUNCTION(bus, device, number, vendor, id, class, group);
	function->modalias = (char *)"pci:v";
	function->vfio_module = (char *)"vfio_pci";
	return function;
}

static void add_slot(struct chance *chance, struct machine *machine, unsigned slot)
{
	const struct kind *kind = &kinds[draw(chance, ARRAY_SIZE(kinds))];
	int group = happens(chance, 75) ? 10 + (int)slot : 10 + (int)draw(chance, 3);

	for (unsigned i = 0; i < ARRAY_SIZE(kind->classes) && kind->classes[i] &&
			     machine->snapshot.n_functions < FUNCTIONS_MAX;
	     i++) {
		struct function *function =
			add_function(machine, kind->is_host_chip ? 0 : 1 + slot,
				     kind->is_host_chip ? 2 + slot : 0, i, kind->vendor,
				     kind->device + i, kind->classes[i], group);

		put_facts(chance, machine, function);
		if (i && happens(chance, 5)) {
			function->is_virtual = true;
			function->physical = (struct bdf){ 0, function->address.bus,
							   function->address.device, 0 };
			function->id =
				machine->functions[machine->snapshot.n_functions - 2].id;
		}
	}
}

static int compare_functions(const void *a, const void *b)
{
	return bdf_compare(&((const struct function *)a)->address,
			   &((const struct function *)b)->address);
}

static void put_console(struct chance *chance, struct machine *machine)
{
	size_t n = machine->snapshot.n_functions, first = draw(chance, n);

	for (size_t i = 0; i < n; i++) {
		struct function *function = &machine->functions[(first + i) % n];

		if ((function->class >> 16) != 0x03 || function->is_virtual)
			continue;
		function->has_firmware_framebuffer = happens(chance, 60);
		function->is_boot_vga = function->class >> 8 == 0x0300 &&
					function->boot_vga_fact == FACT_KNOWN &&
					happens(chance, 60);
		return;
	}
}

static void add_line(struct chance *chance, struct machine *machine)
{
	const struct function *function =
		&machine->functions[draw(chance, machine->snapshot.n_functions)];
	char *line = machine->lines[machine->n_lines], address[PCI_ADDRESS_SIZE];
	char path[PCI_PATH_SIZE];
	bool is_gpu_line = is_gpu(function) ? happens(chance, 90) : happens(chance, 10);

	bdf_format(&function->address, address);
	snprintf(line, sizeof(machine->lines[0]), "%s = %s",
		 is_gpu_line ? "gpu" : "device", address);
	if (happens(chance, 60))
		snprintf(line + strlen(line), 32, " id=%04x:%04x", function->id.vendor,
			 function->id.device);
	if (happens(chance, 50))
		snprintf(line + strlen(line), 64, " path=%s",
			 pci_path_format(&function->path, path));
	for (size_t i = 0; i < machine->n_lines; i++)
		if (streq(strchr(machine->lines[i], '='), strchr(line, '=')))
			return; /* one selector for both keys is an error of its own */
	machine->n_lines++;
}

static void make_policies(struct chance *chance, char *text, size_t size)
{
	static const char *const groups[] = { "refuse", "claim-all", "gpu-only" };

	snprintf(text, size,
		 "on-failure = %s\nshared-group = %s\ninterrupt-remapping = %s\n"
		 "boot-display = %s\nattached-driver = %s\n%s%s%s",
		 happens(chance, 50) ? "hold" : "release", groups[draw(chance, 3)],
		 happens(chance, 80) ? "require" : "warn",
		 happens(chance, 80) ? "refuse" : "allow",
		 happens(chance, 70) ? "refuse" : "unbind",
		 happens(chance, 20) ? "d3cold = off\n" : "",
		 happens(chance, 20) ? "rebar = 256M\n" : "",
		 happens(chance, 20) ? "reset-method = 01:00.0 bus\n" : "");
}

static void make_machine(uint64_t seed, struct machine *machine)
{
	struct chance chance = { seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct snapshot *snapshot = &machine->snapshot;
	unsigned slots = 1 + draw(&chance, 6), lines;

	*machine = (struct machine){};
	for (unsigned i = 0; i < slots; i++)
		add_slot(&chance, machine, i);
	if (happens(&chance, 30) && snapshot->n_functions < FUNCTIONS_MAX)
		add_function(machine, 0, 1, 0, 0x8086, 0x1901, 0x060400,
			     10 + (int)draw(&chance, 3))
			->caps.header_type = 1;
	qsort(machine->functions, snapshot->n_functions, sizeof(*machine->functions),
	      compare_functions);
	put_console(&chance, machine);
	for (int i = 0; i < GROUPS_MAX; i++)
		machine->groups[i] =
			(struct group){ .number = 10 + i, .reserved_fact = FACT_KNOWN };
	*snapshot = (struct snapshot){
		.functions = machine->functions,
		.n_functions = snapshot->n_functions,
		.groups = machine->groups,
		.n_groups = GROUPS_MAX,
		.kernel = (char *)"6.1.0-56-amd64",
		.ids_origin = "vfio-pci.ids=",
		.rejecting_parameter = "module_blacklist=vfio_pci",
		.needs_fact = happens(&chance, 70) ? FACT_KNOWN : FACT_UNREADABLE,
		.framebuffer_device =
			happens(&chance, 50) ? (char *)"simple-framebuffer.0" : NULL,
		.iommu = IOMMU_ON,
	};
	snapshot->iommu.has_irq_remapping = happens(&chance, 95);
	*snapshot = machine_join_groups(snapshot);
	make_policies(&chance, machine->config, sizeof(machine->config));
	lines = 1 + draw(&chance, LINES_MAX);
	for (unsigned i = 0; i < lines; i++)
		add_line(&chance, machine);
}

/* Plans --------------------------------------------------------------------------------------- */

struct planned {
	struct config config;
	struct plan plan;
};

/* The lines from number `first` on, wrapping around. */
static void make_plan(const struct machine *machine, size_t first, bool is_backwards,
		      struct planned *planned)
{
	char text[TEXT_MAX * 2];
	size_t used;

	used = snprintf(text, sizeof(text), "%s", machine->config);
	for (size_t i = 0; i < machine->n_lines; i++) {
		size_t k = (first + (is_backwards ? machine->n_lines - i : i)) %
			   machine->n_lines;

		used += snprintf(text + used, sizeof(text) - used, "%s\n",
				 machine->lines[k]);
	}
	planned->config = config_from(text, NULL);
	planned->plan = (struct plan){};
	assert_int_equal(plan_make(&planned->config, &machine->snapshot, &planned->plan),
			 0);
}

static void planned_done(struct planned *planned)
{
	plan_done(&planned->plan);
	config_done(&planned->config);
}

static const struct target *find_target(const struct plan *plan, const struct wanted *wanted)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].wanted->kind == wanted->kind &&
		    streq(plan->targets[i].wanted->text, wanted->text))
			return &plan->targets[i];
	return NULL;
}

static bool has_step(const struct plan *plan, enum step_action action, size_t function)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action == action && plan->steps[i].function == function)
			return true;
	return false;
}

static bool is_touched(const struct plan *plan, size_t function)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action != STEP_LOAD &&
		    plan->steps[i].function == function)
			return true;
	return false;
}

/* Properties ---------------------------------------------------------------------------- */

typedef const char *property(const struct machine *machine, const struct planned *planned);

/* In any order of the lines. */
static const char *is_without_order(const struct machine *machine,
				    const struct planned *planned)
{
	const char *broken = NULL;

	for (size_t first = 0; first < machine->n_lines && !broken; first++)
		for (int is_backwards = 0; is_backwards < 2; is_backwards++) {
			struct planned other;

			make_plan(machine, first, is_backwards, &other);
			for (size_t i = 0; i < planned->plan.n_targets; i++) {
				const struct target *target = &planned->plan.targets[i];

				if (find_target(&other.plan, target->wanted)->verdict !=
				    target->verdict)
					broken = "the verdict depends on the order of lines";
			}
			for (size_t i = 0; i < machine->snapshot.n_functions; i++)
				if (is_touched(&other.plan, i) !=
				    is_touched(&planned->plan, i))
					broken = "what is touched depends on the order of lines";
			planned_done(&other);
		}
	return broken;
}

static bool is_named(const struct findings *findings, const char *subject)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    is_string_equal(findings->items[i].subject, subject))
			return true;
	return false;
}

static const char *is_refusal_explained(const struct machine *machine,
					const struct planned *planned)
{
	const struct plan *plan = &planned->plan;

	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];
		bool is_explained = is_named(&plan->findings, target->wanted->origin);

		if (target->verdict != VERDICT_REFUSE)
			continue;
		for (size_t k = 0; k < target->n_functions; k++) {
			char address[PCI_ADDRESS_SIZE];

			bdf_format(&machine->functions[target->functions[k]].address,
				   address);
			is_explained |= is_named(&plan->findings, address);
		}
		if (!target->n_functions && target->wanted->identity.has_address) {
			char address[PCI_ADDRESS_SIZE];

			is_explained |=
				is_named(&plan->findings,
					 bdf_format(&target->wanted->identity.address,
						    address));
		}
		if (!is_explained)
			return "a refused card has no error of its own";
	}
	return NULL;
}

static bool is_owned(const struct plan *plan, size_t function, bool wants_gpu_line)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		if (wants_gpu_line && target->wanted->kind != WANTED_GPU)
			continue;
		for (size_t k = 0; k < target->n_own; k++)
			if (target->functions[k] == function)
				return true;
	}
	return false;
}

/* By class alone: disks, networks, and the buses that lead to them. */
static bool may_hold_root(const struct function *function)
{
	static const uint16_t classes[] = { 0x0805, 0x0c00, 0x0c03, 0x0c04, 0x0c06 };

	if (function->class >> 16 == 1 || function->class >> 16 == 2 ||
	    function->identity_fact != FACT_KNOWN)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (function->class >> 8 == classes[i])
			return true;
	return false;
}

static const char *is_boot_spared(const struct machine *machine,
				  const struct planned *planned)
{
	for (size_t i = 0; i < machine->snapshot.n_functions; i++) {
		const struct function *function = &machine->functions[i];

		if (!is_touched(&planned->plan, i))
			continue;
		if (function->is_needed)
			return "a needed function is touched";
		if (machine->snapshot.needs_fact != FACT_KNOWN &&
		    !is_owned(&planned->plan, i, true) && may_hold_root(function))
			return "a function that may be needed is touched";
	}
	return NULL;
}

static const char *is_picture_left(const struct machine *machine,
				   const struct planned *planned)
{
	bool has_left = false, has_lost = false;

	if (planned->config.boot_display == BOOT_DISPLAY_ALLOW)
		return NULL;
	for (size_t i = 0; i < machine->snapshot.n_functions; i++) {
		const struct function *function = &machine->functions[i];
		bool is_lost = has_step(&planned->plan, STEP_OVERRIDE, i) ||
			       has_step(&planned->plan, STEP_HOLD, i);

		has_left |= !is_lost && may_show_picture(function) &&
			    !(function->driver && is_vfio_driver(function->driver));
		has_lost |= is_lost && may_show_picture(function);
	}
	return has_lost && !has_left ? "the host is left without a display" : NULL;
}

/* VFIO's rule, written again: vfio/group.c and iommu_group_claim_dma_owner(). */
static bool is_harmless(const struct function *function)
{
	if (function->driver_fact == FACT_UNREADABLE)
		return false;
	if (function->driver)
		return strstr(function->driver, "vfio") ||
		       streq(function->driver, "pci-stub") ||
		       (function->caps.header_type && streq(function->driver, "pcieport"));
	return function->caps.header_type || function->class >> 8 == 0x0600 ||
	       (!function->rivals.n && function->rivals_fact == FACT_KNOWN);
}

static bool is_claimed_by(const struct plan *plan, const struct outcome *outcome,
			  size_t function)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		if (outcome ? outcome->targets[i] != RESULT_CLAIMED :
			      target->verdict != VERDICT_CLAIM)
			continue;
		for (size_t k = 0; k < target->n_functions; k++)
			if (target->functions[k] == function)
				return true;
	}
	return false;
}

static bool are_groups_viable(const struct machine *machine, const struct plan *plan,
			      const struct outcome *outcome)
{
	for (size_t i = 0; i < machine->snapshot.n_functions; i++) {
		if (!is_claimed_by(plan, outcome, i))
			continue;
		for (size_t k = 0; k < machine->snapshot.n_functions; k++)
			if (machine->functions[k].group == machine->functions[i].group &&
			    !is_claimed_by(plan, outcome, k) &&
			    !is_harmless(&machine->functions[k]))
				return false;
	}
	return true;
}

static const char *is_group_alone(const struct machine *machine,
				  const struct planned *planned)
{
	return planned->config.shared_group == SHARED_GROUP_GPU_ONLY ||
			       are_groups_viable(machine, &planned->plan, NULL) ?
		       NULL :
		       "a claimed group is not viable";
}

static bool is_in_group_of_target(const struct machine *machine, const struct plan *plan,
				  size_t function)
{
	for (size_t i = 0; i < machine->snapshot.n_functions; i++)
		if (is_owned(plan, i, false) &&
		    machine->functions[i].group == machine->functions[function].group)
			return true;
	return false;
}

/*
 * Only functions that a line names or in its slot; claim-all adds the group, never a card.
 */
static const char *is_stranger_spared(const struct machine *machine,
				      const struct planned *planned)
{
	const struct plan *plan = &planned->plan;

	for (size_t i = 0; i < machine->snapshot.n_functions; i++) {
		const struct function *function = &machine->functions[i];

		if (!is_touched(plan, i))
			continue;
		if (function->is_virtual)
			return "a virtual function is touched";
		if (function->caps.header_type || function->class >> 8 == 0x0600 ||
		    function->class >> 8 == 0x0601)
			return "a bridge is touched";
		if (is_owned(plan, i, false))
			continue;
		if (planned->config.shared_group != SHARED_GROUP_CLAIM_ALL ||
		    !is_in_group_of_target(machine, plan, i))
			return "a function that no line means is touched";
		if (has_step(plan, STEP_HOLD, i))
			return "what claim-all drew in is held";
		if (is_gpu(function) || function->class >> 16 == 1 ||
		    function->class >> 16 == 2)
			return "claim-all draws in a card, a disk or a network";
	}
	return NULL;
}

static const char *is_all_or_none(const struct machine *machine,
				  const struct planned *planned)
{
	const struct plan *plan = &planned->plan;

	(void)machine;
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		for (size_t k = 0; k < target->n_functions; k++) {
			size_t index = target->functions[k];
			bool is_claimed = is_claimed_by(plan, NULL, index);

			if (target->verdict == VERDICT_CLAIM &&
			    (!has_step(plan, STEP_OVERRIDE, index) ||
			     !has_step(plan, STEP_PROBE, index)))
				return "a part of a claimed card is left out";
			if (!is_claimed && (has_step(plan, STEP_OVERRIDE, index) ||
					    has_step(plan, STEP_UNBIND, index)))
				return "a part of a refused card is claimed";
			if (is_claimed && has_step(plan, STEP_HOLD, index))
				return "a claimed function is held";
		}
	}
	return NULL;
}

/* Neither by override nor by module option. */
static const char *is_load_narrow(const struct machine *machine,
				  const struct planned *planned)
{
	const struct plan *plan = &planned->plan;
	bool has_load = false;

	for (size_t i = 0; i < plan->n_steps; i++)
		has_load |= plan->steps[i].action == STEP_LOAD;
	for (size_t i = 0; has_load && i < machine->snapshot.n_functions; i++) {
		const struct function *function = &machine->functions[i];

		if (is_claimed_by(plan, NULL, i) && function->rejected_module)
			return "a module is to be loaded that the kernel will reject";
		if (function->is_reached_by_ids && !function->driver &&
		    !function->caps.header_type && !is_owned(plan, i, false) &&
		    !is_claimed_by(plan, NULL, i))
			return "a load would take a function that no line means";
	}
	return NULL;
}

/* A card that stops answering is refused; the verdicts of the others may only get worse. */
static const char *is_refusal_no_help(const struct machine *machine,
				      const struct planned *planned)
{
	const char *broken = NULL;

	for (size_t i = 0; i < planned->plan.n_targets && !broken; i++) {
		const struct target *refused = &planned->plan.targets[i];
		struct machine changed = *machine;
		struct planned other;
		struct function *function;

		if (!refused->n_functions)
			continue;
		changed.snapshot.functions = changed.functions;
		function = &changed.functions[refused->functions[0]];
		function->has_config = true;
		function->caps.is_foreign = true;
		make_plan(&changed, 0, false, &other);
		for (size_t k = 0; k < planned->plan.n_targets; k++)
			if (planned->plan.targets[k].verdict == VERDICT_REFUSE &&
			    other.plan.targets[k].verdict == VERDICT_CLAIM)
				broken = "the refusal of one card lets another be claimed";
		planned_done(&other);
	}
	return broken;
}

/* vfio-pci refuses a function: each claimed card is whole, and its group viable. */
static const char *is_outcome_true(const struct machine *machine,
				   const struct planned *planned)
{
	const struct snapshot *snapshot = &machine->snapshot;
	CLEANUP(outcome_done) struct outcome outcome = {};
	struct fake fake;
	struct execute_ops ops = fake_ops(&fake);
	size_t refuses = planned->config.wanted[0].text[5] % snapshot->n_functions;

	if (!planned->plan.n_steps)
		return NULL;
	assert_int_equal(outcome_init(&outcome, &planned->plan, snapshot), 0);
	fake_init(&fake, snapshot);
	fake.devices[refuses].refuses_vfio = true;
	execute_plan(&planned->config, snapshot, (struct plan *)&planned->plan, &ops,
		     &outcome);
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (is_claimed_by(&planned->plan, &outcome, i) &&
		    !strstr(fake.devices[i].driver, "vfio"))
			return "told as claimed, and not on vfio-pci";
	return planned->config.shared_group == SHARED_GROUP_GPU_ONLY ||
			       are_groups_viable(machine, &planned->plan, &outcome) ?
		       NULL :
		       "a group is not viable on the outcome";
}

/* --------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	property *holds;
} properties[] = {
	{ "order", is_without_order },
	{ "explained", is_refusal_explained },
	{ "boot", is_boot_spared },
	{ "picture", is_picture_left },
	{ "group", is_group_alone },
	{ "stranger", is_stranger_spared },
	{ "whole", is_all_or_none },
	{ "monotonic", is_refusal_no_help },
	{ "load", is_load_narrow },
	{ "outcome", is_outcome_true }, /* last, as it changes the plan */
};

static void print_machine(const struct machine *machine)
{
	fprintf(stderr, "%s", machine->config);
	for (size_t i = 0; i < machine->n_lines; i++)
		fprintf(stderr, "%s\n", machine->lines[i]);
	fprintf(stderr, "needs %s\n",
		machine->snapshot.needs_fact == FACT_KNOWN ? "known" : "unknown");
	for (size_t i = 0; i < machine->snapshot.n_functions; i++) {
		const struct function *function = &machine->functions[i];
		char address[PCI_ADDRESS_SIZE];

		fprintf(stderr,
			"%s %04x:%04x class %06x group %d driver %s%s rivals %zu%s%s%s%s%s%s%s%s%s%s\n",
			bdf_format(&function->address, address), function->id.vendor,
			function->id.device, function->class, function->group,
			function->driver      ? function->driver :
			function->driver_fact ? "?" :
						"-",
			function->is_driver_builtin ? " (built in)" : "",
			function->rivals.n, function->rivals_fact == FACT_KNOWN ? "" : "?",
			function->is_needed ? " needed" : "",
			function->is_virtual ? " virtual" : "",
			function->is_removable ? " removable" : "",
			function->has_firmware_framebuffer ? " framebuffer" : "",
			function->is_boot_vga ? " boot_vga" : "",
			function->boot_vga_fact == FACT_KNOWN ? "" : " boot_vga?",
			function->is_reached_by_ids ? " reached" : "",
			function->rejected_module ? " rejected" : "",
			function->has_connectors ? " connectors" : "");
	}
}

static void print_plan(const struct planned *planned)
{
	_cleanup_free_ char *findings = findings_to_text(&planned->plan.findings);

	for (size_t i = 0; i < planned->plan.n_targets; i++)
		fprintf(stderr, "%s: %s\n", planned->plan.targets[i].wanted->text,
			planned->plan.targets[i].verdict == VERDICT_CLAIM ? "claim" :
									    "refuse");
	fprintf(stderr, "%s", findings);
}

static struct {
	size_t plans, claims, refusals, holds, touched;
} tally;

static void count(const struct planned *planned)
{
	tally.plans++;
	for (size_t i = 0; i < planned->plan.n_targets; i++)
		if (planned->plan.targets[i].verdict == VERDICT_CLAIM)
			tally.claims++;
		else
			tally.refusals++;
	for (size_t i = 0; i < planned->plan.n_steps; i++)
		tally.holds += planned->plan.steps[i].action == STEP_HOLD;
}

static void try_seed(uint64_t seed)
{
	struct machine machine;
	struct planned planned;

	make_machine(seed, &machine);
	make_plan(&machine, 0, false, &planned);
	count(&planned);
	for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
		const char *broken = properties[i].holds(&machine, &planned);

		if (!broken)
			continue;
		print_machine(&machine);
		print_plan(&planned);
		fail_msg("VFIO_CLAIM_SEED=%llu: %s: %s", (unsigned long long)seed,
			 properties[i].name, broken);
	}
	planned_done(&planned);
	machine_done(&machine.snapshot);
}

/* Seeds that once broke a property; each showed a bug. */
static const uint64_t kept[] = { 1150, 1830, 5960 };

static void test_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		try_seed(kept[i]);
}

static void test_random(void **state)
{
	const char *seed = getenv("VFIO_CLAIM_SEED"), *plans = getenv("VFIO_CLAIM_PLANS");
	uint64_t n = plans ? strtoull(plans, NULL, 10) : PLANS;

	(void)state;
	if (seed) {
		try_seed(strtoull(seed, NULL, 10));
		return;
	}
	for (uint64_t i = 1; i <= n; i++)
		try_seed(i);
	printf("%zu machines, seeds 1 to %llu: %zu claims, %zu refusals, %zu functions held\n",
	       tally.plans, (unsigned long long)n, tally.claims, tally.refusals,
	       tally.holds);
	/* A generator of one kind of plan would prove nothing. */
	assert_true(tally.claims > n / 10 && tally.refusals > n / 10);
	assert_true(tally.holds > n / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("property", tests, NULL, NULL);
}
