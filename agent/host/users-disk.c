// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the file systems, swaps and volumes on the disks of PCI functions. */
#include "host/users-parts.h"

#include "base/text.h"
#include "host/aside.h"
#include "host/bootdisk/bootdisk.h"

#include <limits.h>
#include <stdio.h>

#define DEADLINE_MS 2000

static bool is_on(const struct host_need *need, const struct bdf *functions, size_t n)
{
	for (size_t i = 0; i < need->n_functions; i++)
		for (size_t k = 0; k < n; k++)
			if (bdf_compare(&need->functions[i], &functions[k]) == 0)
				return true;
	return false;
}

static int count(const char *name, void *data)
{
	(void)name;
	++*(size_t *)data;
	return 0;
}

/* A volume is made of other devices, which a loop device or a namespace with several paths is not. */
static bool is_volume(const struct root *root, const char *block)
{
	char path[PATH_MAX];
	size_t n = 0;

	snprintf(path, sizeof(path), "/sys/class/block/%s/slaves", block);
	return root_list(root, path, count, &n) == 0 && n;
}

static int add_volume(const struct root *root, const char *block, struct users *users)
{
	char path[PATH_MAX], name[128];

	snprintf(path, sizeof(path), "/sys/class/block/%s/dm/name", block);
	if (root_read_line(root, path, name, sizeof(name)) <= 0)
		snprintf(name, sizeof(name), "%s", block);
	return users_add(users, USER_VOLUME, 0, name, block);
}

static int find_volumes(const struct root *root, const struct bdf *functions, size_t n,
			struct devices *devices, struct users *users)
{
	CLEANUP(host_needs_done) struct host_needs needs = {};
	int r = bootdisk_find_devices(root, &needs);

	for (size_t i = 0; r == 0 && i < needs.n; i++) {
		const char *block = needs.items[i].use;

		if (!is_on(&needs.items[i], functions, n))
			continue;
		r = devices_add_block(root, block, devices);
		if (r == 0 && is_volume(root, block))
			r = add_volume(root, block, users);
	}
	return r;
}

/* It may lie on the card, too. */
static int lose(struct users *users, const struct host_need *need)
{
	_cleanup_free_ char *what =
		text_format("the disk of %s (%s)", need->use, need->source);

	return what ? users_lose(users, what, -ENODEV) : -ENOMEM;
}

static int find_mounts(const struct root *root, const struct bdf *functions, size_t n,
		       struct users *users)
{
	CLEANUP(host_needs_done) struct host_needs needs = {};
	int r = bootdisk_find_in_use(root, &needs), error = 0;

	for (size_t i = 0; r == 0 && i < needs.n; i++) {
		const struct host_need *need = &needs.items[i];
		bool is_mount = *need->use == '/';

		if (is_on(need, functions, n))
			r = users_add(users, is_mount ? USER_MOUNT : USER_SWAP, 0,
				      need->use, need->source);
		else if (!need->n_functions && !need->is_virtual)
			error = lose(users, need);
	}
	return r < 0 ? r : error;
}

int users_find_disks(const struct root *root, const struct bdf *functions, size_t n,
		     struct devices *devices, struct users *users)
{
	int r;

	if (!devices->has_disk)
		return 0;
	r = find_volumes(root, functions, n, devices, users);
	return r < 0 ? r : find_mounts(root, functions, n, users);
}

/* Held by the kernel ----------------------------------------------------------------------- */

struct holders {
	const struct root *root;
	const struct devices *devices;
	struct users *users;
};

static int try_disks(const struct aside *aside, void *data)
{
	const struct holders *holders = data;
	const struct device *items = holders->devices->items;
	int r = 0;

	for (size_t i = 0; r == 0 && i < holders->devices->n; i++) {
		_cleanup_close_ int fd = -1;

		if (items[i].is_block)
			fd = root_open_exclusively(holders->root, items[i].name);
		if (fd == -EBUSY)
			r = aside_tell(aside, i);
	}
	return r;
}

static int take_held(uint64_t index, void *data)
{
	const struct holders *holders = data;

	return index < holders->devices->n ?
		       users_add(holders->users, USER_KERNEL, 0, "kernel",
				 holders->devices->items[index].name) :
		       -EIO;
}

/* A process may hold a disk alone, too. */
static bool has_holder(const struct users *users)
{
	for (size_t i = 0; i < users->n; i++)
		if (users->items[i].kind != USER_NETWORK)
			return true;
	return false;
}

/* Aside: opening a disk waits for it to spin up, or for ever if it is broken. */
int users_find_held(const struct root *root, const struct devices *devices,
		    struct users *users)
{
	struct holders holders = { root, devices, users };
	int r;

	if (!root->is_live || !devices->has_disk || has_holder(users))
		return 0;
	r = aside_run(DEADLINE_MS, try_disks, take_held, &holders);
	return r < 0 && r != -ENOMEM ? users_lose(users, "the card's disks", r) : r;
}
