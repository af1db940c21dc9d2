// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which block devices lie below this name, mount or file? Takes it there; the way on is
 * bootdisk-follow.c's.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <stdio.h>

static int chase_devices(struct chase *chase, const struct strings *devices,
			 const char *name)
{
	int r = 0;

	if (!devices->n)
		return chase_lose(chase, name);
	for (size_t i = 0; r == 0 && i < devices->n; i++)
		r = chase_device(chase, devices->items[i]);
	return r;
}

/* Names ------------------------------------------------------------------------------- */

/* "rpool/ROOT/debian": the disks of the pool. */
static int chase_pool(struct chase *chase, const char *dataset)
{
	CLEANUP(strings_done) struct strings devices = {};
	_cleanup_free_ char *pool = strndup(dataset, strcspn(dataset, "/@"));
	bool was_cut = *chase->is_cut;
	int r;

	if (!pool)
		return -ENOMEM;
	r = name_find_tag(chase->root, &(struct tag){ TAG_ZFS_POOL, pool }, &devices,
			  chase->is_cut);
	if (r == 0 && *chase->is_cut && !was_cut)
		r = chase_lose(chase, dataset);
	return r < 0 ? r : chase_devices(chase, &devices, dataset);
}

int chase_name(struct chase *chase, const char *name)
{
	static const char *const wrappers[] = { "live:", "block:" }; /* dracut's */
	static const char *const pools[] = { "ZFS=", "zfs:" };
	CLEANUP(strings_done) struct strings devices = {};
	CLEANUP(crypttab_entry_done) struct crypttab_entry entry = {};
	bool was_cut = *chase->is_cut, is_remote;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		if (has_prefix(name, wrappers[i]))
			name += strlen(wrappers[i]);
	if (has_prefix(name, "CDLABEL="))
		name += strlen("CD");
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		if (has_prefix(name, pools[i]))
			return chase_pool(chase, name + strlen(pools[i]));
	r = chase_remote_name(chase, name, &is_remote);
	if (r < 0 || is_remote)
		return r;
	r = name_find(chase->root, name, &devices, chase->is_cut);
	if (r == 0 && *chase->is_cut && !was_cut)
		r = chase_lose(chase, name);
	if (r == 0 && !devices.n && has_prefix(name, "/dev/mapper/"))
		r = crypttab_find(chase->root, name + strlen("/dev/mapper/"), &entry);
	if (r < 0)
		return r;
	if (!entry.line) /* else it is not open yet */
		return chase_devices(chase, &devices, name);
	if (chase->depth >= CHASE_DEPTH_MAX) /* crypttab may name itself */
		return chase_lose(chase, name);
	chase->depth++;
	r = chase_name(chase, entry.source);
	chase->depth--;
	return r;
}

/* Mounts and files -------------------------------------------------------------------- */

int chase_file(struct chase *chase, const char *file)
{
	const struct mount *mount;

	if (has_prefix(file, "/dev/"))
		return chase_name(chase, file);
	/* A path of another mount namespace, or of a file that is gone, would be taken for one of
	 * ours. Trees below a sysroot hold no such files. */
	if (*file != '/' || (chase->root->is_live && !root_exists(chase->root, file)))
		return chase_lose(chase, file);
	mount = mounts_holding(chase->mounts, file);
	return mount ? chase_mount(chase, mount) : chase_lose(chase, file);
}

/* lowerdir=/a:/b,upperdir=/c; lowerdir+=/d since Linux 6.8 */
static int chase_overlay(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *options = strdup(mount->options);
	char *option, *layer, *rest = options;
	bool has_layer = false;
	int r = 0;

	if (!options)
		return -ENOMEM;
	while (r == 0 && (option = strsep(&rest, ","))) {
		layer = strchr(option, '=');
		if (!layer ||
		    !(has_prefix(option, "lowerdir") || has_prefix(option, "upperdir") ||
		      has_prefix(option, "datadir")))
			continue;
		layer++;
		while (r == 0 && layer) {
			char *path = strsep(&layer, ":");

			if (!*path) /* "::" before data-only layers */
				continue;
			unescape_octal(path);
			has_layer = true;
			r = chase_file(chase, path);
		}
	}
	return r < 0 || has_layer ? r : chase_lose(chase, mount->source);
}

/* bcachefs names its members "/dev/sda:/dev/sdb". */
static int chase_source(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *source = strdup(mount->source);
	char *name, *rest = source;
	int r = 0;

	if (!source)
		return -ENOMEM;
	if (!streq(mount->type, "bcachefs"))
		return chase_name(chase, mount->source);
	while (r == 0 && (name = strsep(&rest, ":")))
		r = chase_name(chase, name);
	return r;
}

/* XFS: the log and the real-time section may lie on other disks. */
static int chase_side_devices(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *options = strdup(mount->options);
	char *option, *rest = options;
	int r = 0;

	if (!options)
		return -ENOMEM;
	while (r == 0 && (option = strsep(&rest, ",")))
		if (has_prefix(option, "logdev=") || has_prefix(option, "rtdev="))
			r = chase_name(chase, strchr(option, '=') + 1);
	return r;
}

static bool is_in_memory(const char *type)
{
	return streq(type, "tmpfs") || streq(type, "ramfs") || streq(type, "rootfs");
}

static int chase_new_mount(struct chase *chase, const struct mount *mount)
{
	CLEANUP(strings_done) struct strings devices = {};
	int r;

	if (is_in_memory(mount->type)) {
		chase->has_virtual = true;
		return 0;
	}
	if (is_remote_type(mount->type))
		return chase_remote_mount(chase, mount);
	if (streq(mount->type, "overlay"))
		return chase_overlay(chase, mount);
	if (streq(mount->type, "zfs"))
		return chase_pool(chase, mount->source);
	if (!mount->major)
		return chase_source(chase, mount);
	/* By number: the source may be /dev/root, or a name that means another disk now. */
	r = name_find_number(chase->root, mount->major, mount->minor, &devices);
	if (r == 0)
		r = chase_devices(chase, &devices, mount->source);
	return r < 0 ? r : chase_side_devices(chase, mount);
}

int chase_mount(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *mark = NULL;
	bool is_new;
	int r;

	if (asprintf(&mark, "%u:%u on %s", mount->major, mount->minor, mount->point) < 0)
		return -ENOMEM;
	r = chase_visit(chase, mark, &is_new);
	if (r < 0 || !is_new)
		return r;
	chase->depth++;
	r = chase_new_mount(chase, mount);
	chase->depth--;
	return r;
}
