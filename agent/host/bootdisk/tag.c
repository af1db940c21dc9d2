// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the block devices that bear a UUID, label or pool name. Asks in the order of cost: udev's
 * records, the links in /dev, sysfs; the disks themselves only when no other source knows.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <ctype.h>
#include <stdio.h>

#define UDEV_DATA "/run/udev/data"
#define RECORD_SIZE_MAX (256 * 1024)

/* Keys of udev's records, the escaped form first. */
static const char *const udev_keys[][2] = {
	[TAG_UUID] = { "ID_FS_UUID_ENC=", "ID_FS_UUID=" },
	[TAG_LABEL] = { "ID_FS_LABEL_ENC=", "ID_FS_LABEL=" },
	[TAG_PARTUUID] = { "ID_PART_ENTRY_UUID=" },
	[TAG_PARTLABEL] = { "ID_PART_ENTRY_NAME=" },
	[TAG_ZFS_POOL] = { "ID_FS_LABEL_ENC=", "ID_FS_LABEL=" },
	[TAG_LINK] = {},
};

/* One record of udev's: lines "S:disk/by-uuid/..." and "E:ID_FS_UUID=...". */
static bool record_matches(char *text, const struct tag *tag)
{
	bool is_pool_member = tag->kind != TAG_ZFS_POOL, has_value = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (tag->kind == TAG_LINK && has_prefix(line, "S:")) {
			unescape_hex(line);
			has_value |= streq(line + 2, tag->value);
		}
		if (!has_prefix(line, "E:"))
			continue;
		line += 2;
		if (streq(line, "ID_FS_TYPE=zfs_member"))
			is_pool_member = true;
		for (size_t i = 0; i < ARRAY_SIZE(*udev_keys); i++) {
			const char *key = udev_keys[tag->kind][i];

			if (!key || !has_prefix(line, key))
				continue;
			unescape_hex(line + strlen(key));
			has_value |= tag_matches(tag, line + strlen(key));
		}
	}
	return has_value && is_pool_member;
}

static int find_in_udev(const struct root *root, const struct tag *tag,
			struct strings *ret_devices)
{
	CLEANUP(strings_done) struct strings names = {};
	int r;

	r = names_list(root, UDEV_DATA, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		_cleanup_free_ char *text = NULL;
		char path[sizeof(UDEV_DATA) + NAME_MAX + 2];
		unsigned major, minor;
		size_t size;

		if (sscanf(names.items[i], "b%u:%u", &major, &minor) != 2)
			continue;
		snprintf(path, sizeof(path), UDEV_DATA "/%s", names.items[i]);
		r = root_read_file(root, path, RECORD_SIZE_MAX, &text, &size);
		if (r == 0 && record_matches(text, tag))
			r = block_find_number(root, major, minor, ret_devices);
		else if (r != -ENOMEM)
			r = 0;
	}
	return r;
}

static int find_in_uevents(const struct root *root, const struct tag *tag,
			   struct strings *ret_devices)
{
	CLEANUP(strings_done) struct strings names = {};
	/* PARTUUID is there since Linux 6.10, the name since long before. */
	const char *key = tag->kind == TAG_PARTUUID ? "PARTUUID=" : "PARTNAME=";
	int r;

	if (tag->kind != TAG_PARTUUID && tag->kind != TAG_PARTLABEL)
		return 0;
	r = names_list(root, BLOCK_CLASS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		char text[4096], *line, *rest = text;

		if (!block_read(root, names.items[i], "uevent", text, sizeof(text)))
			continue;
		while (r == 0 && (line = strsep(&rest, "\n")))
			if (has_prefix(line, key) && tag_matches(tag, line + strlen(key)))
				r = strings_add_once(ret_devices, names.items[i]);
	}
	return r;
}

/* No floppies and no optical drives (they seek, and pull their tray in); nothing that is empty,
 * in memory, or known not to answer. */
static bool is_worth_probing(const struct root *root, const char *device)
{
	static const char *const never[] = { "fd", "sr", "ram", "zram" };
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (is_numbered(device, never[i]))
			return false;
	if (!block_read(root, device, "size", text, sizeof(text)) || streq(text, "0"))
		return false;
	if (block_read(root, device, "hidden", text, sizeof(text)) && streq(text, "1"))
		return false;
	if (block_read(root, device, "dm/suspended", text, sizeof(text)) &&
	    !streq(text, "0"))
		return false;
	return !block_read(root, device, "device/state", text, sizeof(text)) ||
	       streq(text, "running") || streq(text, "live");
}

static int find_by_probing(const struct root *root, const struct tag *tag,
			   struct strings *ret_devices, bool *is_cut)
{
	CLEANUP(strings_done) struct strings names = {}, worthy = {};
	int r;

	if (!root->is_live || *is_cut || tag->kind == TAG_LINK)
		return 0;
	r = names_list(root, BLOCK_CLASS, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (is_worth_probing(root, names.items[i]))
			r = strings_add(&worthy, names.items[i]);
	if (r == 0)
		r = probe_find(tag, &worthy, ret_devices);
	if (r < 0 && r != -ENOMEM) {
		*is_cut = true;
		r = 0;
	}
	return r;
}

/* Escapes the bytes that udev does not keep in the name of a link. */
static void escape_for_udev(const char *value, char *buffer, size_t size)
{
	size_t used = 0;

	for (; *value && used + 5 < size; value++) {
		if (isalnum((unsigned char)*value) || strchr("#+-.:=@_", *value) ||
		    (unsigned char)*value >= 0x80)
			buffer[used++] = *value;
		else
			used += sprintf(buffer + used, "\\x%02x", (unsigned char)*value);
	}
	buffer[used] = '\0';
}

int name_find_tag(const struct root *root, const struct tag *tag,
		  struct strings *ret_devices, bool *is_cut)
{
	char escaped[NAME_MAX + 1], path[PATH_MAX], name[NAME_MAX + 1];
	int r;

	/* All that match: the members of one btrfs have one UUID, but only one has the link. */
	r = find_in_udev(root, tag, ret_devices);
	if (r == 0 && !ret_devices->n && tag->kind < TAG_NAMED_) {
		escape_for_udev(tag->value, escaped, sizeof(escaped));
		snprintf(path, sizeof(path), "/dev/%s%s", tag_names[tag->kind].folder,
			 escaped);
		if (block_by_link(root, path, name, sizeof(name)))
			r = strings_add(ret_devices, name);
	}
	if (r == 0 && !ret_devices->n)
		r = find_in_uevents(root, tag, ret_devices);
	if (r == 0 && !ret_devices->n)
		r = find_by_probing(root, tag, ret_devices, is_cut);
	return r;
}
