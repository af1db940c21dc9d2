// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the programs that build images and boot menus. Runs none. */
#include "host/programs.h"

#include <stdio.h>

bool program_is_there(const struct root *root, const char *name)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

const char *const *program_find_proxmox(const struct root *root)
{
	/* Its hook in the image builder does the same, unless that was removed. */
	static const char *const refresh[] = { "proxmox-boot-tool", "refresh", NULL };

	if (!root_exists(root, "/etc/kernel/proxmox-boot-uuids") ||
	    !program_is_there(root, "proxmox-boot-tool"))
		return NULL;
	return refresh;
}
