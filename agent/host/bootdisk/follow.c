// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows a block device to the PCI functions that it hangs on: down through partitions,
 * device-mapper, md, bcache and the members of btrfs; transport.c has those that a network carries.
 * Queues backing files. Keeps what leads nowhere as lost: it is never taken for "needs nothing".
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <stdio.h>

#define BTRFS "/sys/fs/btrfs"
#define NVME_SUBSYSTEMS "/sys/devices/virtual/nvme-subsystem/"

static int follow(struct chase *chase, const char *device);

/* A controller of the fabrics loses itself when it leads nowhere. */
static int follow_controller(struct chase *chase, const char *path, bool *ret_found)
{
	if (!has_prefix(path, NVME_FABRICS "/"))
		return chase_add_functions(chase, path, ret_found);
	*ret_found = true;
	return chase_fabric(chase, path + strlen(NVME_FABRICS "/"));
}

/* nvme0 is a controller, nvme0n1 a namespace. */
static bool is_controller(const char *name)
{
	return is_numbered(name, "nvme") &&
	       !name[strlen("nvme") + strspn(name + strlen("nvme"), "0123456789")];
}

/* A native-multipath namespace belongs to its subsystem, and that links to its controllers. */
static int follow_subsystem(struct chase *chase, const char *path)
{
	CLEANUP(strings_done) struct strings names = {};
	const char *subsystem = path + strlen(NVME_SUBSYSTEMS);
	char folder[PATH_MAX], target[PATH_MAX];
	bool found_all = true, found_any = false;
	int r;

	snprintf(folder, sizeof(folder), NVME_SUBSYSTEMS "%.*s",
		 (int)strcspn(subsystem, "/"), subsystem);
	r = names_list(chase->root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		bool found = false;

		if (!is_controller(names.items[i]))
			continue;
		if (entry_resolve(chase->root, folder, names.items[i], "", target))
			r = follow_controller(chase, target, &found);
		found_any |= found;
		found_all &= found;
	}
	if (r == 0 && (!found_any || !found_all))
		r = chase_lose(chase, strrchr(path, '/') + 1);
	return r;
}

/* Buses below no PCI function: the platform's (eMMC, virtio, UFS, USB), Hyper-V's, Xen's. A SCSI host
 * right below the platform is software, iSCSI's as a rule. */
static bool is_off_pci(const char *path)
{
	static const char platform[] = "/sys/devices/platform/";

	if (has_prefix(path, platform))
		return !is_numbered(path + strlen(platform), "host");
	return strstr(path, "/VMBUS:") || has_prefix(path, "/sys/devices/vbd-");
}

/* A device that is made of no other. */
static int follow_leaf(struct chase *chase, const char *device, const char *path)
{
	char text[PATH_MAX];
	bool found;
	int r;

	r = chase_add_functions(chase, path, &found);
	if (r < 0 || found)
		return r;
	if (has_prefix(path, NVME_SUBSYSTEMS))
		return follow_subsystem(chase, path);
	r = chase_transport(chase, device, path, &found);
	if (r < 0 || found)
		return r;
	if (is_numbered(device, "loop") &&
	    block_read(chase->root, device, "loop/backing_file", text, sizeof(text)))
		return strings_add_once(&chase->files, text);
	if (is_numbered(device, "zram") &&
	    block_read(chase->root, device, "backing_dev", text, sizeof(text)) &&
	    !streq(text, "none"))
		return strings_add_once(&chase->files, text);
	if (is_numbered(device, "zram") || is_numbered(device, "ram") || is_off_pci(path)) {
		chase->has_virtual = true;
		return 0;
	}
	return chase_lose(chase, device);
}

/* Keeps the name of an encrypted volume: unlock.c asks what opens it. */
static int note_encryption(struct chase *chase, const char *device)
{
	char text[256];

	if (!is_numbered(device, "dm-") ||
	    !block_read(chase->root, device, "dm/uuid", text, sizeof(text)) ||
	    !has_prefix(text, "CRYPT-") ||
	    !block_read(chase->root, device, "dm/name", text, sizeof(text)))
		return 0;
	return strings_add_once(chase->opened, text);
}

/* The kernel puts a partition into its disk's folder. */
static int follow_disk(struct chase *chase, const char *partition, char *path)
{
	char *disk;

	*strrchr(path, '/') = '\0';
	disk = strrchr(path, '/');
	return disk ? follow(chase, disk + 1) : chase_lose(chase, partition);
}

static int follow_new(struct chase *chase, const char *device, char *path)
{
	CLEANUP(strings_done) struct strings slaves = {};
	char file[PATH_MAX];
	int r;

	if (entry_path(BLOCK_CLASS, device, "partition", file) &&
	    root_exists(chase->root, file))
		return follow_disk(chase, device, path);
	if (!entry_path(BLOCK_CLASS, device, "slaves", file))
		return chase_lose(chase, device);
	r = names_list(chase->root, file, &slaves);
	if (r == 0)
		r = note_encryption(chase, device);
	if (r < 0)
		return r;
	if (!slaves.n)
		return follow_leaf(chase, device, path);
	for (size_t i = 0; r == 0 && i < slaves.n; i++)
		r = follow(chase, slaves.items[i]);
	return r;
}

static int follow(struct chase *chase, const char *device)
{
	char path[PATH_MAX];
	bool is_new;
	int r;

	if (!entry_resolve(chase->root, BLOCK_CLASS, device, "", path))
		return chase_lose(chase, device);
	r = chase_visit(chase, path, &is_new);
	if (r < 0 || !is_new)
		return r;
	chase->depth++;
	r = follow_new(chase, device, path);
	chase->depth--;
	return r;
}

/* All members of the btrfs that this device is a member of. */
static int follow_btrfs(struct chase *chase, const char *device)
{
	CLEANUP(strings_done) struct strings systems = {};
	int r;

	r = names_list(chase->root, BTRFS, &systems);
	for (size_t i = 0; r == 0 && i < systems.n; i++) {
		CLEANUP(strings_done) struct strings members = {};
		char folder[PATH_MAX];

		if (entry_path(BTRFS, systems.items[i], "devices", folder))
			r = names_list(chase->root, folder, &members);
		if (r < 0 || !strings_have(&members, device))
			continue;
		for (size_t k = 0; r == 0 && k < members.n; k++)
			r = follow(chase, members.items[k]);
	}
	return r;
}

int chase_device(struct chase *chase, const char *device)
{
	int r = follow(chase, device);

	return r < 0 ? r : follow_btrfs(chase, device);
}
