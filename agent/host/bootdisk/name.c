// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which block devices are meant by a name such as /dev/mapper/x, UUID=... or 8:1? Looks at names
 * only, at nothing on a disk.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "facts/device-path.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define NAMES_MAX 4096

const char *block_file(const char *device, const char *file,
		       char buffer[static BLOCK_FILE_SIZE])
{
	int n = -1;

	if (*device && !strchr(device, '/') && !streq(device, ".") && !streq(device, ".."))
		n = snprintf(buffer, BLOCK_FILE_SIZE, BLOCK_CLASS "/%s%s%s", device,
			     *file ? "/" : "", file);
	if (n < 0 || n >= BLOCK_FILE_SIZE)
		*buffer = '\0';
	return buffer;
}

static bool is_device(const struct root *root, const char *name)
{
	char path[BLOCK_FILE_SIZE], target[PATH_MAX];

	return *block_file(name, "", path) &&
	       root_readlink(root, path, target, sizeof(target)) == 0;
}

int strings_add_once(struct strings *devices, const char *name)
{
	return strings_have(devices, name) ? 0 : strings_add(devices, name);
}

static int add_name(const char *name, void *data)
{
	struct strings *names = data;

	return names->n < NAMES_MAX ? strings_add(names, name) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int names_list(const struct root *root, const char *folder, struct strings *names)
{
	int r = root_list(root, folder, add_name, names);

	if (names->n) /* a folder's own order changes from boot to boot */
		qsort(names->items, names->n, sizeof(*names->items), compare_names);
	return r == -ENOMEM ? r : 0;
}

bool block_read(const struct root *root, const char *device, const char *file, char *text,
		size_t size)
{
	char path[BLOCK_FILE_SIZE];

	return *block_file(device, file, path) &&
	       root_read_line(root, path, text, size) >= 0;
}

/* The device that a name below /dev leads to at last, as sysfs spells it. */
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

/* By number --------------------------------------------------------------------------- */

int name_find_number(const struct root *root, unsigned major, unsigned minor,
		     struct strings *ret_devices)
{
	CLEANUP(strings_done) struct strings names = {};
	char path[64], target[PATH_MAX], number[32], text[32];
	const char *name;
	int r;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major, minor);
	if (root_readlink(root, path, target, sizeof(target)) == 0) {
		name = strrchr(target, '/');
		return strings_add_once(ret_devices, name ? name + 1 : target);
	}
	snprintf(number, sizeof(number), "%u:%u", major, minor);
	r = names_list(root, BLOCK_CLASS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (block_read(root, names.items[i], "dev", text, sizeof(text)) &&
		    streq(text, number))
			r = strings_add_once(ret_devices, names.items[i]);
	return r;
}

/* The forms of init/do_mounts.c: decimal "8:1", and a number in hexadecimal. */
static bool parse_number(const char *name, unsigned *ret_major, unsigned *ret_minor)
{
	unsigned long number;
	int end = 0;
	char *rest;

	if (isdigit((unsigned char)*name) &&
	    sscanf(name, "%u:%u%n", ret_major, ret_minor, &end) == 2 && !name[end])
		return true;
	if (!isxdigit((unsigned char)*name) || strlen(name) > 10)
		return false;
	number = strtoul(name, &rest, 16);
	if (*rest || number > UINT32_MAX)
		return false;
	*ret_major = number >> 8 & 0xfff;
	*ret_minor = (number & 0xff) | (number >> 12 & 0xfff00);
	return true;
}

/* By path ----------------------------------------------------------------------------- */

/* "vg/lv" as device-mapper has it: "vg-lv", with every hyphen inside a part doubled. */
static bool mapper_name(const char *name, char *buffer, size_t size)
{
	const char *slash = strchr(name, '/');
	size_t used = 0;

	if (has_prefix(name, "mapper/"))
		return (size_t)snprintf(buffer, size, "%s", name + strlen("mapper/")) <
		       size;
	if (!slash || strchr(slash + 1, '/'))
		return false;
	for (; *name && used + 3 < size; name++) {
		buffer[used++] = *name == '/' ? '-' : *name;
		if (*name == '-')
			buffer[used++] = '-';
	}
	buffer[used] = '\0';
	return !*name;
}

static int find_mapper(const struct root *root, const char *wanted,
		       struct strings *ret_devices)
{
	CLEANUP(strings_done) struct strings names = {};
	char text[256];
	int r;

	r = names_list(root, BLOCK_CLASS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (has_prefix(names.items[i], "dm-") &&
		    block_read(root, names.items[i], "dm/name", text, sizeof(text)) &&
		    streq(text, wanted))
			r = strings_add_once(ret_devices, names.items[i]);
	return r;
}

static int find_below_dev(const struct root *root, const char *path,
			  struct strings *ret_devices, bool *is_cut)
{
	const char *name = path + strlen("/dev/");
	struct tag link = { TAG_LINK, name };
	char device[NAME_MAX + 1];
	int r = 0;

	/* /dev/disk/by-uuid/...: by what it means, for it may mean several. */
	for (size_t i = 0; i < TAG_NAMED_; i++) {
		_cleanup_free_ char *value = NULL;
		const char *folder = tag_names[i].folder;

		if (!has_prefix(name, folder))
			continue;
		value = strdup(name + strlen(folder));
		if (!value)
			return -ENOMEM;
		unescape_hex(value);
		return name_find_tag(root, &(struct tag){ i, value }, ret_devices, is_cut);
	}
	if (block_by_link(root, path, device, sizeof(device)))
		return strings_add(ret_devices, device);
	if (mapper_name(name, device, sizeof(device)))
		r = find_mapper(root, device, ret_devices);
	if (r == 0 && !ret_devices->n)
		r = name_find_tag(root, &link, ret_devices, is_cut);
	return r;
}

int name_find(const struct root *root, const char *name, struct strings *ret_devices,
	      bool *is_cut)
{
	unsigned major, minor;

	for (size_t i = 0; i < TAG_NAMED_; i++) {
		_cleanup_free_ char *value = NULL;
		const char *prefix = tag_names[i].prefix;
		size_t length;

		if (!has_prefix(name, prefix))
			continue;
		name += strlen(prefix);
		length = strcspn(name, i == TAG_PARTUUID ? "/\"" : "\""); /* /PARTNROFF=1 */
		if (*name == '"')
			name++;
		value = strndup(name, length ? length : strcspn(name, "\""));
		if (!value)
			return -ENOMEM;
		if (!*value)
			return 0;
		return name_find_tag(root, &(struct tag){ i, value }, ret_devices, is_cut);
	}
	if (has_prefix(name, "/dev/"))
		return find_below_dev(root, name, ret_devices, is_cut);
	if (parse_number(name, &major, &minor))
		return name_find_number(root, major, minor, ret_devices);
	return 0;
}
