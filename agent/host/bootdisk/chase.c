// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the block devices below a name, mount or file, and has follow.c take them to their PCI
 * functions. Never guesses: a name that leads nowhere is lost.
 */
#include "host/bootdisk/bootdisk-parts.h"

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

/* The name is lost too where a disk did not answer that might bear it. */
static int find_devices(struct chase *chase, const struct tag *tag, const char *name,
			struct strings *ret_devices)
{
	bool was_cut = *chase->is_cut;
	int r;

	r = tag ? name_find_tag(chase->root, tag, ret_devices, chase->is_cut) :
		  name_find(chase->root, name, ret_devices, chase->is_cut);
	return r == 0 && *chase->is_cut && !was_cut ? chase_lose(chase, name) : r;
}

/* "rpool/ROOT/debian": the disks of the pool. */
static int chase_pool(struct chase *chase, const char *dataset)
{
	CLEANUP(strings_done) struct strings devices = {};
	_cleanup_free_ char *pool = strndup(dataset, strcspn(dataset, "/@"));
	int r;

	if (!pool)
		return -ENOMEM;
	r = find_devices(chase, &(struct tag){ TAG_ZFS_POOL, pool }, dataset, &devices);
	return r < 0 ? r : chase_devices(chase, &devices, dataset);
}

/* A volume that is not open yet: the device that crypttab opens it from. */
static int chase_volume(struct chase *chase, const char *name)
{
	CLEANUP(crypttab_entry_done) struct crypttab_entry entry = {};
	int r;

	r = crypttab_find(chase->root, name + strlen("/dev/mapper/"), &entry);
	if (r < 0)
		return r;
	if (!entry.text || chase->depth >= CHASE_DEPTH_MAX) /* crypttab may name itself */
		return chase_lose(chase, name);
	chase->depth++;
	r = chase_name(chase, entry.source);
	chase->depth--;
	return r;
}

int chase_name(struct chase *chase, const char *name)
{
	static const char *const wrappers[] = { "live:", "block:" }; /* dracut's */
	static const char *const pools[] = { "ZFS=", "zfs:" };
	CLEANUP(strings_done) struct strings devices = {};
	bool is_remote;
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
	r = find_devices(chase, NULL, name, &devices);
	if (r < 0)
		return r;
	return !devices.n && has_prefix(name, "/dev/mapper/") ?
		       chase_volume(chase, name) :
		       chase_devices(chase, &devices, name);
}

/* Mounts and files -------------------------------------------------------------------- */

int chase_file(struct chase *chase, const char *file)
{
	const struct mount *mount;

	if (has_prefix(file, "/dev/"))
		return chase_name(chase, file);
	/* A path of another mount namespace, or of a file that is gone, must not be taken for one of
	 * ours. Trees below a sysroot hold no such files. */
	if (*file != '/' || (chase->root->is_live && !root_exists(chase->root, file)))
		return chase_lose(chase, file);
	mount = mounts_holding(chase->mounts, file);
	return mount ? chase_mount(chase, mount) : chase_lose(chase, file);
}

int chase_files(struct chase *chase)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < chase->files.n; i++)
		r = chase_file(chase, chase->files.items[i]);
	return r;
}

/* "/a:/b", with a colon more before data-only layers. */
static int chase_layers(struct chase *chase, char *layers)
{
	char *layer;
	int r = 0;

	while (r == 0 && (layer = strsep(&layers, ":"))) {
		unescape_octal(layer);
		if (*layer)
			r = chase_file(chase, layer);
	}
	return r;
}

static bool is_of_layers(const char *option)
{
	return has_prefix(option, "lowerdir") || has_prefix(option, "upperdir") ||
	       has_prefix(option, "datadir");
}

/* lowerdir=/a:/b,upperdir=/c; lowerdir+=/d since Linux 6.8 */
static int chase_overlay(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *options = strdup(mount->options);
	char *option, *layers, *rest = options;
	bool has_layer = false;
	int r = 0;

	if (!options)
		return -ENOMEM;
	while (r == 0 && (option = strsep(&rest, ","))) {
		layers = strchr(option, '=');
		if (!layers || !is_of_layers(option))
			continue;
		has_layer |= layers[strspn(layers, "=:")] != '\0';
		r = chase_layers(chase, layers + 1);
	}
	return r < 0 || has_layer ? r : chase_lose(chase, mount->source);
}

/* bcachefs names its members "/dev/sda:/dev/sdb". */
static int chase_source(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *source = NULL;
	char *name, *rest;
	int r = 0;

	if (!streq(mount->type, "bcachefs"))
		return chase_name(chase, mount->source);
	rest = source = strdup(mount->source);
	if (!source)
		return -ENOMEM;
	while (r == 0 && (name = strsep(&rest, ":")))
		r = chase_name(chase, name);
	return r;
}

/* XFS: the log and the real-time section may lie on other disks. */
static int chase_side_devices(struct chase *chase, const struct mount *mount)
{
	static const char *const names[] = { "logdev", "rtdev" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *device = NULL;
		struct span value;

		if (!option_find(mount->options, names[i], &value))
			continue;
		device = strndup(value.text, value.size);
		r = device ? chase_name(chase, device) : -ENOMEM;
	}
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
	if (remote_kind(span_of(mount->type)))
		return chase_remote_mount(chase, mount);
	if (streq(mount->type, "overlay"))
		return chase_overlay(chase, mount);
	if (streq(mount->type, "zfs"))
		return chase_pool(chase, mount->source);
	if (!mount->major)
		return chase_source(chase, mount);
	/* By number: the source may be /dev/root, or a name that means another disk now. */
	r = block_find_number(chase->root, mount->major, mount->minor, &devices);
	if (r == 0)
		r = chase_devices(chase, &devices, mount->source);
	return r < 0 ? r : chase_side_devices(chase, mount);
}

int chase_mount(struct chase *chase, const struct mount *mount)
{
	_cleanup_free_ char *mark =
		text_format("%u:%u on %s", mount->major, mount->minor, mount->point);
	bool is_new;
	int r;

	if (!mark)
		return -ENOMEM;
	r = chase_visit(chase, mark, &is_new);
	if (r < 0 || !is_new)
		return r;
	chase->depth++;
	r = chase_new_mount(chase, mount);
	chase->depth--;
	return r;
}
