// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads from the disks themselves which of them bears a UUID or label. The owner of libblkid. Only
 * for a running system without udev's records; a device that does not answer costs a second.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "host/aside.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <strings.h>

#define DEADLINE_MS 1000

bool tag_matches(const struct tag *tag, const char *value)
{
	/* Written in either case: vfat's by mkfs in capitals, a partition's by hand. */
	if (tag->kind == TAG_UUID || tag->kind == TAG_PARTUUID)
		return strcasecmp(tag->value, value) == 0;
	return streq(tag->value, value);
}

static bool has_value(blkid_probe probe, const char *name, const struct tag *tag)
{
	const char *value;

	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 &&
	       tag_matches(tag, value);
}

static bool is_match(blkid_probe probe, const struct tag *tag)
{
	const char *type;

	switch (tag->kind) {
	case TAG_UUID:
		return has_value(probe, "UUID", tag);
	case TAG_LABEL:
		return has_value(probe, "LABEL", tag);
	case TAG_PARTUUID:
		return has_value(probe, "PART_ENTRY_UUID", tag);
	case TAG_PARTLABEL:
		return has_value(probe, "PART_ENTRY_NAME", tag);
	case TAG_ZFS_POOL:
		return blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0 &&
		       streq(type, "zfs_member") && has_value(probe, "LABEL", tag);
	case TAG_LINK:
		break;
	}
	return false;
}

static bool probe_device(const char *device, const struct tag *tag)
{
	bool is_partition_tag = tag->kind == TAG_PARTUUID || tag->kind == TAG_PARTLABEL;
	char path[PATH_MAX];
	blkid_probe probe;
	bool found = false;
	size_t n;

	n = snprintf(path, sizeof(path), "/dev/%s", device);
	if (n >= sizeof(path))
		return false;
	for (char *p = path; (p = strchr(p, '!'));) /* cciss!c0d0 is /dev/cciss/c0d0 */
		*p = '/';
	probe = blkid_new_probe_from_filename(path); /* read-only, non-blocking */
	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, !is_partition_tag);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL |
							 BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(probe, is_partition_tag);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	if (blkid_do_safeprobe(probe) == 0)
		found = is_match(probe, tag);
	blkid_free_probe(probe);
	return found;
}

struct search {
	const struct tag *tag;
	const struct strings *devices;
	struct strings *matches;
};

static int probe_all(const struct aside *aside, void *data)
{
	const struct search *search = data;
	int r = 0;

	for (size_t i = 0; r == 0 && i < search->devices->n; i++)
		if (probe_device(search->devices->items[i], search->tag))
			r = aside_tell(aside, i);
	return r;
}

static int take_match(uint64_t index, void *data)
{
	const struct search *search = data;

	return index < search->devices->n ?
		       strings_add(search->matches, search->devices->items[index]) :
		       -EIO;
}

/* Aside: a read from a dead disk can hang beyond any signal, and a damaged superblock is parsed where it
 * can do no harm to the command. */
int probe_find(const struct tag *tag, const struct strings *devices,
	       struct strings *ret_matches)
{
	struct search search = { tag, devices, ret_matches };

	return devices->n ? aside_run(DEADLINE_MS, probe_all, take_match, &search) : 0;
}
