// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the cards that a VM may have in the words of VM managers: libvirt, Proxmox VE, QEMU,
 * KubeVirt, and as JSON. Never reads the system.
 */
#include "cmd/after/handover.h"

#include "model/function.h"
#include "report/report-document.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

/* Above the buses and chassis of usual VMs: no two ports of a VM may have the same number. */
#define FIRST_BUS 16

#define FOR_EACH_READY(handover, card)                                                   \
	for (const struct handover_card *card = (handover)->cards;                       \
	     card < (handover)->cards + (handover)->n_cards; card++)                     \
		if (card->is_ready)

#define FOR_EACH_FUNCTION(card, function)                                                \
	for (const struct handover_function *function = (card)->functions;               \
	     function < (card)->functions + (card)->n_functions; function++)

/* libvirt ---------------------------------------------------------------------------------- */

static void print_hostdev(const struct handover_function *function)
{
	const struct bdf *address = &function->address;

	printf("<hostdev mode='subsystem' type='pci' managed='no'>\n"
	       "  <source>\n"
	       "    <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
	       "  </source>\n"
	       "  <address type='pci' domain='0x0000' bus='0x%02x' slot='0x00' "
	       "function='0x%x'%s/>\n"
	       "</hostdev>\n",
	       address->domain, address->bus, address->device, address->function,
	       FIRST_BUS + function->guest_slot, function->guest_function,
	       function->is_first_of_slot && function->has_slot_mates ?
		       " multifunction='on'" :
		       "");
}

void handover_print_libvirt(const struct handover *handover)
{
	FOR_EACH_READY(handover, card)
	{
		/* A comment may not hold two hyphens. */
		printf("<!-- %s  %s -->\n", card->report->address,
		       strstr(card->name, "--") ? "" : card->name);
		FOR_EACH_FUNCTION(card, function)
		print_hostdev(function);
	}
}

/* Proxmox VE ------------------------------------------------------------------------------- */

/* A slot without a function number means all of its functions. */
static unsigned print_hostpci(const struct handover_function *function, unsigned number)
{
	const struct bdf *address = &function->address;

	if (function->is_slot_whole && !function->is_first_of_slot)
		return number;
	printf("qm set VMID -hostpci%u %04x:%02x:%02x", number, address->domain,
	       address->bus, address->device);
	if (!function->is_slot_whole)
		printf(".%u", address->function);
	printf(",pcie=1\n");
	return number + 1;
}

void handover_print_proxmox(const struct handover *handover)
{
	unsigned number = 0;

	FOR_EACH_READY(handover, card)
	FOR_EACH_FUNCTION(card, function)
	number = print_hostpci(function, number);
}

/* QEMU ------------------------------------------------------------------------------------- */

/* Words for the shell's $(...), which keeps no quotes and no backslashes. */
static void print_device(const struct handover *handover,
			 const struct handover_function *function)
{
	if (function->is_first_of_slot)
		printf("-device pcie-root-port,id=vfio-claim%u,chassis=%u\n",
		       function->guest_slot, FIRST_BUS + function->guest_slot);
	printf("-device vfio-pci,host=%s,bus=vfio-claim%u,addr=00.%u%s%s\n",
	       function->report->address, function->guest_slot, function->guest_function,
	       function->is_first_of_slot && function->has_slot_mates ? ",multifunction=on" :
									"",
	       handover->needs_iommufd ? ",iommufd=vfio-claim" : "");
}

void handover_print_qemu(const struct handover *handover)
{
	if (handover->needs_iommufd)
		printf("-object iommufd,id=vfio-claim\n");
	FOR_EACH_READY(handover, card)
	FOR_EACH_FUNCTION(card, function)
	print_device(handover, function);
}

/* KubeVirt --------------------------------------------------------------------------------- */

static bool is_display(const struct handover_function *function)
{
	return CLASS_BASE(function->class) == BASE_DISPLAY ||
	       CLASS_SUB(function->class) == SUB_ACCELERATOR;
}

/* KubeVirt counts the functions of one id on a node as one resource. */
static bool is_first_of_id(const struct handover *handover, const char *id)
{
	FOR_EACH_READY(handover, card)
	FOR_EACH_FUNCTION(card, function)
	if (is_display(function) && streq(function->report->id, id))
		return function->report->id == id;
	return true;
}

static void print_resource_name(struct pci_id id)
{
	printf("vfio-claim.io/gpu-%04x-%04x\n", id.vendor, id.device);
}

static void print_pci_device(const struct handover *handover,
			     const struct handover_card *card,
			     const struct handover_function *function)
{
	struct pci_id id;

	if (!is_display(function) || !pci_id_parse(function->report->id, &id) ||
	    !is_first_of_id(handover, function->report->id))
		return;
	printf("      # %s\n"
	       "      - pciVendorSelector: \"%04X:%04X\"\n"
	       "        resourceName: ",
	       card->name, id.vendor, id.device);
	print_resource_name(id);
}

static unsigned print_vm_gpu(const struct handover_function *function, unsigned number)
{
	struct pci_id id;

	if (!is_display(function) || !pci_id_parse(function->report->id, &id))
		return number;
	printf("      - name: gpu%u  # %s here\n"
	       "        deviceName: ",
	       number, function->report->address);
	print_resource_name(id);
	return number + 1;
}

void handover_print_kubevirt(const struct handover *handover)
{
	unsigned number = 0;

	printf("# In the resource of KubeVirt itself: kubectl edit kubevirt kubevirt -n kubevirt\n"
	       "spec:\n"
	       "  configuration:\n"
	       "    permittedHostDevices:\n"
	       "      pciHostDevices:\n");
	FOR_EACH_READY(handover, card)
	FOR_EACH_FUNCTION(card, function)
	print_pci_device(handover, card, function);
	printf("---\n"
	       "# In the VirtualMachineInstance; in a VirtualMachine, below spec.template\n"
	       "spec:\n"
	       "  domain:\n"
	       "    devices:\n"
	       "      gpus:\n");
	FOR_EACH_READY(handover, card)
	FOR_EACH_FUNCTION(card, function)
	number = print_vm_gpu(function, number);
}

/* JSON ------------------------------------------------------------------------------------- */

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static void add_node(struct json_object *object, const struct vfio_node *node)
{
	struct json_object *device;
	char mode[8];

	if (!node->is_there) {
		document_add_string(object, "device", NULL);
		return;
	}
	device = document_add_object(object, "device");
	snprintf(mode, sizeof(mode), "%04o", node->mode);
	document_add_string(device, "path", node->path);
	document_add_string(device, "owner", node->owner);
	document_add_string(device, "group", node->group);
	document_add_string(device, "mode", mode);
}

static void add_function(struct json_object *functions,
			 const struct handover_function *function)
{
	struct json_object *object = document_append_object(functions);

	document_add_string(object, "address", function->report->address);
	document_add_string(object, "id", or_null(function->report->id));
	document_add_string(object, "class", function->report->class);
	if (function->group == GROUP_NONE)
		document_add_string(object, "group", NULL);
	else
		document_add_number(object, "group", function->group);
	document_add_string(object, "driver", function->driver);
	add_node(object, &function->device_node);
}

static bool is_group_listed(const struct handover_card *card,
			    const struct handover_function *before)
{
	for (const struct handover_function *one = card->functions; one < before; one++)
		if (one->group == before->group)
			return true;
	return before->group == GROUP_NONE;
}

static void add_groups(struct json_object *object, const struct handover_card *card)
{
	struct json_object *groups = document_add_array(object, "groups");

	FOR_EACH_FUNCTION(card, function)
	{
		struct json_object *group;

		if (is_group_listed(card, function))
			continue;
		group = document_append_object(groups);
		document_add_number(group, "number", function->group);
		add_node(group, &function->group_node);
	}
}

static void add_card(struct json_object *cards, const struct handover_card *card)
{
	struct json_object *object = document_append_object(cards), *functions;

	document_add_string(object, "address", card->report->address);
	document_add_string(object, "name", or_null(card->name));
	document_add_string(object, "claimed_by", card->report->configured);
	document_add_string(object, "origin", or_null(card->report->origin));
	functions = document_add_array(object, "functions");
	FOR_EACH_FUNCTION(card, function)
	add_function(functions, function);
	add_groups(object, card);
}

int handover_print_json(const struct handover *handover)
{
	CLEANUP(document_putp) struct json_object *document = document_new();
	struct json_object *cards;
	const char *text;
	size_t size;

	if (!document)
		return -ENOMEM;
	document_add_number(document, "version", REPORT_VERSION);
	document_add_string(document, "claimed_at_boot",
			    or_null(handover->report->boot_id));
	cards = document_add_array(document, "cards");
	FOR_EACH_READY(handover, card)
	add_card(cards, card);
	text = document_serialize(document, &size);
	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}
