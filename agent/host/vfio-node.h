/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/* A device node of VFIO, and who may open it. */
struct vfio_node {
	bool is_there;
	char path[48];
	char owner[40], group[40]; /* names, or numbers without a name */
	unsigned mode;		   /* permission bits */
};

/* The node of an IOMMU group, which a kernel without CONFIG_VFIO_GROUP lacks. Here and below a missing
 * node is no error: is_there is false. */
void vfio_node_read_group(const struct root *root, int group, struct vfio_node *ret_node);

struct bdf;

/* The node of a function (CONFIG_VFIO_DEVICE_CDEV), for iommufd. */
void vfio_node_read_function(const struct root *root, const struct bdf *address,
			     struct vfio_node *ret_node);

#define VFIO_NODE_OPENERS_SIZE 128
/* "root only", "root and libvirt-qemu", "root and the group kvm", "everybody". Returns buffer. */
const char *vfio_node_openers(const struct vfio_node *node,
			      char buffer[static VFIO_NODE_OPENERS_SIZE]);
