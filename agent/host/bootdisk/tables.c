// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What do the mount table, fstab and the kernel command line say? Parsed here rather than by
 * libmount: that one would bring libselinux into the image, and it cannot read a table below a
 * sysroot through root.c. Looks at no device.
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

static char *next_field(char **rest)
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
		fields[i] = next_field(&line);
		if (!fields[i])
			return 0;
	}
	do
		field = next_field(&line);
	while (field && !streq(field, "-"));
	type = next_field(&line);
	/* Two blanks: the file system has no source. */
	source = line ? strsep(&line, " ") : NULL;
	options = next_field(&line);
	if (!source || sscanf(fields[2], "%u:%u", &major, &minor) != 2)
		return 0;
	return add_mount(data, source, fields[4], type, options ? options : "", major,
			 minor);
}

/* UUID="..." /point ext4 defaults,nofail 0 1 */
static int take_fstab(char *line, void *data)
{
	char *source = next_field(&line), *point = next_field(&line);
	char *type = next_field(&line), *options = next_field(&line);

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

bool mount_has_option(const struct mount *mount, const char *name)
{
	const char *option = mount->options;
	size_t length = strlen(name);

	while (*option) {
		if (has_prefix(option, name) && strchr("=,", option[length]))
			return true;
		option += strcspn(option, ",");
		option += *option == ',';
	}
	return false;
}

/* systemd waits for these, but goes to no emergency mode without them; the image does. */
static bool is_network(const struct mount *entry)
{
	return is_remote_type(entry->type) || mount_has_option(entry, "_netdev");
}

bool fstab_is_required(const struct mount *entry)
{
	if (mount_has_option(entry, "noauto") || mount_has_option(entry, "nofail") ||
	    mount_has_option(entry, "x-systemd.automount") || *entry->point != '/')
		return false;
	if (is_network(entry))
		return mount_has_option(entry, "x-initrd.mount") ||
		       streq(entry->point, "/usr");
	return strchr(entry->source, '=') || has_prefix(entry->source, "/dev/");
}

/* The kernel command line ------------------------------------------------------------- */

char *cmdline_next(char **rest)
{
	char *text = *rest, *start, *out;
	bool is_quoted = false;

	text += strspn(text, " \t\n");
	if (!*text)
		return NULL;
	for (start = out = text; *text && (is_quoted || !isspace((unsigned char)*text));
	     text++) {
		if (*text == '"')
			is_quoted = !is_quoted;
		else
			*out++ = *text;
	}
	*rest = *text ? text + 1 : text;
	*out = '\0';
	return start;
}

int cmdline_find(const char *cmdline, const char *name, char **ret_value)
{
	_cleanup_free_ char *line = strdup(cmdline), *value = NULL;
	char *parameter, *rest = line;

	if (!line)
		return -ENOMEM;
	while ((parameter = cmdline_next(&rest))) {
		if (!has_prefix(parameter, name))
			continue;
		free(value);
		value = strdup(parameter + strlen(name));
		if (!value)
			return -ENOMEM;
	}
	*ret_value = steal(value);
	return 0;
}

int cmdline_find_root(const char *cmdline, char **ret_name)
{
	_cleanup_free_ char *name = NULL, *dataset = NULL;
	int r;

	r = cmdline_find(cmdline, "root=", &name);
	if (r == 0)
		r = cmdline_find(cmdline, "zfs=", &dataset); /* Arch: "bootfs" or a dataset */
	if (r < 0)
		return r;
	if (dataset && (!name || streq(name, "zfs") || streq(name, "zfs:"))) {
		free(name);
		if (asprintf(&name, "ZFS=%s", dataset) < 0) {
			name = NULL;
			return -ENOMEM;
		}
	}
	*ret_name = name && *name ? steal(name) : NULL;
	return 0;
}
