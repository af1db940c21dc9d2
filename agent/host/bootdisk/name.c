// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the block devices that a name such as /dev/mapper/x, UUID=... or 8:1 means. Looks at names
 * only, never at a disk.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <ctype.h>
#include <stdio.h>

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

static int find_below_dev(const struct root *root, const char *path,
			  struct strings *ret_devices, bool *is_cut)
{
	const char *name = path + strlen("/dev/");
	struct tag link = { TAG_LINK, name };
	char device[NAME_MAX + 1];
	int r = 0;

	/* /dev/disk/by-uuid/...: by the tag, for several devices may bear it. */
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
		r = block_find(root, "dm/name", device, ret_devices);
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
		return block_find_number(root, major, minor, ret_devices);
	return 0;
}
