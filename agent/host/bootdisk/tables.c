// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the mount table and fstab, and holds the tables of their words. Looks at no device. Not
 * libmount's work: it unescapes options before they are split, so that a comma in a layer's name
 * would end it, and looks up /dev/root in this machine's sysfs even below a sysroot (tab_parse.c).
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <ctype.h>
#include <stdio.h>

#define TABLE_SIZE_MAX (4 * 1024 * 1024)

void unescape_octal(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*out++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 |
				 (text[3] - '0');
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

void unescape_hex(char *text)
{
	char *out = text;
	unsigned value;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' &&
		    isxdigit((unsigned char)text[2]) && isxdigit((unsigned char)text[3]) &&
		    sscanf(text + 2, "%2x", &value) == 1) {
			*out++ = value;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

void mounts_done(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++) {
		free(mounts->items[i].point);
		free(mounts->items[i].type);
		free(mounts->items[i].source);
		free(mounts->items[i].options);
	}
	free(mounts->items);
	*mounts = (struct mounts){};
}

static char *copy_field(const char *field)
{
	char *copy = strdup(field);

	if (copy)
		unescape_octal(copy);
	return copy;
}

static int add_mount(struct mounts *mounts, const char *source, const char *point,
		     const char *type, const char *options, unsigned major, unsigned minor)
{
	struct mount *mount;
	int r;

	r = array_reserve(&mounts->items, mounts->n, &mounts->capacity, sizeof(*mount));
	if (r < 0)
		return r;
	mount = &mounts->items[mounts->n++];
	*mount = (struct mount){
		.major = major,
		.minor = minor,
		.point = copy_field(point),
		.type = copy_field(type),
		.source = copy_field(source),
		/* Unescaped option by option: \054 is a comma that separates nothing. */
		.options = strdup(options),
	};
	return mount->point && mount->type && mount->source && mount->options ? 0 : -ENOMEM;
}

char *field_next(char **rest)
{
	char *field;

	do
		field = strsep(rest, " \t");
	while (field && !*field);
	return field;
}

/* 36 35 98:0 /root /point rw,noatime [master:1 ...] - ext3 /dev/sda1 rw,errors=continue */
static int take_mountinfo(char *line, void *data)
{
	char *fields[5], *field, *type, *source, *options;
	unsigned major, minor;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = field_next(&line);
		if (!fields[i])
			return 0;
	}
	do
		field = field_next(&line);
	while (field && !streq(field, "-"));
	type = field_next(&line);
	/* Two blanks: the file system has no source. */
	source = line ? strsep(&line, " ") : NULL;
	options = field_next(&line);
	if (!source || sscanf(fields[2], "%u:%u", &major, &minor) != 2)
		return 0;
	return add_mount(data, source, fields[4], type, options ? options : "", major,
			 minor);
}

/* UUID="..." /point ext4 defaults,nofail 0 1 */
static int take_fstab(char *line, void *data)
{
	char *source = field_next(&line), *point = field_next(&line);
	char *type = field_next(&line), *options = field_next(&line);

	if (!type || *source == '#')
		return 0;
	return add_mount(data, source, point, type, options ? options : "", 0, 0);
}

static int read_table(const struct root *root, const char *path,
		      int (*take)(char *line, void *data), struct mounts *mounts)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	size_t size;
	int r;

	r = root_read_file(root, path, TABLE_SIZE_MAX, &text, &size);
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take(line, mounts);
	return r;
}

int mounts_read(const struct root *root, const char *path, struct mounts *mounts)
{
	return read_table(root, path, take_mountinfo, mounts);
}

int fstab_read(const struct root *root, const char *path, struct mounts *mounts)
{
	return read_table(root, path, take_fstab, mounts);
}

const struct mount *mounts_at(const struct mounts *mounts, const char *point)
{
	for (size_t i = mounts->n; i-- > 0;)
		if (streq(mounts->items[i].point, point))
			return &mounts->items[i];
	return NULL;
}

const struct mount *mounts_holding(const struct mounts *mounts, const char *file)
{
	const struct mount *best = NULL;
	size_t best_length = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		const char *point = mounts->items[i].point;
		size_t length = strlen(point);

		if (!has_prefix(file, point) || length < best_length)
			continue;
		if (length > 1 && file[length] && file[length] != '/')
			continue;
		best = &mounts->items[i];
		best_length = length;
	}
	return best;
}

/* Words ----------------------------------------------------------------------------------- */

const struct tag_name tag_names[TAG_NAMED_] = {
	[TAG_UUID] = { "UUID=", "disk/by-uuid/" },
	[TAG_LABEL] = { "LABEL=", "disk/by-label/" },
	[TAG_PARTUUID] = { "PARTUUID=", "disk/by-partuuid/" },
	[TAG_PARTLABEL] = { "PARTLABEL=", "disk/by-partlabel/" },
};

enum remote_kind remote_kind(struct span type)
{
	static const struct {
		const char *type;
		enum remote_kind kind;
	} rows[] = {
		{ "nfs", REMOTE_SERVER },
		{ "nfs4", REMOTE_SERVER },
		{ "cifs", REMOTE_SERVER },
		{ "smb3", REMOTE_SERVER },
		{ "afs", REMOTE_SERVER },
		{ "lustre", REMOTE_SERVER },
		{ "glusterfs", REMOTE_SERVER },
		{ "fuse.glusterfs", REMOTE_SERVER },
		{ "fuse.sshfs", REMOTE_SERVER },
		{ "ceph", REMOTE_SERVERS },
		{ "9p", REMOTE_TAG },
		{ "virtiofs", REMOTE_TAG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (span_equal(type, rows[i].type))
			return rows[i].kind;
	return REMOTE_NONE;
}

bool option_find(const char *options, const char *name, struct span *ret_value)
{
	struct span rest = span_of(options);

	while (rest.size) {
		struct span value = span_next(&rest, ","), key = span_next(&value, "=");

		if (span_equal(key, name)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static bool has_option(const struct mount *mount, const char *name)
{
	struct span value;

	return option_find(mount->options, name, &value);
}

bool fstab_is_required(const struct mount *entry)
{
	if (has_option(entry, "noauto") || has_option(entry, "nofail") ||
	    has_option(entry, "x-systemd.automount") || *entry->point != '/')
		return false;
	/* systemd waits for a network, but goes to no emergency mode without it; the image does. */
	if (remote_kind(span_of(entry->type)) || has_option(entry, "_netdev"))
		return has_option(entry, "x-initrd.mount") || streq(entry->point, "/usr");
	return strchr(entry->source, '=') || has_prefix(entry->source, "/dev/");
}
