// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads what the boot loader of this boot says about itself. Writes no variable. */
#include "host/chain/loader.h"

#include <stdio.h>

#define LOADER_GUID "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define ATTRIBUTES_SIZE 4

bool loader_variable(const struct root *root, const char *name, char *buffer, size_t size)
{
	char path[128], value[1024];
	ssize_t length;
	size_t used = 0;

	snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s-" LOADER_GUID, name);
	length = root_read(root, path, value, sizeof(value));
	/* UTF-16, little-endian. */
	for (ssize_t i = ATTRIBUTES_SIZE; i + 1 < length && used + 1 < size; i += 2) {
		if (!value[i] && !value[i + 1])
			break;
		buffer[used++] = value[i + 1] || value[i] < ' ' ? '?' : value[i];
	}
	buffer[used] = '\0';
	return used;
}
