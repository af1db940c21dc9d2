// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads block devices and their like by their names in sysfs. Never opens a device. */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#include <ctype.h>
#include <stdio.h>

bool is_numbered(const char *name, const char *prefix)
{
	return has_prefix(name, prefix) && isdigit((unsigned char)name[strlen(prefix)]);
}

/* Entries of folders -------------------------------------------------------------------- */

bool entry_path(const char *folder, const char *name, const char *file,
		char path[static PATH_MAX])
{
	return *name && !strchr(name, '/') && !streq(name, ".") && !streq(name, "..") &&
	       snprintf(path, PATH_MAX, "%s/%s%s%s", folder, name, *file ? "/" : "",
			file) < PATH_MAX;
}

bool entry_read(const struct root *root, const char *folder, const char *name,
		const char *file, char *text, size_t size)
{
	char path[PATH_MAX];

	return entry_path(folder, name, file, path) &&
	       root_read_line(root, path, text, size) >= 0;
}

bool entry_resolve(const struct root *root, const char *folder, const char *name,
		   const char *file, char path[static PATH_MAX])
{
	char link[PATH_MAX];

	return entry_path(folder, name, file, link) &&
	       device_path_resolve(root, link, path, PATH_MAX) == 0 &&
	       has_prefix(path, "/sys/devices/");
}

/* Block devices ------------------------------------------------------------------------- */

bool block_read(const struct root *root, const char *device, const char *file, char *text,
		size_t size)
{
	return entry_read(root, BLOCK_CLASS, device, file, text, size);
}

int block_find(const struct root *root, const char *file, const char *text,
	       struct strings *ret_devices)
{
	CLEANUP(strings_done) struct strings names = {};
	char value[256];
	int r;

	r = names_list(root, BLOCK_CLASS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (block_read(root, names.items[i], file, value, sizeof(value)) &&
		    streq(value, text))
			r = strings_add_once(ret_devices, names.items[i]);
	return r;
}

int block_find_number(const struct root *root, unsigned major, unsigned minor,
		      struct strings *ret_devices)
{
	char number[32], path[64], target[PATH_MAX];

	snprintf(number, sizeof(number), "%u:%u", major, minor);
	snprintf(path, sizeof(path), "/sys/dev/block/%s", number);
	if (root_readlink_name(root, path, target, sizeof(target)) == 0)
		return strings_add_once(ret_devices, target);
	return block_find(root, "dev", number, ret_devices);
}

static bool is_device(const struct root *root, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];

	return entry_path(BLOCK_CLASS, name, "", path) &&
	       root_readlink(root, path, target, sizeof(target)) == 0;
}

bool block_by_link(const struct root *root, const char *path, char *name, size_t size)
{
	char at[PATH_MAX], next[PATH_MAX];
	int r = 0;

	if ((size_t)snprintf(at, sizeof(at), "%s", path) >= sizeof(at))
		return false;
	for (unsigned i = 0; i < 8 && r == 0; i++) {
		r = device_path_resolve(root, at, next, sizeof(next));
		if (r == 0)
			strcpy(at, next);
	}
	if (r == 0 || !has_prefix(at, "/dev/") ||
	    (size_t)snprintf(name, size, "%s", at + strlen("/dev/")) >= size)
		return false;
	for (char *p = name; (p = strchr(p, '/'));) /* /dev/cciss/c0d0 is cciss!c0d0 */
		*p = '!';
	return is_device(root, name);
}
