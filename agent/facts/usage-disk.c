// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the use of a block device: a mount, swap, or a volume on top of it. */
#include "facts/usage.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define TABLE_SIZE_MAX (4 * 1024 * 1024)

/* In "36 35 8:1 / /mnt/x rw ..." the third word is the number, the fifth the mount point. */
static bool take_mount(const char *line, const char *number, char *text, size_t size)
{
	char here[32], point[PATH_MAX];

	if (sscanf(line, "%*s %*s %31s %*s %4095s", here, point) != 2 ||
	    !streq(here, number))
		return false;
	snprintf(text, size, "mounted on %s", point);
	return true;
}

static bool take_swap(const char *line, const char *name, char *text, size_t size)
{
	size_t length = strlen(name);

	if (!has_prefix(line, "/dev/") || strncmp(line + strlen("/dev/"), name, length) ||
	    !isspace((unsigned char)line[strlen("/dev/") + length]))
		return false;
	snprintf(text, size, "swap");
	return true;
}

static int find_in_table(const struct root *root, const char *path, const char *wanted,
			 bool (*take)(const char *line, const char *wanted, char *text,
				      size_t size),
			 char *text, size_t size)
{
	_cleanup_free_ char *table = NULL;
	char *line, *rest;
	size_t table_size;
	int r;

	r = root_read_file(root, path, TABLE_SIZE_MAX, &table, &table_size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rest = table;
	while (!*text && (line = strsep(&rest, "\n")))
		take(line, wanted, text, size);
	return 0;
}

static int take_holder(const char *name, void *data)
{
	snprintf(data, USAGE_DISK_SIZE, "part of %s", name);
	return 1;
}

int usage_find_disk(const struct root *root, const char *name,
		    char text[static USAGE_DISK_SIZE])
{
	char path[PATH_MAX], number[32];
	int r = 0;

	*text = '\0';
	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
	if (root_read_line(root, path, number, sizeof(number)) >= 0)
		r = find_in_table(root, "/proc/self/mountinfo", number, take_mount, text,
				  USAGE_DISK_SIZE);
	if (r == 0 && !*text)
		r = find_in_table(root, "/proc/swaps", name, take_swap, text,
				  USAGE_DISK_SIZE);
	snprintf(path, sizeof(path), "/sys/class/block/%s/holders", name);
	if (r == 0 && !*text)
		r = root_list(root, path, take_holder, text);
	return r == -ENOMEM ? r : 0;
}
