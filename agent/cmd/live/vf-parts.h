/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files cmd/live/vf*.c alone. */
#pragma once

#include "cmd/live/vf.h"

struct vf_work {
	const struct root *root;
	const struct config *config;
	const struct snapshot *snapshot;
	const struct vf_line *line;
	const struct vf_ops *ops;
	struct findings *findings;
	char physical[PCI_ADDRESS_SIZE];
	bool is_stuck; /* a write to the physical function has not come back */
};

/*
 * Judges the virtual functions that the line takes as the boot agent judges a card, and claims those
 * that vfio-pci has not. All or none; what this call claimed is given back if one fails.
 */
enum vf_end vf_take(struct vf_work *work, const struct vf_state *state);
