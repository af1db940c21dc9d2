// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the state of a network interface, and whether it is in use. */
#include "facts/usage.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define IFF_UP 0x1 /* linux/if.h */
#define ADDRESSES_SIZE_MAX (1024 * 1024)

static bool read_file(const struct root *root, const char *name, const char *file,
		      char *text, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, file);
	return root_read_line(root, path, text, size) >= 0;
}

/* Routes have the interface's name in their first field, IPv6 addresses in their last. sysfs has
 * neither table. Every IPv4 address has a route. */
static int is_in_table(const struct root *root, const char *table, const char *name,
		       bool *ret_is_in)
{
	_cleanup_free_ char *text = NULL;
	size_t size, length = strlen(name);
	char *line, *rest;
	int r;

	r = root_read_file(root, table, ADDRESSES_SIZE_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *last;
		size_t end = strlen(line);

		while (end && isspace((unsigned char)line[end - 1]))
			line[--end] = '\0';
		last = strrchr(line, ' ');
		if ((has_prefix(line, name) && isspace((unsigned char)line[length])) ||
		    (last && streq(last + 1, name)))
			*ret_is_in = true;
	}
	return 0;
}

int usage_find_interface(const struct root *root, const char *name,
			 struct usage_interface *ret_interface)
{
	char text[32], path[PATH_MAX];
	bool is_up = true, has_link, has_address = false, has_master;
	int r;

	/* An unreadable interface counts as in use. */
	if (read_file(root, name, "flags", text, sizeof(text)))
		is_up = strtoul(text, NULL, 16) & IFF_UP;
	has_link = is_up && (!read_file(root, name, "carrier", text, sizeof(text)) ||
			     !streq(text, "0"));
	snprintf(path, sizeof(path), "/sys/class/net/%s/master", name);
	has_master = root_exists(root, path);
	r = is_in_table(root, "/proc/net/route", name, &has_address);
	if (r == 0)
		r = is_in_table(root, "/proc/net/if_inet6", name, &has_address);
	if (r < 0)
		return r;
	ret_interface->is_in_use = is_up && (has_link || has_address || has_master);
	ret_interface->state = !is_up	   ? "down" :
			       has_address ? "up, has an address" :
			       has_master  ? "up, in a bridge or bond" :
			       has_link	   ? "up" :
					     "up, no link";
	return 0;
}
