// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the vfio driver module of each function, modules that the kernel would refuse, and functions
 * that an `ids=` would claim. Uses the image record, or libkmod if there is none. Never loads a
 * module.
 */
#include "facts/load.h"

#include "base/parameter.h"
#include "facts/pci.h"
#include "model/finding.h"
#include "model/function.h"

#include <stdio.h>

#define IDS_PARAMETER GENERIC_VFIO ".ids"

/* Functions that ids= would claim ------------------------------------------------------------ */

/* The kernel applies the parameter to a built-in vfio-pci, modprobe to the module
 * (libkmod-config.c). */
static bool find_ids(const struct load_sources *sources, struct parameter *ret_ids)
{
	return parameter_find(sources->cmdline, IDS_PARAMETER, ret_ids) && ret_ids->value;
}

static void mark(struct snapshot *snapshot, const struct parameter *ids, const char *origin)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (!ids_reach(ids->value, ids->value_size, function))
			continue;
		function->is_reached_by_ids = true;
		if (!snapshot->ids_origin)
			snapshot->ids_origin = origin;
	}
}

void load_mark_reached(const struct load_sources *sources, struct snapshot *snapshot)
{
	const char *step = NULL, *options;
	struct parameter parameter;
	struct record_load load;

	for (size_t i = 0; i < snapshot->n_functions; i++)
		snapshot->functions[i].is_reached_by_ids = false;
	snapshot->ids_origin = NULL;
	if (find_ids(sources, &parameter))
		mark(snapshot, &parameter, CLAUSE_IDS_CMDLINE);
	while (sources->record->text &&
	       record_next_load(sources->record, GENERIC_VFIO, &step, &load)) {
		options = load.options;
		while (streq(load.name, GENERIC_VFIO) &&
		       parameter_next(&options, &parameter))
			if (parameter_is(&parameter, "ids") && parameter.value)
				mark(snapshot, &parameter, CLAUSE_IDS_RECORD);
	}
}

static bool is_builtin(const struct record *record)
{
	const char *cursor = NULL;
	struct record_load load;

	return record_next_load(record, GENERIC_VFIO, &cursor, &load) &&
	       streq(load.path, "builtin");
}

void load_say_left_out(const struct load_sources *sources, struct findings *findings)
{
	char quoted[QUOTE_SIZE];
	struct parameter ids;
	const char *option;
	size_t size;

	if (!sources->record->text)
		return; /* leftover.c reports these lines */
	option = record_find_left_out(sources->record, &size);
	if (option)
		findings_add_as(findings, SEVERITY_WARNING, GENERIC_VFIO,
				SAY_OPTION_LEFT_OUT, quote(option, size, quoted));
	if (find_ids(sources, &ids) && !is_builtin(sources->record))
		findings_add_as(findings, SEVERITY_WARNING, GENERIC_VFIO,
				SAY_PARAMETER_LEFT_OUT, quote(ids.text, ids.size, quoted));
}

/* The vfio driver module --------------------------------------------------------------------- */

/* Parameters that make the kernel refuse modules (kernel/module: load_module()). */
struct ban {
	bool is_total; /* nomodule */
	bool is_list;
	struct parameter list; /* module_blacklist= */
};

static struct ban read_ban(const char *cmdline)
{
	struct parameter parameter;
	struct ban ban = {};

	if (parameter_find(cmdline, "nomodule", &parameter))
		ban.is_total = !parameter.value ||
			       (parameter.value_size && strchr("1yYtT", *parameter.value));
	ban.is_list = parameter_find(cmdline, "module_blacklist", &ban.list);
	return ban;
}

static const char *find_banned(const struct ban *ban, const struct strings *needed)
{
	for (size_t i = 0; i < needed->n; i++)
		if (ban->is_total ||
		    (ban->is_list && parameter_lists(&ban->list, needed->items[i])))
			return needed->items[i];
	return NULL;
}

static int find_needed(const struct load_sources *sources, const char *module,
		       struct strings *needed)
{
	return sources->record->text ?
		       record_find_needed(sources->record, module, needed) :
		       modules_find_needed(sources->modules, module, needed);
}

static bool is_module_there(const struct root *root, const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return root_exists(root, path);
}

/* Every module that may drive the function, even if blacklisted: a dependency loads all the same.
 * A record names no variant that needs such a module. */
static int find_drivers(const struct load_sources *sources,
			const struct function *function, struct strings *drivers)
{
	int r = 0;

	for (size_t i = 0; i < function->rivals.n && r == 0; i++)
		r = strings_add(drivers, function->rivals.items[i]);
	if (r == 0 && !sources->record->text)
		r = modules_add_drivers(sources->modules, function->modalias, drivers);
	return r;
}

/* A virtual function was created by its physical function's driver, which is therefore loaded. For
 * any other function the claim must come before the driver. */
static bool is_free_of(const struct strings *drivers, const struct root *root,
		       const struct function *function, const struct strings *needed)
{
	for (size_t i = 0; i < needed->n; i++)
		if (strings_have(drivers, needed->items[i]) &&
		    (!pci_file_exists(root, &function->address, "physfn") ||
		     !is_module_there(root, needed->items[i])))
			return false;
	return true;
}

/* A good variant is present, needs none of the function's own drivers, and may be loaded. */
static int try_variant(const struct load_sources *sources, const struct ban *ban,
		       const struct function *function, const char *variant,
		       bool *ret_is_good)
{
	CLEANUP(strings_done) struct strings needed = {}, drivers = {};
	int r;

	r = find_needed(sources, variant, &needed);
	if (r == 0)
		r = find_drivers(sources, function, &drivers);
	*ret_is_good = r == 0 && function->rivals_fact == FACT_KNOWN &&
		       !find_banned(ban, &needed) &&
		       is_free_of(&drivers, sources->root, function, &needed);
	return r == -ENOMEM ? r : 0;
}

static int choose_module(const struct load_sources *sources, const struct ban *ban,
			 const struct function *function, char **ret_module)
{
	CLEANUP(strings_done) struct strings variants = {};
	const char *chosen = GENERIC_VFIO;
	bool is_good = false;
	int r = 0;

	if (function->modalias)
		r = sources->record->text ?
			    record_find_variants(sources->record, function->modalias,
						 &variants) :
			    modules_find_variants(sources->modules, function->modalias,
						  &variants);
	for (size_t i = 0; i < variants.n && r == 0 && !is_good; i++) {
		r = try_variant(sources, ban, function, variants.items[i], &is_good);
		if (is_good)
			chosen = variants.items[i];
	}
	if (r == 0 && !(*ret_module = strdup(chosen)))
		r = -ENOMEM;
	return r;
}

/* VFIO's containers need the IOMMU driver too. A module with unknown dependencies needs at least
 * itself. */
static int find_rejected(const struct load_sources *sources, const struct ban *ban,
			 const char *module, char **ret_rejected)
{
	CLEANUP(strings_done) struct strings needed = {};
	const char *banned;
	int r;

	if (!ban->is_total && !ban->is_list)
		return 0;
	r = find_needed(sources, module, &needed);
	if (r == -ENOENT || r == -ELIBACC)
		r = strings_add(&needed, module);
	if (r != -ENOMEM)
		r = find_needed(sources, "vfio_iommu_type1", &needed);
	if (r == -ENOMEM)
		return r;
	banned = find_banned(ban, &needed);
	if (!banned)
		return 0;
	*ret_rejected = strdup(banned);
	return *ret_rejected ? 0 : -ENOMEM;
}

int load_choose_modules(const struct load_sources *sources, struct snapshot *snapshot)
{
	struct ban ban = read_ban(sources->cmdline);
	int r = 0;

	snapshot->rejecting_parameter = ban.is_total ? "nomodule" :
					ban.is_list  ? "module_blacklist=" :
						       NULL;
	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++) {
		struct function *function = &snapshot->functions[i];

		if (!function->detailed)
			continue;
		r = choose_module(sources, &ban, function, &function->vfio_module);
		if (r == 0)
			r = find_rejected(sources, &ban, function->vfio_module,
					  &function->rejected_module);
	}
	return r;
}
