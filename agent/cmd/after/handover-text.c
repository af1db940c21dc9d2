// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints for people which cards a VM may have now and who may open them, and of the others why not.
 * Never reads the system.
 */
#include "cmd/after/handover.h"

#include "base/text.h"
#include "cmd/after/card-reason.h"
#include "model/device-name.h"
#include "report/report-parse.h"

#include <stdio.h>

static void print_title(const struct handover_card *card, FILE *stream,
			const struct page *page, enum colour colour, const char *words)
{
	const char *address = *card->report->address ? card->report->address :
						       card->report->configured;

	fprintf(stream, "%s%s%s  %s%s%s%s%s\n", page_on(page, BOLD), address,
		page_off(page, BOLD), card->name, *card->name ? ": " : "",
		page_on(page, colour), words, page_off(page, colour));
}

/* Cards that are ready --------------------------------------------------------------------- */

static void print_function(const struct handover_function *function)
{
	printf("  %s  %s  %-14s  %s", function->report->address, function->report->id,
	       class_words(function->class), function->driver);
	if (function->group != GROUP_NONE)
		printf("  group %d", function->group);
	putchar('\n');
}

static void print_node(const struct vfio_node *node, const char *of, const struct page *page)
{
	char openers[VFIO_NODE_OPENERS_SIZE], *text;

	if (!node->is_there)
		return;
	text = text_format("for %s (%s:%s %04o)", vfio_node_openers(node, openers),
			   node->owner, node->group, node->mode);
	if (text)
		page_wrap(page, stdout, printf("  %-23s  %-12s  ", node->path, of), 41,
			  text);
	free(text);
}

/* A node of a group is printed once. */
static bool is_same_group(const struct handover_card *card, size_t i)
{
	return i > 0 && card->functions[i].group == card->functions[i - 1].group;
}

static void print_nodes(const struct handover_card *card, const struct page *page)
{
	char group[16];

	for (size_t i = 0; i < card->n_functions; i++) {
		snprintf(group, sizeof(group), "group %d", card->functions[i].group);
		if (!is_same_group(card, i))
			print_node(&card->functions[i].group_node, group, page);
	}
	for (size_t i = 0; i < card->n_functions; i++)
		print_node(&card->functions[i].device_node,
			   card->functions[i].report->address, page);
}

static void print_card(const struct handover_card *card, const struct page *page)
{
	print_title(card, stdout, page, GREEN, "ready");
	for (size_t i = 0; i < card->n_functions; i++)
		print_function(&card->functions[i]);
	print_nodes(card, page);
	putchar('\n');
}

static void print_what_next(const struct page *page)
{
	fputs("What a VM needs is printed by\n"
	      "  vfio-claim handover --libvirt   elements for 'virsh edit', in <devices>\n"
	      "  vfio-claim handover --proxmox   'qm set' lines; put the VM's number for VMID\n"
	      "  vfio-claim handover --qemu      words for the command line of QEMU\n"
	      "  vfio-claim handover --kubevirt  permitted devices, and the VM's gpus\n",
	      stdout);
	page_wrap(page, stdout, 0, 0,
		  "The VM's machine type must be q35. If the guest is to boot with a card as its "
		  "first display, Proxmox VE has the option x-vga=1, and QEMU x-vga=on.");
}

/* Cards that are not ----------------------------------------------------------------------- */

static void print_reason(const struct report_finding *reason, FILE *stream,
			 const struct page *page)
{
	if (!reason) {
		fputs("  'vfio-claim log' says what happened\n", stream);
		return;
	}
	page_wrap(page, stream, fprintf(stream, "  %s: ", reason->code_word), 4,
		  reason->text);
	if (*reason->remedy)
		page_wrap(page, stream, fprintf(stream, "  remedy: "), 4, reason->remedy);
}

static void print_lost(const struct handover_card *card, FILE *stream)
{
	if (card->lost_driver)
		fprintf(stream, "  %s has the driver %s now\n", card->lost,
			card->lost_driver);
	else
		fprintf(stream, "  %s has no driver now\n", card->lost);
	fputs("  remedy: look in 'vfio-claim log' for the cause; reboot to claim it again\n",
	      stream);
}

static void print_missing_card(const struct handover *handover,
			       const struct handover_card *card, FILE *stream,
			       const struct page *page)
{
	bool is_lost = card->report->result == RESULT_CLAIMED;

	print_title(card, stream, page, RED, is_lost ? "lost" : card->report->result_word);
	if (is_lost)
		print_lost(card, stream);
	else
		print_reason(card_reason_find(handover->report, card->report), stream,
			     page);
}

void handover_print_missing(const struct handover *handover, FILE *stream,
			    const struct page *page)
{
	if (handover->no_card)
		fprintf(stream,
			"No line of the configuration meant a card at '%s' in this boot.\n",
			handover->no_card);
	else if (!handover->report->n_gpus)
		fputs("No card is for VMs: nothing was configured in this boot.\n"
		      "  remedy: choose a card with 'vfio-claim list', then run 'vfio-claim "
		      "setup'\n",
		      stream);
	for (size_t i = 0; i < handover->n_cards; i++)
		if (!handover->cards[i].is_ready)
			print_missing_card(handover, &handover->cards[i], stream, page);
}

/* ------------------------------------------------------------------------------------------ */

static void print_answer(const struct handover *handover, const struct page *page)
{
	if (handover->n_ready > 1)
		printf("%s%zu cards are ready for VMs.%s\n\n", page_on(page, BOLD),
		       handover->n_ready, page_off(page, BOLD));
	else if (handover->n_ready)
		printf("%sOne card is ready for a VM.%s\n\n", page_on(page, BOLD),
		       page_off(page, BOLD));
	else if (handover->n_cards)
		printf("%sNo card is ready for a VM.%s\n\n", page_on(page, BOLD),
		       page_off(page, BOLD));
}

void handover_print_text(const struct handover *handover, const struct page *page)
{
	print_answer(handover, page);
	for (size_t i = 0; i < handover->n_cards; i++)
		if (handover->cards[i].is_ready)
			print_card(&handover->cards[i], page);
	handover_print_missing(handover, stdout, page);
	if (!handover->n_ready)
		return;
	if (handover->n_ready < handover->n_cards)
		putchar('\n');
	print_what_next(page);
}
