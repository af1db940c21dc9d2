/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * What the host needs to boot: the file systems of /, /boot, /boot/efi, /usr, swap, and what
 * root= and resume= name; through partitions, device-mapper, md, bcache, multi-device btrfs and
 * ZFS members down to the PCI functions their disks hang on, or through iSCSI, NBD, NFS and their
 * like to those of the network that they come by; each network that the kernel command line brings
 * up; and the keyboard for a passphrase, where all keyboards hang on one slot.
 *
 * On a running system (what is mounted is read) and in an initramfs (what root= and resume=
 * name is looked up by libblkid on the disks that are there), and below a sysroot (from the
 * tree alone; no block device is opened). A name that leads to nothing is a need with n_functions
 * 0: unknown is an answer of its own. 0, or -ENOMEM.
 */
int MUST_CHECK bootdisk_find(const struct root *root, struct host_needs *ret_needs);
