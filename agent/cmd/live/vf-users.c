// SPDX-License-Identifier: GPL-2.0-or-later
/* Names in one text who uses a virtual function. Reads only. */
#include "cmd/live/vf-users.h"

#include "host/users.h"

static char *describe(const struct user *user)
{
	switch (user->kind) {
	case USER_PROCESS:
		return text_format("process '%s' (%d, %s)", user->name, (int)user->pid,
				   user->what);
	case USER_MOUNT:
		return text_format("%s, mounted on '%s'", user->what, user->name);
	case USER_SWAP:
		return text_format("swap on %s", user->what);
	case USER_NETWORK:
		return text_format("network %s (%s)", user->name, user->what);
	default:
		return text_format("%s on %s", user->name, user->what);
	}
}

/* What is unknown counts as a use. */
int vf_find_users(const struct root *root, const struct bdf *address, char **ret_text)
{
	CLEANUP(users_done) struct users users = {};
	int r = users_find(root, address, 1, &users);

	if (r == -ENOMEM)
		return r;
	if (!users.n && !users.unknown)
		return r;
	*ret_text = users.n ? describe(&users.items[0]) : strdup(users.unknown);
	if (*ret_text && users.n > 1) {
		_cleanup_free_ char *first = steal(*ret_text);

		*ret_text = text_format("%s and %zu more", first, users.n - 1);
	}
	return *ret_text ? 0 : -ENOMEM;
}
