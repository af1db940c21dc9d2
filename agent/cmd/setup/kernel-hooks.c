// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes and removes the hooks that renew the menu entry on Proxmox's ESPs. They are files and no links, because
 * run-parts fails, and the kernel's package with it, where a link leads nowhere.
 */
#include "cmd/setup/kernel-hooks.h"

#include "cmd/cmd.h"

#include <limits.h>
#include <stdio.h>

/* After zz-proxmox-boot. */
#define HOOK_NAME "zzz-vfio-claim"

static const char *const folders[] = { "/etc/kernel/postinst.d", "/etc/kernel/postrm.d" };

static const char text[] =
	"#!/bin/sh\n"
	"# Written by 'vfio-claim setup --menu-entry'; 'vfio-claim remove' deletes it.\n"
	"# Makes the entry without the claim on Proxmox's ESPs name a kernel that is there. A failure is\n"
	"# reported, and never the kernel's own.\n"
	"! command -v vfio-claim >/dev/null || vfio-claim menu-renew >/dev/null || :\n";

int kernel_hooks_write(const struct root *root)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++) {
		r = root_replace_program(root, folders[i], HOOK_NAME, text, strlen(text));
		if (r < 0)
			return cmd_fail(folders[i], r);
	}
	return 0;
}

int kernel_hooks_remove(const struct root *root)
{
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/" HOOK_NAME, folders[i]);
		r = root_remove(root, path);
	}
	return r;
}
