// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps what the pursuit of one need has found: its functions, what was visited and what led
 * nowhere. Never follows anything.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#define LOST_MAX 16

void chase_done(struct chase *chase)
{
	strings_done(&chase->visited);
	strings_done(&chase->files);
	strings_done(&chase->lost);
}

int chase_lose(struct chase *chase, const char *what)
{
	return chase->lost.n >= LOST_MAX ? 0 : strings_add_once(&chase->lost, what);
}

/* Several ways may lead to one disk, and a damaged or hostile tree may lead in circles. */
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

static int add_function(struct host_need *need, const struct bdf *function)
{
	int r;

	for (size_t i = 0; i < need->n_functions; i++)
		if (bdf_compare(&need->functions[i], function) == 0)
			return 0;
	r = array_reserve(&need->functions, need->n_functions, &need->functions_capacity,
			  sizeof(*need->functions));
	if (r < 0)
		return r;
	need->functions[need->n_functions++] = *function;
	return 0;
}

int chase_add_functions(struct chase *chase, const char *path, bool *ret_any)
{
	struct bdf functions[DEVICE_PATH_FUNCTIONS];
	size_t n = device_path_functions(path, functions);
	int r = 0;

	*ret_any = n > 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_function(chase->need, &functions[i]);
	return r;
}
