/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

enum vfio_interface { VFIO_NO_INTERFACE, VFIO_CONTAINER, VFIO_IOMMUFD };

struct vfio_reply {
	enum vfio_answer answer;
	enum vfio_interface interface;
	int error; /* the positive errno of the call that decided; 0: none failed */
};

/* The calls to the kernel, replaced in tests. They return a descriptor or 0, or negative errno. */
struct vfio_ops {
	int (*open)(void *data, const char *path);
	int (*control)(void *data, int fd, unsigned long request, void *argument);
	void (*close)(void *data, int fd);
	void *data;
};

/*
 * Makes a VM monitor's calls up to the one that opens a device, and undoes them. No device is
 * opened, so none is reset or woken.
 */
struct vfio_reply vfio_ask(int group, const struct vfio_ops *ops);

/* For the running system. Below a sysroot every answer is VFIO_UNKNOWN. */
struct vfio_ops vfio_live_ops(const struct root *root);

/* The word of the report; NULL for no interface. */
const char *vfio_interface_name(enum vfio_interface interface);
