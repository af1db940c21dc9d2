// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collects what a VM manager needs to know of the cards that this boot claimed: functions, groups,
 * device nodes, places in the VM. Writes nothing.
 */
#include "cmd/after/handover.h"

#include "facts/pci.h"
#include "host/pci-names.h"
#include "model/function.h"
#include "report/report-parse.h"

#include <stdio.h>

#define SLOT_FUNCTIONS 8

static bool is_card_meant(const struct report_gpu *gpu, const char *address)
{
	return streq(gpu->address, address) || report_gpu_has(gpu, address);
}

static bool is_selected(const struct report_gpu *gpu, char **addresses, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_card_meant(gpu, addresses[i]))
			return true;
	return !n;
}

static const char *find_unmatched(const struct report *report, char **addresses, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < report->n_gpus && !is_card_meant(&report->gpus[k], addresses[i]))
			k++;
		if (k == report->n_gpus)
			return addresses[i];
	}
	return NULL;
}

/* Functions -------------------------------------------------------------------------------- */

static int read_group(const struct root *root, const struct bdf *address)
{
	char path[PCI_FILE_SIZE], name[16];

	return root_readlink_name(root, pci_file(address, "iommu_group", path), name,
				  sizeof(name)) < 0 ?
		       GROUP_NONE :
		       atoi(name);
}

/* The driver is read first: false, if it is not one of VFIO. */
static bool read_function(const struct root *root, const struct report_function *report,
			  struct handover_function *function)
{
	*function = (struct handover_function){ .report = report, .group = GROUP_NONE };
	if (!bdf_parse(report->address, &function->address) ||
	    pci_read_driver(root, &function->address, &function->driver) < 0 ||
	    !function->driver || !is_vfio_driver(function->driver))
		return false;
	function->class = strtoul(report->class, NULL, 16);
	function->group = read_group(root, &function->address);
	if (function->group != GROUP_NONE)
		vfio_node_read_group(root, function->group, &function->group_node);
	vfio_node_read_function(root, &function->address, &function->device_node);
	return true;
}

/* A `device =` line may name a function of a card that has a line of its own. */
static bool is_in_earlier_card(const struct handover *handover, const char *address)
{
	for (size_t i = 0; i < handover->n_cards; i++)
		for (size_t k = 0; k < handover->cards[i].n_functions; k++)
			if (streq(handover->cards[i].functions[k].report->address, address))
				return true;
	return false;
}

static int read_functions(const struct root *root, const struct handover *handover,
			  struct handover_card *card)
{
	const struct report_functions *functions = &card->report->functions;

	card->functions = calloc(functions->n + 1, sizeof(*card->functions));
	if (!card->functions)
		return -ENOMEM;
	for (size_t i = 0; i < functions->n && !card->lost; i++) {
		struct handover_function *function = &card->functions[card->n_functions];

		if (is_in_earlier_card(handover, functions->items[i].address))
			continue;
		if (read_function(root, &functions->items[i], function)) {
			card->n_functions++;
		} else {
			card->lost = functions->items[i].address;
			card->lost_driver = steal(function->driver);
		}
	}
	card->is_ready = card->report->result == RESULT_CLAIMED && !card->lost;
	return 0;
}

/* Places in the VM ------------------------------------------------------------------------- */

static int compare_functions(const void *a, const void *b)
{
	const struct handover_function *first = a, *second = b;

	return bdf_compare(&first->address, &second->address);
}

static bool is_slot_whole(const struct root *root, const struct handover_card *card,
			  const struct bdf *of_slot)
{
	size_t n_here = 0, n_ours = 0;

	for (unsigned i = 0; i < SLOT_FUNCTIONS; i++) {
		struct bdf address = *of_slot;

		address.function = i;
		n_here += pci_file_exists(root, &address, "vendor");
	}
	for (size_t i = 0; i < card->n_functions; i++)
		n_ours += bdf_is_same_slot(&card->functions[i].address, of_slot);
	return n_here == n_ours;
}

/* Each slot of the host becomes one of the VM. A slot without function 0 does not exist, so that the
 * lowest of ours is number 0 there. */
static void place_card(const struct root *root, struct handover_card *card,
		       unsigned *n_slots)
{
	struct handover_function *first = NULL;

	qsort(card->functions, card->n_functions, sizeof(*card->functions),
	      compare_functions);
	for (size_t i = 0; i < card->n_functions; i++) {
		struct handover_function *function = &card->functions[i];

		if (!first || !bdf_is_same_slot(&first->address, &function->address)) {
			first = function;
			first->is_first_of_slot = true;
			++*n_slots;
		} else {
			first->has_slot_mates = function->has_slot_mates = true;
		}
		function->guest_slot = *n_slots - 1;
		function->guest_function =
			function->address.function - first->address.function;
		function->is_slot_whole = is_slot_whole(root, card, &function->address);
	}
}

/* Cards ------------------------------------------------------------------------------------ */

static bool has_device_nodes_only(const struct handover_card *card)
{
	for (size_t i = 0; i < card->n_functions; i++)
		if (card->functions[i].group_node.is_there ||
		    !card->functions[i].device_node.is_there)
			return false;
	return card->n_functions > 0;
}

static void read_name(struct pci_names *names, struct handover_card *card)
{
	if (names && card->report->functions.n)
		pci_names_lookup(names, card->report->functions.items[0].id, card->name);
}

static int read_cards(const struct root *root, const struct report *report,
		      char **addresses, size_t n, struct handover *handover)
{
	CLEANUP(pci_names_closep) struct pci_names *names = pci_names_open(root);
	unsigned n_slots = 0;

	for (size_t i = 0; i < report->n_gpus; i++) {
		struct handover_card *card = &handover->cards[handover->n_cards];

		if (!is_selected(&report->gpus[i], addresses, n))
			continue;
		card->report = &report->gpus[i];
		if (read_functions(root, handover, card) < 0)
			return -ENOMEM;
		if (card->is_ready && !card->n_functions) { /* all in earlier cards */
			free(card->functions);
			*card = (struct handover_card){};
			continue;
		}
		handover->n_cards++;
		read_name(names, card);
		if (!card->is_ready)
			continue;
		place_card(root, card, &n_slots);
		handover->n_ready++;
		handover->needs_iommufd |= has_device_nodes_only(card);
	}
	return 0;
}

int handover_read(const struct root *root, const struct report *report, char **addresses,
		  size_t n, struct handover *ret_handover)
{
	struct handover handover = {
		.report = report,
		.cards = calloc(report->n_gpus + 1, sizeof(*handover.cards)),
		.no_card = find_unmatched(report, addresses, n),
	};

	if (!handover.cards || read_cards(root, report, addresses, n, &handover) < 0) {
		handover_done(&handover);
		return -ENOMEM;
	}
	*ret_handover = handover;
	return 0;
}

void handover_done(struct handover *handover)
{
	for (size_t i = 0; i < handover->n_cards; i++) {
		struct handover_card *card = &handover->cards[i];

		for (size_t k = 0; k < card->n_functions; k++)
			free(card->functions[k].driver);
		free(card->functions);
		free(card->lost_driver);
	}
	free(handover->cards);
	*handover = (struct handover){};
}
