// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes the map of a machine from the same facts and verdicts as `list`, `check` and `explain`. Touches
 * nothing.
 */
#include "cmd/map/map-read.h"

#include "cmd/check.h"
#include "cmd/cmd.h"
#include "cmd/words.h"
#include "decide/acs.h"
#include "decide/known-merge.h"
#include "host/pci-names.h"
#include "host/bootdisk/bootdisk.h"
#include "model/function.h"

#define WAY_MAX 256 /* buses of a domain: a longer path is a circle */

/* Kinds and names ------------------------------------------------------------------------------ */

static bool is_plain_class(uint32_t class)
{
	static const uint8_t bases[] = { 0x05, 0x06, 0x07, 0x08, 0x09,
					 0x0a, 0x0b, 0x10, 0x11, 0x13 };
	uint32_t sub = CLASS_SUB(class);

	if (sub == 0x0805) /* an SD host may hold the root file system */
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (CLASS_BASE(class) == bases[i])
			return true;
	return sub == 0x0c05 || sub == SUB_SERIAL_BUS;
}

/* A function with others below it. */
static const char *kind_of_port(const struct function *function)
{
	const char *words = port_words(function);

	if (words)
		return words;
	if (function->caps.type == PCIE_TO_PCI_BRIDGE)
		return "PCI bridge";
	return is_bridge(function) ? "bridge" : class_words(function->class);
}

static void read_name(struct pci_names *names, const struct function *function, char *buffer)
{
	struct device_name name = {};

	if (names)
		pci_names_read(names, function->id, &name);
	device_name_format(&name, buffer);
	if (!*buffer)
		snprintf(buffer, DEVICE_NAME_SIZE, "device %04x:%04x",
			 function->id.vendor, function->id.device);
}

static void read_function(const struct function *function, struct pci_names *names,
			  struct map_function *drawn)
{
	*drawn = (struct map_function){
		.address = function->address,
		.class = class_words(function->class),
		.driver = function->driver_fact == FACT_UNREADABLE ? "unknown" :
								     function->driver,
		.group = function->group_fact == FACT_KNOWN ? function->group : MAP_NO_GROUP,
		.parent = function->parent,
		.kind = is_gpu(function)		? MAP_DISPLAY :
			is_plain_class(function->class) ? MAP_PLAIN :
							  MAP_DEVICE,
		.is_claimed = function->driver && is_vfio_driver(function->driver),
	};
	read_name(names, function, drawn->name);
	map_use(function->used_for, function->in_use, drawn->use);
	if (!*drawn->use && function->is_needed)
		snprintf(drawn->use, sizeof(drawn->use), "needed to boot");
	if (is_gpu(function) && function->is_boot_vga)
		snprintf(drawn->use, sizeof(drawn->use), "boot display");
}

/* A function whose way up does not end is drawn on a root bus. */
static void break_circles(struct map *map)
{
	for (size_t i = 0; i < map->n_functions; i++) {
		size_t above = map->functions[i].parent, steps = 0;

		while (above < map->n_functions && steps++ < WAY_MAX)
			above = map->functions[above].parent;
		if (above < map->n_functions)
			map->functions[i].parent = MAP_ROOT;
	}
}

static void mark_ports(const struct snapshot *snapshot, struct map *map)
{
	for (size_t i = 0; i < map->n_functions; i++) {
		size_t above = map->functions[i].parent;

		if (above >= map->n_functions)
			continue;
		map->functions[above].kind = MAP_PORT;
		map->functions[above].class = kind_of_port(&snapshot->functions[above]);
	}
}

/* Verdicts ------------------------------------------------------------------------------------- */

static const char *refusal_words(const struct plan *plan)
{
	for (size_t i = 0; i < plan->findings.n; i++)
		if (plan->findings.items[i].severity == SEVERITY_ERROR)
			return reason_words(plan->findings.items[i].code);
	return "refused";
}

static void take_verdict(const struct plan *plan, size_t index, struct map_function *drawn)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		if (!target_has_function(target, index))
			continue;
		drawn->is_claimable = target->verdict == VERDICT_CLAIM;
		drawn->refusal = drawn->is_claimable ? NULL : refusal_words(plan);
	}
}

static int read_configured(struct survey *survey, struct map *map)
{
	int r = survey_decide(survey);

	for (size_t i = 0; r == 0 && i < survey->plan.n_targets; i++) {
		const struct target *target = &survey->plan.targets[i];

		for (size_t k = 0; k < target->n_functions; k++)
			map->functions[target->functions[k]].is_configured = true;
	}
	return r;
}

/* Each display as if it alone were configured, as `list` does. */
static int read_verdicts(struct survey *survey, struct map *map)
{
	int r = read_configured(survey, map);

	for (size_t i = 0; r == 0 && i < map->n_functions; i++) {
		const char *verdict;

		r = check_display(survey, &survey->snapshot.functions[i], &verdict);
		if (r == 0 && verdict)
			take_verdict(&survey->plan, i, &map->functions[i]);
	}
	return r;
}

/* Why functions share a group ------------------------------------------------------------------ */

static bool has_reason(const struct map *map, int group, const char *text)
{
	for (size_t i = 0; i < map->n_reasons; i++)
		if (map->reasons[i].group == group &&
		    (!text || streq(map->reasons[i].text, text)))
			return true;
	return false;
}

/* Takes ownership of the text, NULL: no memory. */
static int add_reason(struct map *map, int group, char *text)
{
	int r;

	if (!text)
		return -ENOMEM;
	if (has_reason(map, group, text)) {
		free(text);
		return 0;
	}
	r = array_reserve(&map->reasons, map->n_reasons, &map->reasons_capacity,
			  sizeof(*map->reasons));
	if (r < 0)
		free(text);
	else
		map->reasons[map->n_reasons++] = (struct map_reason){ group, text };
	return r;
}

static int say_culprit(struct map *map, const struct acs_explanation *why, int group)
{
	struct map_function *culprit = &map->functions[why->culprit];
	const char *lack = why->missing ? "has no complete ACS" : "has no ACS";
	const char *unless = why->may_be_quirk ? ", unless a quirk of the kernel does" : "";
	char address[PCI_ADDRESS_SIZE];

	bdf_format(&culprit->address, address);
	culprit->culprit = why->reason == ACS_REASON_CONVENTIONAL ? "conventional PCI" :
			   why->missing				  ? "ACS incomplete" :
								    "no ACS";
	if (why->reason == ACS_REASON_CONVENTIONAL)
		return add_reason(map, group,
				  text_format("%s leads to conventional PCI, and puts its own id on "
					      "all traffic from below",
					      address));
	if (why->reason == ACS_REASON_MULTIFUNCTION)
		return add_reason(map, group,
				  text_format("%s %s: nothing keeps the functions of its "
					      "slot apart%s",
					      address, lack, unless));
	return add_reason(map, group,
			  text_format("%s %s: nothing keeps apart what is below it%s",
				      address, lack, unless));
}

static int explain_pair(const struct snapshot *snapshot, struct map *map, int group,
			size_t first, size_t member)
{
	struct acs_explanation why = acs_explain(snapshot, first, member);

	if (why.reason == ACS_REASON_UNREADABLE)
		map->is_partly_read = true;
	if (why.culprit == SIZE_MAX || why.reason == ACS_REASON_UNREADABLE ||
	    why.reason == ACS_REASON_NONE)
		return 0;
	return say_culprit(map, &why, group);
}

/* That the functions of one slot share a group needs no words. */
static bool is_one_slot(const struct snapshot *snapshot, const struct group *group)
{
	for (size_t i = 1; i < group->n_members; i++)
		if (!bdf_is_same_slot(&snapshot->functions[group->members[0]].address,
				      &snapshot->functions[group->members[i]].address))
			return false;
	return true;
}

/* From a display, if one is there: people ask for its sake. */
static size_t asking_member(const struct map *map, const struct group *group)
{
	for (size_t i = 0; i < group->n_members; i++)
		if (map->functions[group->members[i]].kind == MAP_DISPLAY)
			return group->members[i];
	return group->members[0];
}

static int explain_group(const struct snapshot *snapshot, struct map *map,
			 const struct group *group)
{
	size_t asking = asking_member(map, group);
	int r = 0;

	for (size_t i = 0; r == 0 && i < group->n_members; i++)
		if (group->members[i] != asking)
			r = explain_pair(snapshot, map, group->number, asking,
					 group->members[i]);
	if (r == 0 && !has_reason(map, group->number, NULL) && !map->is_partly_read)
		r = add_reason(map, group->number,
			       strdup("configuration space shows no cause: a DMA alias, or a "
				      "quirk of the kernel"));
	return r;
}

static int read_reasons(const struct snapshot *snapshot, struct map *map)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_groups; i++)
		if (snapshot->groups[i].n_members &&
		    !is_one_slot(snapshot, &snapshot->groups[i]))
			r = explain_group(snapshot, map, &snapshot->groups[i]);
	return r;
}

/* ---------------------------------------------------------------------------------------------- */

static char *system_words(const struct snapshot *snapshot)
{
	static const char *const kinds[] = {
		[IOMMU_NONE] = "on",	       [IOMMU_INTEL] = "Intel VT-d",
		[IOMMU_AMD] = "AMD-Vi",	       [IOMMU_VIRTIO] = "virtio",
		[IOMMU_ARM_SMMU] = "Arm SMMU", [IOMMU_OTHER] = "on",
	};
	const struct iommu *iommu = &snapshot->iommu;

	return text_format("%zu PCI functions%s%s, IOMMU: %s%s", snapshot->n_functions,
			   snapshot->kernel ? ", Linux " : "",
			   snapshot->kernel ? snapshot->kernel : "",
			   iommu->n_units ? kinds[iommu->kind] : "none active, so no groups",
			   !iommu->n_units		 ? "" :
			   iommu->irq_fact != FACT_KNOWN ? "" :
			   iommu->has_irq_remapping	 ? ", interrupt remapping: on" :
							   ", interrupt remapping: off");
}

static int read_map(const struct root *root, struct survey *survey, struct map *map)
{
	CLEANUP(pci_names_closep) struct pci_names *names = pci_names_open(root);
	const struct snapshot *snapshot = &survey->snapshot;
	int r;

	map->functions = calloc(snapshot->n_functions + 1, sizeof(*map->functions));
	map->system = system_words(snapshot);
	if (!map->functions || !map->system)
		return -ENOMEM;
	map->n_functions = snapshot->n_functions;
	for (size_t i = 0; i < map->n_functions; i++)
		read_function(&snapshot->functions[i], names, &map->functions[i]);
	break_circles(map);
	mark_ports(snapshot, map);
	r = read_verdicts(survey, map);
	return r < 0 ? r : read_reasons(snapshot, map);
}

int map_read(const struct root *root, struct survey *survey, struct map *ret_map)
{
	struct map map = {};
	int r;

	survey->depth = SNAPSHOT_TOPOLOGY;
	survey->find_needs = bootdisk_find;
	survey->merge_known = known_merge;
	r = survey_read_config(root, &survey->config);
	survey->config.is_for_next_boot = true;
	survey->config.mode = MODE_CHECK;
	if (r == 0)
		r = survey_look(root, survey);
	if (r == 0)
		r = read_map(root, survey, &map);
	if (r < 0) {
		map_done(&map);
		return r;
	}
	*ret_map = map;
	return 0;
}
