/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files users*.c share; the lower a file stands here, the more it may call. */
#pragma once

#include "host/users.h"

/* users-found.c: the list of users ---------------------------------------------------------- */

int MUST_CHECK users_add(struct users *users, enum user_kind kind, pid_t pid,
			 const char *name, const char *what);
/* Keeps the first thing that could not be read, and returns `error`. */
int users_lose(struct users *users, const char *what, int error);

/* users-device.c: device files ------------------------------------------------------------- */

struct device {
	bool is_block;
	unsigned major, minor;
	char *name; /* "/dev/dri/card0" */
};

struct devices {
	struct device *items;
	size_t n, capacity;
	bool has_disk; /* something of it may have a file system */
};

/* Is it the same function, or the controller of a PCI domain that holds it? */
bool device_is_below(const char *path, const struct bdf *functions, size_t n);
/* Adds those of the functions, of what hangs on them, of their VFIO groups and of NVIDIA's driver. Here
 * and below: 0, or the error for which something could not be read and that users_lose() has kept. */
int MUST_CHECK devices_find(const struct root *root, const struct bdf *functions,
			    size_t n, struct devices *devices, struct users *users);
/* Adds a block device by its name in sysfs, unless it is there. 0 or -ENOMEM. */
int MUST_CHECK devices_add_block(const struct root *root, const char *block,
				 struct devices *devices);
void devices_done(struct devices *devices);

/* users-process.c: processes that have one of the device files open or mapped ----------------- */

int MUST_CHECK users_find_processes(const struct root *root,
				    const struct devices *devices, struct users *users);

/* users-disk.c: file systems, swap and volumes ------------------------------------------------ */

/* Adds the volumes to the devices: a process may have them open. */
int MUST_CHECK users_find_disks(const struct root *root, const struct bdf *functions,
				size_t n, struct devices *devices, struct users *users);
