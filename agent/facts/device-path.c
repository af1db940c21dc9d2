// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resolves a link in sysfs and finds the PCI functions on that path. Works on the text of the
 * path: never follows further links.
 */
#include "facts/device-path.h"

#include <limits.h>
#include <stdio.h>

/* Appends `text` component by component; ".." removes one. */
static int append(char *buffer, size_t size, const char *text)
{
	size_t used = strlen(buffer);

	while (*text) {
		size_t length;

		text += strspn(text, "/");
		length = strcspn(text, "/");
		if (length == 2 && has_prefix(text, "..")) {
			while (used && buffer[--used] != '/')
				;
		} else if (length && !(length == 1 && *text == '.')) {
			if (used + length + 2 > size)
				return -ENAMETOOLONG;
			buffer[used++] = '/';
			memcpy(buffer + used, text, length);
			used += length;
		}
		buffer[used] = '\0';
		text += length;
	}
	return 0;
}

int device_path_resolve(const struct root *root, const char *link, char *buffer, size_t size)
{
	char target[PATH_MAX];
	int r;

	r = root_readlink(root, link, target, sizeof(target));
	if (r < 0)
		return r;
	if (!*target)
		return -EINVAL;
	*buffer = '\0';
	if (*target != '/') {
		r = append(buffer, size, link);
		if (r == 0)
			r = append(buffer, size, "..");
	}
	return r < 0 ? r : append(buffer, size, target);
}

/* Only complete addresses, "0000:00:1f.2" or "10000:e1:00.0": USB and SCSI names look alike. */
static bool parse_function(const char *text, size_t length, struct bdf *ret_address)
{
	char name[PCI_ADDRESS_SIZE];
	const char *colon;

	if (length >= sizeof(name))
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	colon = strchr(name, ':');
	return colon && colon - name >= 4 && strchr(colon + 1, ':') &&
	       bdf_parse(name, ret_address);
}

size_t device_path_functions(const char *path, struct bdf functions[DEVICE_PATH_FUNCTIONS])
{
	bool has_last = false;
	struct bdf last;
	size_t n = 0;

	while (*path) {
		size_t length;
		unsigned domain, bus;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (parse_function(path, length, &last)) {
			has_last = true;
		} else if (has_last && sscanf(path, "pci%x:%x", &domain, &bus) == 2 &&
			   n + 1 < DEVICE_PATH_FUNCTIONS) {
			functions[n++] = last;
			has_last = false;
		}
		path += length;
	}
	if (has_last)
		functions[n++] = last;
	return n;
}
