/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * What the host needs to boot: the file systems of /, /boot, /boot/efi, /usr, swap, and what
 * root= and resume= name; through partitions, device-mapper, md, bcache, multi-device btrfs and
 * ZFS members down to the PCI functions of their disks, or through iSCSI, NBD, NFS and the like to
 * the PCI functions of the network that carries them; each network that the kernel command line
 * brings up; and the keyboard for a passphrase, if all keyboards hang on one slot.
 *
 * On a running system the mounts are read, and libblkid looks for names that udev does not know.
 * Below a sysroot the tree alone counts: no block device is opened, and root= is looked up where
 * there is no mount table. A name that leads to nothing is a need with n_functions 0: unknown is
 * an answer of its own. 0, or -ENOMEM.
 */
int MUST_CHECK bootdisk_find(const struct root *root, struct host_needs *ret_needs);

/*
 * The same of what is in use now: each mounted file system on a disk (`use` is its mount point), and
 * each swap ("swap").
 */
int MUST_CHECK bootdisk_find_in_use(const struct root *root, struct host_needs *ret_needs);
/* The same of all block devices, by their names in /sys/class/block. */
int MUST_CHECK bootdisk_find_devices(const struct root *root, struct host_needs *ret_needs);
