// SPDX-License-Identifier: GPL-2.0-or-later
/* Fills struct snapshot through the other readers. Never judges. */
#include "facts/snapshot.h"

#include "decide/judge.h"
#include "decide/kernel.h"
#include "decide/reserve.h"
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

/* One call of snapshot_collect(). */
struct scan {
	const struct load_sources *sources;
	const struct root *root;
	const struct record *record;
	const struct config *config;
	enum snapshot_depth depth;
	struct snapshot *snapshot;
};

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

/* May a line of the configuration mean this function, by itself or through a remembered card? */
static bool is_concerned(const struct scan *scan, const struct function *function)
{
	for (size_t i = 0; i < scan->config->n_wanted; i++) {
		const struct identity *identity = &scan->config->wanted[i].identity;
		const struct known_card *known = known_find(&scan->record->known, identity);

		if (identity_concerns(identity, function) ||
		    (known && pci_id_equal(&known->identity.id, &function->id)))
			return true;
	}
	return false;
}

/* A path ends in its function's own device and function number. No other function's path has to be
 * read. */
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

/* The serial number lies beyond the first 256 bytes, which are slow to read. */
static bool is_serial_wanted(const struct scan *scan)
{
	const struct known_cards *known = &scan->record->known;

	for (size_t i = 0; i < scan->config->n_wanted; i++)
		if (scan->config->wanted[i].identity.has_serial)
			return true;
	for (size_t i = 0; i < known->n; i++)
		if (known->items[i].identity.has_serial)
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

/* A configured card is not at its place: this function may be that card, or the physical function
 * of it. */
static bool may_explain_absence(const struct scan *scan, const struct function *function)
{
	for (size_t i = 0; i < scan->config->n_wanted; i++) {
		const struct identity *identity = &scan->config->wanted[i].identity;
		const struct bdf *address = &identity->address;

		if ((identity_concerns(identity, function) ||
		     (identity->has_address && address->bus == function->address.bus &&
		      address->domain == function->address.domain)) &&
		    !is_at_place(scan->snapshot, identity))
			return true;
	}
	return false;
}

static int read_detail(const struct scan *scan, struct function *function)
{
	CLEANUP(root_leave) struct root near = {};
	char folder[PCI_FILE_SIZE];
	int r;

	if (function->detailed)
		return 0;
	root_go_near(scan->root, pci_file(&function->address, "", folder), &near);
	r = pci_read_details(&near, function);
	if (r == 0)
		iommu_read_function(&near, function);
	if (r == 0 && is_gpu(function))
		traits_read(&near, function);
	return r;
}

/* A function without a driver cannot be in use. */
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

/* The whole slot of every function that the configuration may mean is the card. */
static int read_wanted_slots(const struct scan *scan)
{
	struct function *functions = scan->snapshot->functions;
	size_t n = scan->snapshot->n_functions;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct function *function = &functions[i];
		bool is_meant = is_concerned(scan, function);
		size_t k = i;

		if (is_meant)
			pci_read_removable(scan->root, function);
		if (may_explain_absence(scan, function)) {
			pci_read_path(scan->root, function);
			pci_read_vfs(scan->root, function);
		}
		if (function->detailed ||
		    !(is_meant || function->is_reached_by_ids ||
		      (scan->depth == SNAPSHOT_DISPLAYS && is_gpu(function))))
			continue;
		while (k > 0 &&
		       bdf_is_same_slot(&functions[k - 1].address, &function->address))
			k--;
		for (; k < n && r == 0 &&
		       bdf_is_same_slot(&functions[k].address, &function->address);
		     k++)
			r = read_detail(scan, &functions[k]);
	}
	return r;
}

/* Finds the bridge above this function; reads the function's path if necessary. */
static struct function *find_bridge_above(const struct scan *scan, struct function *function)
{
	if (!function->path.hops)
		pci_read_path(scan->root, function);
	return function->has_parent ?
		       snapshot_find(scan->snapshot, &function->parent_address) :
		       NULL;
}

/*
 * Everything below the switch that a wanted GPU is connected to: extent.c decides whether that is
 * all one card. Few cards have a switch above them, and their path shows that.
 */
static int read_switch(const struct scan *scan, struct function *gpu)
{
	struct function *port, *top;
	int r;

	if (gpu->path.hops < 4) /* root port, upstream port, downstream port, GPU */
		return 0;
	port = find_bridge_above(scan, gpu);
	top = port ? find_bridge_above(scan, port) : NULL;
	if (!top)
		return 0;
	r = read_detail(scan, top);
	for (size_t i = 0; r == 0 && i < scan->snapshot->n_functions; i++) {
		struct function *function = &scan->snapshot->functions[i];

		if (!function->path.hops)
			pci_read_path(scan->root, function);
		if (pci_path_is_below(&function->path, &top->path))
			r = read_detail(scan, function);
	}
	return r;
}

static int read_switches(const struct scan *scan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < scan->snapshot->n_functions; i++) {
		struct function *function = &scan->snapshot->functions[i];

		if (is_gpu(function) && function->detailed &&
		    (scan->depth == SNAPSHOT_DISPLAYS || is_concerned(scan, function)))
			r = read_switch(scan, function);
	}
	return r;
}

/* Driver and outputs of every display that the host may keep. */
static int read_displays(const struct scan *scan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < scan->snapshot->n_functions; i++) {
		struct function *function = &scan->snapshot->functions[i];

		if (!is_gpu(function))
			continue;
		r = pci_read_identity(scan->root, function);
		if (r == 0)
			r = pci_read_modalias(scan->root, function);
		traits_read_display(scan->root, function);
		if (is_concerned(scan, function))
			continue; /* read_wanted_slots() reads the rest */
		pci_read_physical(scan->root, function);
		pci_read_removable(scan->root, function);
	}
	return r;
}

/* The groups of these slots, with every member in detail. */
static int read_groups(const struct scan *scan)
{
	struct snapshot *snapshot = scan->snapshot;
	int r = 0;

	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++)
		if (snapshot->functions[i].detailed &&
		    snapshot->functions[i].group_fact == FACT_KNOWN)
			r = iommu_read_group(scan->root, snapshot,
					     snapshot->functions[i].group);
	for (size_t i = 0; i < snapshot->n_groups; i++) {
		const struct group *group = &snapshot->groups[i];

		for (size_t k = 0; k < group->n_members && r == 0; k++)
			r = read_detail(scan, &snapshot->functions[group->members[k]]);
	}
	return r;
}

/* From the image record, or from the modules of this system, which are complete on the real root. */
static int read_rivals(const struct scan *scan, struct function *function)
{
	const struct record *record = scan->record;
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
	/* The image holds at least some of them. */
	r = modules_add_rivals(scan->sources->modules, function->modalias,
			       &function->rivals);
	function->rivals_fact = r == 0 && !record->text ? FACT_KNOWN : FACT_UNREADABLE;
	return r == -ENOMEM ? r : 0;
}

/* A console proves that the host has this display, whatever will drive it. In an image that saves
 * milliseconds: another machine's record lacks the display, and libkmod would have to be opened. */
static bool is_shown_by_console(const struct record *record, const struct function *function)
{
	return record->text && is_gpu(function) && !function->detailed &&
	       has_console(function);
}

static int read_all_rivals(const struct scan *scan)
{
	int r = 0;

	for (size_t i = 0; i < scan->snapshot->n_functions && r == 0; i++) {
		struct function *function = &scan->snapshot->functions[i];

		if (function->modalias && !is_shown_by_console(scan->record, function))
			r = read_rivals(scan, function);
	}
	return r;
}

static int take_registered(const char *name, void *data)
{
	struct snapshot *snapshot = data;

	for (size_t i = 0; i < FIRST_DRIVERS; i++)
		snapshot->registered |= streq(name, first_drivers[i].name) << i;
	return 0;
}

/* Matters only for a card that may come later. */
static void read_registered(const struct scan *scan)
{
	struct snapshot *snapshot = scan->snapshot;
	bool is_any_absent = false;
	int r;

	for (size_t i = 0; i < scan->config->n_wanted; i++)
		is_any_absent |= !is_at_place(snapshot, &scan->config->wanted[i].identity);
	if (!is_any_absent)
		return;
	r = root_list(scan->root, "/sys/bus/pci/drivers", take_registered, snapshot);
	snapshot->registered |= (r < 0)
				<< FIRST_VFIO; /* then the order is not known either */
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
		return 0; /* the report has none then */
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

/* All that this depth needs before it is known which slots matter. */
static int read_function(const struct scan *scan, struct function *function)
{
	bool is_topology = scan->depth == SNAPSHOT_TOPOLOGY;
	int r = 0;

	if (is_topology || is_path_candidate(scan->config, &function->address) ||
	    record_wants_path(scan->record, function))
		pci_read_path(scan->root, function);
	if (is_topology || record_wants_serial(scan->record, scan->snapshot, function) ||
	    (is_serial_wanted(scan) && is_concerned(scan, function)))
		pci_read_config(scan->root, function, CONFIG_SPACE_SIZE);
	if (scan->depth == SNAPSHOT_DISPLAYS) {
		r = pci_read_identity(scan->root, function);
		iommu_read_function_group(scan->root, function);
	} else if (scan->depth != SNAPSHOT_CONCERNED) {
		r = read_detail(scan, function);
	}
	return r;
}

static int read_functions(const struct scan *scan)
{
	struct snapshot *snapshot = scan->snapshot;
	int r = 0;

	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++)
		r = read_function(scan, &snapshot->functions[i]);
	if (r == 0)
		r = display_read(scan->root, snapshot);
	if (r == 0)
		r = read_displays(scan);
	load_mark_reached(scan->sources, snapshot);
	if (r == 0)
		r = read_wanted_slots(scan);
	if (r == 0)
		r = read_switches(scan);
	find_parents(snapshot);
	if (r == 0)
		r = read_groups(scan);
	if (snapshot->ids_origin)
		load_mark_reached(scan->sources, snapshot); /* again, now with all details */
	if (r == 0)
		r = read_all_rivals(scan);
	if (r == 0)
		r = load_choose_modules(scan->sources, snapshot);
	if (r == 0 && scan->config->n_wanted)
		load_say_left_out(scan->sources, &snapshot->findings);
	/* Expensive, and no list of all functions shows it. */
	if (r == 0 && scan->depth != SNAPSHOT_ALL && scan->depth != SNAPSHOT_DISPLAYS)
		r = read_usages(scan->root, snapshot);
	return r;
}

static int collect(const struct load_sources *sources, const struct config *config,
		   enum snapshot_depth depth, struct snapshot *snapshot)
{
	const struct record *record = sources->record;
	const struct root *root = sources->root;
	struct scan scan = { sources, root, record, config, depth, snapshot };
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
	/* All functions, and the ports above them, tell which will be in a group that comes later. */
	if (has_late_groups(snapshot) && config->n_wanted)
		scan.depth = SNAPSHOT_TOPOLOGY;
	traits_read_security(root, &snapshot->security);
	r = pci_scan(root, snapshot);
	if (r == 0) {
		r = read_functions(&scan);
	} else if (r != -ENOMEM) {
		if (r != -ENOENT) /* this explains why no card is found */
			findings_add(&snapshot->findings, "/sys/bus/pci/devices",
				     SAY_PCI_UNREADABLE);
		r = 0;
	}
	if (r == 0)
		read_registered(&scan);
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
