// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which PCI functions does this block device hang on? Down through partitions, device-mapper,
 * md, bcache, loop files and the members of btrfs; bootdisk-transport.c has those that come by a
 * network. What leads nowhere is kept as lost: it is never taken for "needs nothing".
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define LOST_MAX 16
#define BTRFS "/sys/fs/btrfs"
#define NVME_SUBSYSTEMS "/sys/devices/virtual/nvme-subsystem/"

static int follow(struct chase *chase, const char *device);

void chase_done(struct chase *chase)
{
	strings_done(&chase->visited);
	strings_done(&chase->lost);
}

int chase_lose(struct chase *chase, const char *what)
{
	if (chase->lost.n >= LOST_MAX)
		return 0;
	return strings_add_once(&chase->lost, what);
}

/* True for what was met before: several ways may lead to one disk, and a damaged or hostile tree
 * may lead in circles. */
int chase_visit(struct chase *chase, const char *what, bool *ret_is_new)
{
	*ret_is_new = false;
	if (strings_have(&chase->visited, what))
		return 0;
	if (chase->visited.n >= CHASE_DEVICES_MAX || chase->depth >= CHASE_DEPTH_MAX)
		return chase_lose(chase, what);
	*ret_is_new = true;
	return strings_add(&chase->visited, what);
}

int chase_add_functions(struct chase *chase, const char *path, bool *ret_any)
{
	struct bdf functions[DEVICE_PATH_FUNCTIONS];
	struct host_need *need = chase->need;
	size_t n = device_path_functions(path, functions);

	*ret_any = n > 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		int r;

		while (k < need->n_functions &&
		       bdf_compare(&need->functions[k], &functions[i]) != 0)
			k++;
		if (k < need->n_functions)
			continue;
		r = array_reserve(&need->functions, need->n_functions,
				  &need->functions_capacity, sizeof(*need->functions));
		if (r < 0)
			return r;
		need->functions[need->n_functions++] = functions[i];
	}
	return 0;
}

/* A controller of the fabrics says itself when it leads nowhere. */
static int follow_controller(struct chase *chase, const char *path, bool *ret_found)
{
	if (!has_prefix(path, NVME_FABRICS))
		return chase_add_functions(chase, path, ret_found);
	*ret_found = true;
	return chase_fabric(chase, path);
}

/* A native-multipath namespace belongs to its subsystem, and that links to its controllers. */
static int follow_subsystem(struct chase *chase, const char *path)
{
	CLEANUP(strings_done) struct strings names = {};
	const char *subsystem = path + strlen(NVME_SUBSYSTEMS);
	char folder[PATH_MAX], link[PATH_MAX + NAME_MAX + 2], target[PATH_MAX];
	bool found_all = true, found_any = false;
	int r;

	snprintf(folder, sizeof(folder), NVME_SUBSYSTEMS "%.*s",
		 (int)strcspn(subsystem, "/"), subsystem);
	r = names_list(chase->root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const char *number = names.items[i] + 4;
		bool found = false;

		/* nvme0 is a controller, nvme0n1 a namespace */
		if (!has_prefix(names.items[i], "nvme") || !*number ||
		    number[strspn(number, "0123456789")])
			continue;
		snprintf(link, sizeof(link), "%s/%s", folder, names.items[i]);
		if (device_path_resolve(chase->root, link, target, sizeof(target)) == 0)
			r = follow_controller(chase, target, &found);
		found_any |= found;
		found_all &= found;
	}
	if (r == 0 && (!found_any || !found_all))
		r = chase_lose(chase, strrchr(path, '/') + 1);
	return r;
}

bool is_numbered(const char *name, const char *prefix)
{
	return has_prefix(name, prefix) && isdigit((unsigned char)name[strlen(prefix)]);
}

/* Buses that are no PCI function's: of the platform (eMMC, virtio, UFS, USB), Hyper-V's, Xen's. A
 * SCSI host right below the platform is software, iSCSI's as a rule. */
static bool is_off_pci(const char *path)
{
	static const char platform[] = "/sys/devices/platform/";

	if (has_prefix(path, platform))
		return !is_numbered(path + strlen(platform), "host");
	return strstr(path, "/VMBUS:") || has_prefix(path, "/sys/devices/vbd-");
}

/* What is below nothing else. */
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
	if (is_numbered(device, "loop"))
		return block_read(chase->root, device, "loop/backing_file", text,
				  sizeof(text)) ?
			       chase_file(chase, text) :
			       chase_lose(chase, device);
	if (is_numbered(device, "zram") &&
	    block_read(chase->root, device, "backing_dev", text, sizeof(text)) &&
	    !streq(text, "none"))
		return chase_file(chase, text);
	if (is_numbered(device, "zram") || is_numbered(device, "ram") || is_off_pci(path)) {
		chase->has_virtual = true;
		return 0;
	}
	return chase_lose(chase, device);
}

/* Such a volume was opened with a key or a passphrase: bootdisk-unlock.c asks which. */
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

static int follow_new(struct chase *chase, const char *device, const char *path)
{
	CLEANUP(strings_done) struct strings slaves = {};
	char file[BLOCK_FILE_SIZE], disk[PATH_MAX], *slash;
	int r;

	/* The kernel puts a partition into its disk's folder. */
	if (*block_file(device, "partition", file) && root_exists(chase->root, file)) {
		snprintf(disk, sizeof(disk), "%s", path);
		slash = strrchr(disk, '/');
		*slash = '\0';
		slash = strrchr(disk, '/');
		return slash ? follow(chase, slash + 1) : chase_lose(chase, device);
	}
	r = names_list(chase->root, block_file(device, "slaves", file), &slaves);
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
	char link[BLOCK_FILE_SIZE], path[PATH_MAX];
	bool is_new;
	int r;

	if (!*block_file(device, "", link) ||
	    device_path_resolve(chase->root, link, path, sizeof(path)) < 0 ||
	    !has_prefix(path, "/sys/devices/"))
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
		char folder[sizeof(BTRFS) + NAME_MAX + 16];

		snprintf(folder, sizeof(folder), BTRFS "/%s/devices", systems.items[i]);
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
