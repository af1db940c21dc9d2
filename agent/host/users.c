// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds who uses a card on the running system, so that it is not taken from them: processes, disks and
 * networks. Never judges, and changes nothing.
 */
#include "host/users-parts.h"

#include "facts/device-path.h"
#include "facts/usage.h"

#include <limits.h>
#include <stdio.h>

#define NET "/sys/class/net"

struct search {
	const struct root *root;
	const struct bdf *functions;
	size_t n;
	struct users *users;
};

static int take_interface(const char *name, void *data)
{
	struct search *search = data;
	struct usage_interface interface;
	char link[PATH_MAX], path[PATH_MAX];
	int r;

	snprintf(link, sizeof(link), NET "/%s", name);
	if (device_path_resolve(search->root, link, path, sizeof(path)) < 0 ||
	    !device_is_below(path, search->functions, search->n))
		return 0;
	r = usage_find_interface(search->root, name, &interface);
	if (r < 0 || !interface.is_in_use)
		return r;
	return users_add(search->users, USER_NETWORK, 0, name, interface.state);
}

static int find_networks(const struct search *search)
{
	int r = root_list(search->root, NET, take_interface, (void *)search);

	if (r == -ENOENT) /* a kernel without networks */
		return 0;
	return r < 0 && r != -ENOMEM ? users_lose(search->users, NET, r) : r;
}

static int compare_users(const void *a, const void *b)
{
	const struct user *x = a, *y = b;
	int r;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	r = strcmp(x->name, y->name);
	return r ? r : strcmp(x->what, y->what);
}

/* Every part is looked at: the more users are named, the better. Returns the first error. */
static int find(const struct search *search)
{
	CLEANUP(devices_done) struct devices devices = {};
	struct users *users = search->users;
	int r, error;

	error = devices_find(search->root, search->functions, search->n, &devices, users);
	r = users_find_disks(search->root, search->functions, search->n, &devices, users);
	error = error < 0 ? error : r;
	r = users_find_processes(search->root, &devices, users);
	error = error < 0 ? error : r;
	r = find_networks(search);
	return error < 0 ? error : r;
}

int users_find(const struct root *root, const struct bdf *functions, size_t n,
	       struct users *ret_users)
{
	struct users users = {};
	int r;

	r = find(&(struct search){ root, functions, n, &users });
	if (r == -ENOMEM) {
		users_done(&users);
		return r;
	}
	if (users.n)
		qsort(users.items, users.n, sizeof(*users.items), compare_users);
	*ret_users = users;
	return r;
}
