// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes one need of a name or mount, and keeps what was found of it. Never judges a need. */
#include "host/bootdisk/bootdisk-parts.h"

int need_add(struct host_needs *needs, const char *use, const char *source)
{
	struct host_need *need;
	int r;

	r = array_reserve(&needs->items, needs->n, &needs->capacity, sizeof(*need));
	if (r < 0)
		return r;
	need = &needs->items[needs->n++];
	*need = (struct host_need){ .use = strdup(use), .source = strdup(source) };
	return need->use && need->source ? 0 : -ENOMEM;
}

bool needs_have(const struct host_needs *needs, const char *use)
{
	for (size_t i = 0; i < needs->n; i++)
		if (streq(needs->items[i].use, use))
			return true;
	return false;
}

int need_begin(struct bootdisk *bootdisk, struct chase *chase, const char *use,
	       const char *source)
{
	int r = need_add(bootdisk->needs, use, source);

	if (r < 0)
		return r;
	*chase = (struct chase){
		.root = bootdisk->root,
		.mounts = &bootdisk->mounts,
		.is_cut = &bootdisk->is_cut,
		.cmdline = bootdisk->cmdline,
		.opened = &bootdisk->opened,
		.need = &bootdisk->needs->items[bootdisk->needs->n - 1],
	};
	return 0;
}

static int compare_functions(const void *a, const void *b)
{
	return bdf_compare(a, b);
}

/*
 * If a need was followed only in part, the functions found stand, and what led nowhere becomes a
 * need of its own: an incomplete list must not look like a whole one.
 */
int need_end(struct bootdisk *bootdisk, struct chase *chase)
{
	struct host_need *need = chase->need;
	const char *use = need->use; /* the array may move */
	int r = chase_files(chase);

	if (r == 0 && !need->n_functions)
		need->is_virtual = chase->has_virtual && !chase->lost.n;
	if (r < 0 || !need->n_functions)
		return r;
	qsort(need->functions, need->n_functions, sizeof(*need->functions),
	      compare_functions);
	for (size_t i = 0; r == 0 && i < chase->lost.n; i++)
		r = need_add(bootdisk->needs, use, chase->lost.items[i]);
	return r;
}

int need_mount(struct bootdisk *bootdisk, const char *use, const struct mount *mount)
{
	CLEANUP(chase_done) struct chase chase = {};
	int r;

	r = need_begin(bootdisk, &chase, use, mount->source);
	if (r == 0)
		r = chase_mount(&chase, mount);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

int need_name(struct bootdisk *bootdisk, const char *use, const char *name)
{
	CLEANUP(chase_done) struct chase chase = {};
	int r;

	r = need_begin(bootdisk, &chase, use, name);
	if (r == 0)
		r = *name == '/' ? chase_file(&chase, name) : chase_name(&chase, name);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

int need_device(struct bootdisk *bootdisk, const char *device)
{
	CLEANUP(chase_done) struct chase chase = {};
	int r;

	r = need_begin(bootdisk, &chase, device, device);
	if (r == 0)
		r = chase_device(&chase, device);
	return r < 0 ? r : need_end(bootdisk, &chase);
}
