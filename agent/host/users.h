/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

enum user_kind {
	USER_PROCESS, /* has a device file open or mapped */
	USER_MOUNT,   /* a file system is mounted from a disk */
	USER_SWAP,
	USER_VOLUME,  /* a device of device-mapper, md or bcache lies on a disk */
	USER_NETWORK, /* an interface is up */
};

struct user {
	enum user_kind kind;
	pid_t pid;  /* of a process */
	char *name; /* the process, the mount point, the volume, the interface */
	char *what; /* "/dev/dri/card0", "/dev/sda1", "up, has an address" */
};

struct users {
	struct user *items; /* sorted */
	size_t n, capacity;
	char *unknown; /* what could not be read, with the reason; NULL: all was read */
};

/*
 * The users of these functions, all of one card, at this moment: processes with device files of the
 * card, of devices on its USB ports, of its VFIO group or of NVIDIA's driver; file systems, swap and
 * volumes on its disks; its networks. This process and the console are no users. A caller must not take a
 * card that has a user, nor one for which an error is returned.
 *
 * 0 or -ENOMEM; or another error, for which something could not be read: then *ret_users has the users
 * that were found, and `unknown`.
 */
int MUST_CHECK users_find(const struct root *root, const struct bdf *functions, size_t n,
			  struct users *ret_users);
void users_done(struct users *users);

/* Adds CARD_IN_USE, once for processes, once for disks, once for networks, and for what is unknown. */
void users_add_findings(const struct users *users, const char *subject,
			struct findings *findings);
