// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio-claim handover`: prints what a VM manager needs for the cards that this boot claimed. */
#include "cmd/after/handover.h"
#include "cmd/cmd.h"
#include "cmd/selector.h"
#include "report/report-parse.h"

#include <stdio.h>

static struct {
	bool wants_libvirt, wants_proxmox, wants_qemu, wants_kubevirt;
} options;

static const struct verb_option rows[] = {
	{ "libvirt", "print hostdev elements for 'virsh edit'",
	  .sets = &options.wants_libvirt, .excludes_next = true },
	{ "proxmox", "print 'qm set' lines for Proxmox VE",
	  .sets = &options.wants_proxmox, .excludes_next = true },
	{ "qemu", "print words for the command line of QEMU", .sets = &options.wants_qemu,
	  .excludes_next = true },
	{ "kubevirt", "print KubeVirt's permitted devices, and the VM's gpus",
	  .sets = &options.wants_kubevirt, .excludes_next = true },
	{},
};

static int print(const struct cmd *cmd, const struct handover *handover)
{
	if (cmd->wants_json)
		return handover_print_json(handover);
	if (!handover->n_ready)
		return 0;
	if (options.wants_libvirt)
		handover_print_libvirt(handover);
	if (options.wants_proxmox)
		handover_print_proxmox(handover);
	if (options.wants_qemu)
		handover_print_qemu(handover);
	if (options.wants_kubevirt)
		handover_print_kubevirt(handover);
	return 0;
}

static int print_all(const struct cmd *cmd, const struct handover *handover,
		     bool is_for_people)
{
	int r;

	if (is_for_people) {
		handover_print_text(handover, &cmd->page);
		return 0;
	}
	r = print(cmd, handover);
	handover_print_missing(handover, stderr, &(struct page){ PAGE_WIDTH_PIPE });
	return r;
}

/* The addresses that the arguments mean. EXIT_USAGE after a message, or negative errno. */
static int resolve(const struct cmd *cmd, struct strings *ret_addresses)
{
	for (size_t i = 0; i < cmd->n_arguments; i++) {
		char address[PCI_ADDRESS_SIZE];
		struct identity identity;
		int r = selector_resolve(&cmd->root, cmd->arguments[i], &identity);

		if (r == 0 && !identity.has_address)
			return verb_usage_error(cmd->verb,
						"'%s': name the card by its address or its name",
						cmd->arguments[i]);
		if (r == 0)
			r = strings_add(ret_addresses,
					bdf_format(&identity.address, address));
		if (r)
			return r;
	}
	return 0;
}

static int cmd_handover(const struct cmd *cmd)
{
	int n_formats = options.wants_libvirt + options.wants_proxmox +
			options.wants_qemu + options.wants_kubevirt + cmd->wants_json;
	CLEANUP(report_freep) struct report *report = NULL;
	CLEANUP(handover_done) struct handover handover = {};
	CLEANUP(strings_done) struct strings addresses = {};
	int r;

	if (n_formats > 1)
		return verb_usage_error(cmd->verb, "choose one format");
	report = cmd_read_report(&cmd->root);
	if (!report)
		return EXIT_NOT_AS_CONFIGURED;
	r = resolve(cmd, &addresses);
	if (r == 0)
		r = handover_read(&cmd->root, report, addresses.items, addresses.n,
				  &handover);
	if (r > 0)
		return r;
	if (r == 0)
		r = print_all(cmd, &handover, !n_formats);
	if (r < 0)
		return cmd_fail("handover", r);
	return handover.n_ready && handover.n_ready == handover.n_cards &&
			       !handover.no_card ?
		       EXIT_AS_CONFIGURED :
		       EXIT_NOT_AS_CONFIGURED;
}

const struct verb verb_handover = {
	.name = "handover",
	.summary = "print what a VM needs to get the claimed GPUs",
	.arguments = "[SELECTOR...]",
	.details =
		"Prints the cards that this boot has claimed and that are still on VFIO: functions, "
		"groups, device nodes and who may open them. With an option, prints what one VM "
		"manager takes. SELECTORS in vfio-claim(8) has the ways to name a card. Changes nothing.\n"
		"A VM of QEMU gets the cards so: qemu-system-x86_64 -machine q35 ... $(vfio-claim "
		"handover --qemu)",
	.exit_codes =
		"Exit code: 0 every card can go to a VM; 1 one cannot, or there is none.",
	.options = rows,
	.has_json = true,
	.run = cmd_handover,
};
