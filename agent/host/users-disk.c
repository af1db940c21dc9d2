// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the file systems, swaps and volumes on the disks of PCI functions. Opens no disk. */
#include "host/users-parts.h"

#include "base/text.h"
#include "host/bootdisk/bootdisk.h"

#include <limits.h>
#include <stdio.h>

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
