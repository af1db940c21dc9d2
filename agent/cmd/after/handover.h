/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"
#include "base/root.h"
#include "host/vfio-node.h"
#include "model/address.h"
#include "model/device-name.h"

#include <stdio.h>

struct report;
struct report_function;
struct report_gpu;

/* A function that a VM may have now. Texts belong to the report. */
struct handover_function {
	const struct report_function *report;
	struct bdf address;
	unsigned class;
	char *driver; /* as it is now */
	int group;    /* GROUP_NONE: unknown */
	struct vfio_node group_node, device_node;
	unsigned guest_slot, guest_function; /* its place in the VM */
	bool is_first_of_slot, has_slot_mates;
	bool is_slot_whole; /* the host keeps no function of this slot */
};

struct handover_card {
	const struct report_gpu *report;
	char name[DEVICE_NAME_SIZE]; /* "": not known */
	bool is_ready;		     /* every function is on VFIO now */
	struct handover_function *functions;
	size_t n_functions;
	/* If a claimed card is not ready: */
	const char *lost;  /* address of a function that is not on VFIO any more */
	char *lost_driver; /* NULL: it has none */
};

struct handover {
	const struct report *report;
	struct handover_card *cards;
	size_t n_cards, n_ready;
	bool needs_iommufd;  /* this kernel has nodes of functions, but none of groups */
	const char *no_card; /* a selector that means no card of the report; NULL: none */
};

/* Compares the report with the driver links as they are now. 0 or -ENOMEM. */
int MUST_CHECK handover_read(const struct root *root, const struct report *report,
			     char **addresses, size_t n, struct handover *ret_handover);
void handover_done(struct handover *handover);

/* Each writes to standard output what one VM manager takes. */
void handover_print_libvirt(const struct handover *handover);
void handover_print_proxmox(const struct handover *handover);
void handover_print_qemu(const struct handover *handover);
void handover_print_kubevirt(const struct handover *handover);
int MUST_CHECK handover_print_json(const struct handover *handover);

void handover_print_text(const struct handover *handover, const struct page *page);
/* Says of each card that is not ready why, and what to do. */
void handover_print_missing(const struct handover *handover, FILE *stream,
			    const struct page *page);
