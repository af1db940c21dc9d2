// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Explains why two functions share a group: applies the kernel's rule to configuration space. Pure.
 * Never decides: the group in sysfs counts.
 *
 * The rule is pci_device_group() of drivers/iommu/iommu.c. From the function, go up to the topmost
 * conventional bridge, whose requester id the function has. From there, go up while any port
 * between the bus and the root lacks ACS. The function that is reached shares its group with
 * everything below it, and with the functions of its slot if they lack ACS too.
 */
#include "decide/acs.h"

#include "decide/acs-quirks.h"

#define NOWHERE SIZE_MAX
#define WAY_MAX 256 /* buses of a domain: a longer path is a circle */

/* The answer of pci_acs_enabled(), as far as it is known. */
enum isolation {
	ISOLATED,
	OPEN,
	UNSURE, /* configuration space was not read far enough */
};

/* One function's isolation ------------------------------------------------------------- */

static size_t parent_of(const struct snapshot *snapshot, size_t index)
{
	size_t parent = snapshot->functions[index].parent;

	return parent < snapshot->n_functions && parent != index ? parent : NOWHERE;
}

/*
 * To the kernel every function but function 0 is part of a multifunction device, pci_scan_slot(),
 * and no virtual function is, pci_iov_add_virtfn(). Function 0 says so in its header.
 */
static enum fact multifunction_fact(const struct snapshot *snapshot, size_t index)
{
	const struct function *function = &snapshot->functions[index], *first;
	struct bdf address = function->address;

	if (function->caps.header_fact == FACT_KNOWN && function->caps.is_multifunction)
		return FACT_KNOWN;
	address.function = 0;
	first = snapshot_find(snapshot, &address);
	if (!first)
		first = function;
	if (first->caps.header_fact != FACT_KNOWN)
		return FACT_UNREADABLE;
	return first->caps.is_multifunction ? FACT_KNOWN : FACT_ABSENT;
}

/* pci_acs_flags_enabled(): a bit that the device does not support need not be enabled. */
static uint16_t missing_bits(const struct pci_caps *caps)
{
	if (caps->acs_fact != FACT_KNOWN)
		return 0;
	return ACS_REQUIRED & caps->acs_capability & ~caps->acs_control;
}

static enum isolation isolation_by_bits(const struct pci_caps *caps)
{
	if (caps->acs_fact == FACT_UNREADABLE)
		return UNSURE;
	return caps->acs_fact == FACT_ABSENT || missing_bits(caps) ? OPEN : ISOLATED;
}

/* drivers/pci/pci.c, pci_acs_enabled() */
static enum isolation isolation_by_type(const struct snapshot *snapshot, size_t index)
{
	const struct pci_caps *caps = &snapshot->functions[index].caps;

	switch (caps->type) {
	case PCIE_ROOT_PORT:
	case PCIE_DOWNSTREAM_PORT:
		return isolation_by_bits(caps);
	case PCIE_ENDPOINT:
	case PCIE_LEGACY_ENDPOINT:
	case PCIE_RC_ENDPOINT:
	case PCIE_UPSTREAM_PORT:
		switch (multifunction_fact(snapshot, index)) {
		case FACT_ABSENT:
			return ISOLATED;
		case FACT_UNREADABLE:
			return isolation_by_bits(caps) == ISOLATED ? ISOLATED : UNSURE;
		case FACT_KNOWN:
			return isolation_by_bits(caps);
		}
		return UNSURE;
	case PCIE_NONE:
	case PCIE_TO_PCI_BRIDGE:
	case PCI_TO_PCIE_BRIDGE:
	case PCIE_RC_EVENT_COLLECTOR:
		return OPEN;
	case PCIE_UNKNOWN: /* not read, or gone */
		break;
	}
	return UNSURE;
}

/* The rule with the kernel's quirks, or without them. */
struct view {
	const struct snapshot *snapshot;
	bool has_quirks;
};

static enum isolation isolation_of(const struct view *view, size_t index)
{
	const struct function *function = &view->snapshot->functions[index];

	const struct quirk *quirk = view->has_quirks ? isolating_quirk(function) : NULL;
	enum isolation isolation;

	if (quirk && quirk->effect == QUIRK_ISOLATES)
		return ISOLATED;
	isolation = isolation_by_type(view->snapshot, index);
	return quirk && isolation == OPEN ? UNSURE : isolation;
}

static bool is_conventional_bridge(const struct function *bridge)
{
	return bridge->caps.type == PCIE_NONE || bridge->caps.type == PCIE_TO_PCI_BRIDGE ||
	       bridge->caps.type == PCI_TO_PCIE_BRIDGE;
}

/* The ways up ------------------------------------------------------------------------- */

/* Where the paths from two functions to the root meet. */
struct meeting {
	size_t common; /* the lowest bridge that is or leads to both; NOWHERE: none */
	size_t first,
		second; /* the functions below it on both paths; NOWHERE: `common` itself */
};

static bool is_above(const struct snapshot *snapshot, size_t bridge, size_t index,
		     size_t *ret_below)
{
	size_t below = NOWHERE;

	for (unsigned hops = 0; hops < WAY_MAX && index != NOWHERE; hops++) {
		if (index == bridge) {
			*ret_below = below;
			return true;
		}
		below = index;
		index = parent_of(snapshot, index);
	}
	return false;
}

/* The function on the root bus; NOWHERE if the path never ends. */
static size_t topmost(const struct snapshot *snapshot, size_t index)
{
	for (unsigned hops = 0; hops < WAY_MAX; hops++) {
		size_t parent = parent_of(snapshot, index);

		if (parent == NOWHERE)
			return index;
		index = parent;
	}
	return NOWHERE;
}

static struct meeting find_meeting(const struct snapshot *snapshot, size_t a, size_t b)
{
	struct meeting meeting = { NOWHERE, NOWHERE, NOWHERE };
	size_t below = NOWHERE, index = a;

	for (unsigned hops = 0; hops < WAY_MAX && index != NOWHERE; hops++) {
		if (is_above(snapshot, index, b, &meeting.second)) {
			meeting.common = index;
			meeting.first = below;
			return meeting;
		}
		below = index;
		index = parent_of(snapshot, index);
	}
	meeting.first = topmost(snapshot, a);
	meeting.second = topmost(snapshot, b);
	return meeting;
}

/* Conventional buses have no requester ids: every function behind the bridge uses the bridge's. */
static size_t find_alias(const struct snapshot *snapshot, size_t bridge)
{
	for (unsigned hops = 0; hops < WAY_MAX && bridge != NOWHERE; hops++) {
		if (is_conventional_bridge(&snapshot->functions[bridge]))
			return bridge;
		bridge = parent_of(snapshot, bridge);
	}
	return NOWHERE;
}

/* pci_acs_path_enabled(): the first bridge from here to the root with this isolation. */
static size_t find_on_way(const struct view *view, size_t bridge, enum isolation wanted)
{
	for (unsigned hops = 0; hops < WAY_MAX && bridge != NOWHERE; hops++) {
		if (isolation_of(view, bridge) == wanted)
			return bridge;
		bridge = parent_of(view->snapshot, bridge);
	}
	return NOWHERE;
}

/* The rule ----------------------------------------------------------------------------- */

static bool is_same_slot(const struct view *view, size_t a, size_t b)
{
	return a != NOWHERE && b != NOWHERE && a != b &&
	       bdf_is_same_slot(&view->snapshot->functions[a].address,
				&view->snapshot->functions[b].address);
}

/* get_pci_function_alias_group(): functions of a slot share a group if both are open. */
static bool is_open_pair(const struct view *view, size_t a, size_t b)
{
	return is_same_slot(view, a, b) && isolation_of(view, a) == OPEN &&
	       isolation_of(view, b) == OPEN;
}

/* One function of the pair cannot be read, and the other is not isolated. */
static size_t unsure_of_pair(const struct view *view, size_t a, size_t b)
{
	enum isolation first, second;

	if (!is_same_slot(view, a, b))
		return NOWHERE;
	first = isolation_of(view, a);
	second = isolation_of(view, b);
	if (first == ISOLATED || second == ISOLATED)
		return NOWHERE;
	return first == UNSURE ? a : second == UNSURE ? b : NOWHERE;
}

/* The lowest open function of the slot: a person looks at that one first. */
static size_t lowest_open(const struct view *view, size_t member)
{
	struct bdf address = view->snapshot->functions[member].address;

	for (address.function = 0; address.function < 8; address.function++) {
		const struct function *function = snapshot_find(view->snapshot, &address);
		size_t index;

		if (!function)
			continue;
		index = function - view->snapshot->functions;
		if (isolation_of(view, index) == OPEN)
			return index;
	}
	return member;
}

static struct acs_explanation because(const struct view *view, enum acs_reason reason,
				      size_t culprit)
{
	struct acs_explanation explanation = { .reason = reason, .culprit = culprit };

	if (culprit != NOWHERE) {
		const struct function *function = &view->snapshot->functions[culprit];
		const struct quirk *quirk = find_quirk(function);

		if (reason == ACS_REASON_PORT || reason == ACS_REASON_MULTIFUNCTION)
			explanation.missing = missing_bits(&function->caps);
		explanation.may_be_quirk = quirk && quirk->effect != QUIRK_DECODES;
		explanation.quirk = quirk ? quirk->name : NULL;
	}
	return explanation;
}

/* The certain reason; ACS_REASON_NONE: there is none. */
static struct acs_explanation find_reason(const struct view *view, size_t a, size_t b)
{
	struct meeting meeting = find_meeting(view->snapshot, a, b);
	size_t culprit;

	culprit = find_alias(view->snapshot, meeting.common);
	if (culprit != NOWHERE)
		return because(view, ACS_REASON_CONVENTIONAL, culprit);
	/* The card's own functions come first: a better port would not separate them. */
	if (is_open_pair(view, a, b))
		return because(view, ACS_REASON_MULTIFUNCTION, lowest_open(view, a));
	culprit = find_on_way(view, meeting.common, OPEN);
	if (culprit != NOWHERE)
		return because(view, ACS_REASON_PORT, culprit);
	/* An open port draws everything behind it into its own group, and into that of its slot. */
	if (is_open_pair(view, meeting.first, meeting.second))
		return because(view, ACS_REASON_MULTIFUNCTION,
			       lowest_open(view, meeting.first));
	return because(view, ACS_REASON_NONE, NOWHERE);
}

/* The function that would have to be read for an answer. */
static struct acs_explanation find_gap(const struct view *view, size_t a, size_t b)
{
	struct meeting meeting = find_meeting(view->snapshot, a, b);
	size_t culprit;

	culprit = find_on_way(view, meeting.common, UNSURE);
	if (culprit == NOWHERE)
		culprit = unsure_of_pair(view, meeting.first, meeting.second);
	if (culprit == NOWHERE)
		return because(view, ACS_REASON_NONE, NOWHERE);
	return because(view, ACS_REASON_UNREADABLE, culprit);
}

/* The kernel's quirk for a pair that shares a group only without quirks. */
static const struct quirk *find_doubt(const struct snapshot *snapshot,
				      const struct acs_explanation *explanation, size_t a,
				      size_t b)
{
	struct meeting meeting = find_meeting(snapshot, a, b);
	const struct quirk *quirk;

	if (explanation->reason == ACS_REASON_PORT)
		return isolating_quirk(&snapshot->functions[explanation->culprit]);
	quirk = isolating_quirk(&snapshot->functions[meeting.first]);
	return quirk ? quirk : isolating_quirk(&snapshot->functions[meeting.second]);
}

static bool is_valid(const struct snapshot *snapshot, size_t a, size_t b)
{
	return a < snapshot->n_functions && b < snapshot->n_functions && a != b;
}

struct acs_explanation acs_explain(const struct snapshot *snapshot, size_t function,
				   size_t other)
{
	const struct view kernels = { snapshot, true }, plain = { snapshot, false };
	struct acs_explanation explanation = { .culprit = NOWHERE };

	if (!is_valid(snapshot, function, other))
		return explanation;
	explanation = find_reason(&kernels, function, other);
	if (explanation.reason != ACS_REASON_NONE)
		return explanation;
	/* The two do share: this kernel may lack the quirk, or its workaround failed. */
	explanation = find_reason(&plain, function, other);
	if (explanation.reason != ACS_REASON_NONE) {
		const struct quirk *quirk =
			find_doubt(snapshot, &explanation, function, other);

		explanation.may_be_quirk = true;
		explanation.quirk = quirk ? quirk->name : NULL;
		return explanation;
	}
	return find_gap(&plain, function, other);
}

enum fact acs_predict_shared(const struct snapshot *snapshot, size_t function, size_t other)
{
	const struct view view = { snapshot, true };

	if (!is_valid(snapshot, function, other))
		return FACT_UNREADABLE;
	if (find_reason(&view, function, other).reason != ACS_REASON_NONE)
		return FACT_KNOWN;
	if (find_gap(&view, function, other).reason != ACS_REASON_NONE)
		return FACT_UNREADABLE;
	return FACT_ABSENT;
}
