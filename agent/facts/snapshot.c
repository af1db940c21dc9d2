// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is so? Fills struct snapshot through the readers, and judges nothing. Part by part:
 * functions, IOMMU, groups, rivals; what the host needs and which display it boots on are to
 * join them here.
 */
#include "facts/snapshot.h"

#include "decide/judge.h"
#include "decide/select.h"
#include "facts/caps.h"
#include "facts/display.h"
#include "facts/iommu.h"
#include "facts/pci.h"
#include "facts/platform.h"
#include "facts/traits.h"
#include "facts/usage.h"
#include "model/finding.h"

#define RELEASE_PATH "/proc/sys/kernel/osrelease"

int snapshot_read_release(const struct root *root, char **ret_release)
{
	char text[256];
	ssize_t n;

	n = root_read_line(root, RELEASE_PATH, text, sizeof(text));
	if (n < 0)
		return n;
	*ret_release = strdup(text);
	return *ret_release ? 0 : -ENOMEM;
}

/* May a line mean this function, by its own words or by what is remembered of its card? */
static bool is_concerned(const struct config *config, const struct record *record,
			 const struct function *function)
{
	for (size_t i = 0; i < config->n_wanted; i++) {
		const struct identity *identity = &config->wanted[i].identity;
		const struct known_card *known = known_find(&record->known, identity);

		if (identity_concerns(identity, function) ||
		    (known && pci_id_equal(&known->identity.id, &function->id)))
			return true;
	}
	return false;
}

/* A path ends in its function's own device and function number: of the others it need not be
 * known. */
static bool is_path_candidate(const struct config *config, const struct bdf *address)
{
	for (size_t i = 0; i < config->n_wanted; i++) {
		const struct identity *identity = &config->wanted[i].identity;
		const struct pci_path *path = &identity->path;

		if (identity->has_path && path->hops &&
		    path->devfn[path->hops - 1] ==
			    (address->device << 3 | address->function))
			return true;
	}
	return false;
}

/* The serial number is beyond the first 256 bytes, and what is there costs to be read. */
static bool is_serial_wanted(const struct config *config, const struct record *record)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (config->wanted[i].identity.has_serial)
			return true;
	for (size_t i = 0; i < record->known.n; i++)
		if (record->known.items[i].identity.has_serial)
			return true;
	return false;
}

static bool is_at_place(const struct snapshot *snapshot, const struct identity *identity)
{
	const struct identity kind = { .has_id = identity->has_id, .id = identity->id };

	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (identity_is_place(identity, &snapshot->functions[i]) &&
		    identity_may_be_kind(&kind, &snapshot->functions[i]))
			return true;
	return false;
}

/* What a line means is not where it says: this one may be where its card went, or have it as a
 * virtual function. */
static bool may_explain_absence(const struct config *config,
				const struct snapshot *snapshot,
				const struct function *function)
{
	for (size_t i = 0; i < config->n_wanted; i++) {
		const struct identity *identity = &config->wanted[i].identity;
		const struct bdf *address = &identity->address;

		if ((identity_concerns(identity, function) ||
		     (identity->has_address && address->bus == function->address.bus &&
		      address->domain == function->address.domain)) &&
		    !is_at_place(snapshot, identity))
			return true;
	}
	return false;
}

static int read_detail(const struct root *root, struct pci *pci, struct function *function)
{
	int r;

	if (function->detailed)
		return 0;
	r = pci_read_details(pci, function);
	if (r == 0)
		iommu_read_function(root, function);
	if (r == 0 && is_gpu(function))
		traits_read(root, function);
	return r;
}

/* Something hangs on a function only when a driver has it. */
static int read_usages(const struct root *root, struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];
		struct usage usage;
		int r;

		if (!function->driver || is_vfio_driver(function->driver))
			continue;
		r = usage_read(root, &function->address, &usage);
		if (r < 0)
			return r;
		if ((usage.kinds && !(function->used_for = strdup(usage.text))) ||
		    (*usage.in_use && !(function->in_use = strdup(usage.in_use))))
			return -ENOMEM;
	}
	return 0;
}

static void find_parents(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];
		const struct function *parent = NULL;

		if (function->has_parent)
			parent = snapshot_find(snapshot, &function->parent_address);
		function->parent = parent ? (size_t)(parent - snapshot->functions) :
					    SIZE_MAX;
	}
}

/* The whole slot of every function that a line may mean: that is the card. */
static int read_wanted_slots(const struct root *root, struct pci *pci,
			     const struct config *config, const struct record *record,
			     enum snapshot_depth depth, struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];
		bool is_meant = is_concerned(config, record, function);
		size_t first = i, last = i;

		if (is_meant)
			pci_read_removable(pci, function);
		if (may_explain_absence(config, snapshot, function)) {
			pci_read_path(pci, function);
			pci_read_vfs(pci, function);
		}
		if (function->detailed ||
		    !(is_meant || function->is_reached_by_ids ||
		      (depth == SNAPSHOT_DISPLAYS && is_gpu(function))))
			continue;
		while (first > 0 && bdf_is_same_slot(&snapshot->functions[first - 1].address,
						     &function->address))
			first--;
		while (last + 1 < snapshot->n_functions &&
		       bdf_is_same_slot(&snapshot->functions[last + 1].address,
					&function->address))
			last++;
		for (size_t k = first; k <= last; k++) {
			int r = read_detail(root, pci, &snapshot->functions[k]);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The bridge above this one; its own path is read for that. */
static struct function *find_bridge_above(struct pci *pci, struct snapshot *snapshot,
					  struct function *function)
{
	if (!function->path.hops)
		pci_read_path(pci, function);
	return function->has_parent ? snapshot_find(snapshot, &function->parent_address) :
				      NULL;
}

/*
 * What lies below the switch that a wanted GPU hangs on: extent.c tells whether that is all one
 * card. Few cards have a switch above them, and the path tells so before anything is read.
 */
static int read_switch(const struct root *root, struct pci *pci,
		       struct snapshot *snapshot, struct function *gpu)
{
	struct function *port, *top;
	int r;

	if (gpu->path.hops < 4) /* root port, upstream port, downstream port, GPU */
		return 0;
	port = find_bridge_above(pci, snapshot, gpu);
	top = port ? find_bridge_above(pci, snapshot, port) : NULL;
	if (!top)
		return 0;
	r = read_detail(root, pci, top);
	for (size_t i = 0; r == 0 && i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (!function->path.hops)
			pci_read_path(pci, function);
		if (pci_path_is_below(&function->path, &top->path))
			r = read_detail(root, pci, function);
	}
	return r;
}

static int read_switches(const struct root *root, struct pci *pci,
			 const struct config *config, const struct record *record,
			 enum snapshot_depth depth, struct snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (is_gpu(function) && function->detailed &&
		    (depth == SNAPSHOT_DISPLAYS || is_concerned(config, record, function)))
			r = read_switch(root, pci, snapshot, function);
	}
	return r;
}

/* Every display that the host may keep: what shows a picture on it, and who drives it. */
static int read_displays(const struct root *root, struct pci *pci,
			 const struct config *config, const struct record *record,
			 struct snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (!is_gpu(function))
			continue;
		r = pci_read_identity(pci, function);
		if (r == 0)
			r = pci_read_modalias(pci, function);
		traits_read_display(root, function);
		if (is_concerned(config, record, function))
			continue; /* what follows is read with its slot */
		pci_read_physical(pci, function);
		pci_read_removable(pci, function);
	}
	return r;
}

/* The groups of these slots and, in detail, everyone in them. */
static int read_groups(const struct root *root, struct pci *pci, struct snapshot *snapshot)
{
	int r;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		if (!snapshot->functions[i].detailed ||
		    snapshot->functions[i].group_fact != FACT_KNOWN)
			continue;
		r = iommu_read_group(root, snapshot, snapshot->functions[i].group);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < snapshot->n_groups; i++) {
		const struct group *group = &snapshot->groups[i];

		for (size_t k = 0; k < group->n_members; k++) {
			r = read_detail(root, pci, &snapshot->functions[group->members[k]]);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* By the image's record; else by the modules that are here, which on the real root are all. */
static int read_rivals(struct modules *modules, const struct record *record,
		       struct function *function)
{
	bool is_known = false;
	int r = 0;

	if (record->text) {
		r = record_find_rivals(record, function->modalias, &function->rivals,
				       &is_known);
		if (r < 0 || is_known) {
			function->rivals_fact = FACT_KNOWN;
			return r;
		}
	}
	/* Those of the image are some of them at least. */
	r = modules_add_rivals(modules, function->modalias, &function->rivals);
	function->rivals_fact = r == 0 && !record->text ? FACT_KNOWN : FACT_UNREADABLE;
	return r == -ENOMEM ? r : 0;
}

/* The console shows a display that the host has, whatever will drive it. In an image that is worth
 * milliseconds: a record of another machine does not know the display, and libkmod would be asked. */
static bool is_shown_by_console(const struct record *record, const struct function *function)
{
	return record->text && is_gpu(function) && !function->detailed &&
	       has_console(function);
}

static int read_all_rivals(struct modules *modules, const struct record *record,
			   struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];
		int r = 0;

		if (function->modalias && !is_shown_by_console(record, function))
			r = read_rivals(modules, record, function);
		if (r < 0)
			return r;
	}
	return 0;
}

static int identify(const struct root *root, struct snapshot *snapshot)
{
	int r = snapshot_read_release(root, &snapshot->kernel);
	char boot_id[PLATFORM_BOOT_ID_SIZE];

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		findings_add(&snapshot->findings, RELEASE_PATH, SAY_RELEASE_UNREADABLE,
			     strerror(-r));
	if (platform_read_boot_id(root, boot_id) < 0)
		return 0; /* the report does without */
	snapshot->boot_id = strdup(boot_id);
	return snapshot->boot_id ? 0 : -ENOMEM;
}

int snapshot_identify(const struct root *root, struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {
		.iommu = { .tables_fact = FACT_UNREADABLE,
			   .units_fact = FACT_UNREADABLE,
			   .irq_fact = FACT_UNREADABLE },
	};
	int r;

	r = identify(root, &snapshot);
	if (r < 0) {
		snapshot_done(&snapshot);
		return r;
	}
	*ret_snapshot = snapshot;
	return 0;
}

static int read_platform(const struct root *root, const struct record *record,
			 struct platform *platform)
{
	int r = platform_read(root, platform);

	if (r < 0)
		return r;
	return record->text ? record_find_distribution(record, &platform->distribution) :
			      platform_read_distribution(root, &platform->distribution);
}

/* As far as it matters at this depth, before it is known which slots do. */
static int read_function(const struct root *root, struct pci *pci,
			 const struct config *config, const struct record *record,
			 enum snapshot_depth depth, const struct snapshot *snapshot,
			 struct function *function)
{
	int r = 0;

	if (depth == SNAPSHOT_TOPOLOGY || is_path_candidate(config, &function->address) ||
	    record_wants_path(record, function))
		pci_read_path(pci, function);
	if (depth == SNAPSHOT_TOPOLOGY || record_wants_serial(record, snapshot, function) ||
	    (is_serial_wanted(config, record) && is_concerned(config, record, function)))
		pci_read_config(pci, function, CONFIG_SPACE_SIZE);
	if (depth == SNAPSHOT_DISPLAYS) {
		r = pci_read_identity(pci, function);
		iommu_read_function_group(root, function);
	} else if (depth != SNAPSHOT_CONCERNED) {
		r = read_detail(root, pci, function);
	}
	return r;
}

static int collect(const struct load_sources *sources, const struct config *config,
		   enum snapshot_depth depth, struct snapshot *snapshot)
{
	CLEANUP(pci_closep) struct pci *pci = NULL;
	const struct record *record = sources->record;
	const struct root *root = sources->root;
	int r;

	r = identify(root, snapshot);
	if (r == 0 && record->built_at) {
		snapshot->image_built_at = strdup(record->built_at);
		r = snapshot->image_built_at ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = known_copy(&record->known, &snapshot->known);
	if (r == 0)
		r = iommu_read(root, &snapshot->iommu);
	if (r < 0)
		return r;
	traits_read_security(root, &snapshot->security);
	if (!snapshot->iommu.n_units)
		r = read_platform(root, record, &snapshot->platform);
	if (r < 0)
		return r;
	r = pci_open(root, &pci);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = pci_scan(pci, snapshot);
	if (r == -ENOMEM)
		return r;
	if (r < 0) { /* then no card is found, and this says why */
		findings_add(&snapshot->findings, "/sys/bus/pci/devices",
			     SAY_PCI_UNREADABLE);
		return 0;
	}
	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++)
		r = read_function(root, pci, config, record, depth, snapshot,
				  &snapshot->functions[i]);
	if (r == 0)
		r = display_read(root, snapshot);
	if (r == 0)
		r = read_displays(root, pci, config, record, snapshot);
	load_mark_reached(sources, snapshot);
	if (r == 0)
		r = read_wanted_slots(root, pci, config, record, depth, snapshot);
	if (r == 0)
		r = read_switches(root, pci, config, record, depth, snapshot);
	find_parents(snapshot);
	if (r == 0)
		r = read_groups(root, pci, snapshot);
	load_mark_reached(sources, snapshot); /* now with what was read in detail */
	if (r == 0)
		r = read_all_rivals(sources->modules, record, snapshot);
	if (r == 0)
		r = load_choose_modules(sources, snapshot);
	if (r == 0 && config->n_wanted)
		load_say_left_out(sources, &snapshot->findings);
	/* Dear, and of all functions nobody asks what each is used for. */
	if (r == 0 && depth != SNAPSHOT_ALL && depth != SNAPSHOT_DISPLAYS)
		r = read_usages(root, snapshot);
	return r;
}

int snapshot_collect(const struct load_sources *sources, const struct config *config,
		     enum snapshot_depth depth, struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {};
	int r;

	r = collect(sources, config, depth, &snapshot);
	if (r < 0) {
		snapshot_done(&snapshot);
		return r;
	}
	*ret_snapshot = snapshot;
	return 0;
}
