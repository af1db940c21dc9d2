/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

#define GRUB_DROP_IN_FOLDER "/etc/default/grub.d"
#define GRUB_DROP_IN_NAME "vfio-claim.cfg"
#define KERNEL_CMDLINE_PATH "/etc/kernel/cmdline"

/* The place where a parameter of the kernel command line persists. */
enum bootloader_place {
	BOOTLOADER_UNKNOWN,
	BOOTLOADER_GRUB, /* a file of ours in /etc/default/grub.d, then update-grub */
	BOOTLOADER_KERNEL_CMDLINE, /* the line of /etc/kernel/cmdline */
	BOOTLOADER_GRUBBY,	   /* grubby writes entries and defaults */
};

struct bootloader {
	enum bootloader_place place;
	/* The command to run once the file is written; NULL: the image builder does the rest. */
	const char *const *command;
};

void bootloader_find(const struct root *root, struct bootloader *ret_bootloader);

/*
 * The line of /etc/kernel/cmdline with one parameter added, or removed. To be freed; NULL in
 * *ret_text: no change is needed. -EINVAL: the file is not one line with root= in it
 * (proxmox-boot-tool would make entries of it that do not boot).
 */
int MUST_CHECK bootloader_add(const char *text, const char *parameter, char **ret_text);
int MUST_CHECK bootloader_take_away(const char *text, const char *parameter,
				    char **ret_text);
