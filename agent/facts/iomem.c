// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds resources inside a function's BARs in /proc/iomem. Relies on names and nesting alone: the
 * addresses read as zero without CAP_SYS_ADMIN (kernel/resource.c: r_show()).
 */
#include "facts/iomem.h"

#include <stdio.h>

#define IOMEM "/proc/iomem"
#define IOMEM_MOST (1024 * 1024)

/* r_show() indents by two per level, up to five levels. */
#define DEEPEST_INDENT 10

/* At the deepest indent a child is printed level with its parent. BARs' only siblings are BARs and
 * bridge windows: anything else is a child. */
static bool is_inside(size_t indent, size_t bar_indent, const char *name)
{
	struct bdf address;

	if (indent != bar_indent || indent < DEEPEST_INDENT)
		return indent > bar_indent;
	return !bdf_parse(name, &address) && !has_prefix(name, "PCI ");
}

/* While a VM runs, VFIO holds regions "vfio" and "vfio-pci". VFs lie inside their PF's BARs. */
static bool is_obstacle(const char *name)
{
	struct bdf address;

	return !has_prefix(name, "vfio") && !bdf_parse(name, &address);
}

static bool find_in_text(char *text, const char *address, char ret_name[IOMEM_NAME_SIZE])
{
	size_t bar_indent = SIZE_MAX; /* none */
	char *line;

	while ((line = strsep(&text, "\n"))) {
		size_t indent = strspn(line, " ");
		char *name = strstr(line, " : ");

		if (!name)
			continue;
		name += strlen(" : ");
		if (streq(name, address)) {
			bar_indent = indent;
		} else if (bar_indent == SIZE_MAX || !is_inside(indent, bar_indent, name)) {
			bar_indent = SIZE_MAX;
		} else if (is_obstacle(name)) {
			snprintf(ret_name, IOMEM_NAME_SIZE, "%s", name);
			return true;
		}
	}
	return false;
}

int iomem_find_in_bars(const struct root *root, const struct bdf *address,
		       char ret_name[static IOMEM_NAME_SIZE])
{
	_cleanup_free_ char *text = NULL;
	char name[PCI_ADDRESS_SIZE];
	size_t size;
	int r;

	r = root_read_file(root, IOMEM, IOMEM_MOST, &text, &size);
	if (r < 0)
		return r;
	return find_in_text(text, bdf_format(address, name), ret_name);
}
