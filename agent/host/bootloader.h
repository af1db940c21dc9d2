/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/chain/chain.h"

#define GRUB_DROP_IN_FOLDER "/etc/default/grub.d"
#define GRUB_DROP_IN_NAME "vfio-claim.cfg"
#define GRUB_DEFAULTS_PATH "/etc/default/grub"
#define KERNEL_CMDLINE_PATH "/etc/kernel/cmdline"

/* The place where a parameter of the kernel command line persists. */
enum bootloader_place {
	BOOTLOADER_UNKNOWN,
	BOOTLOADER_GRUB, /* a file of ours in /etc/default/grub.d, which grub-mkconfig reads */
	BOOTLOADER_GRUB_DEFAULTS,  /* /etc/default/grub */
	BOOTLOADER_KERNEL_CMDLINE, /* the line of /etc/kernel/cmdline */
	BOOTLOADER_GRUBBY,	   /* grubby writes entries and defaults */
	BOOTLOADER_KERNELSTUB, /* Pop!_OS: kernelstub writes its entry and its settings */
	BOOTLOADER_ENTRIES,    /* entries in files that no program makes */
	BOOTLOADER_DRACUT, /* kernel_cmdline= of dracut's configuration, for unified images */
};

struct bootloader {
	enum bootloader_place place;
	const char *why; /* UNKNOWN: why, and what to do instead */
	/* The commands to run once the files are written, each a list of words. */
	struct strings *commands;
	size_t n_commands;
	bool needs_images; /* only then the image builder brings the files to what boots */
	struct strings files; /* GRUB, ENTRIES, DRACUT: the files that hold the words now */
};

/* Goes by what boots, and by the programs that are there. 0 or -ENOMEM. */
int MUST_CHECK bootloader_find(const struct root *root, const struct chain *chain,
			       struct bootloader *ret_bootloader);
/* The commands for this place alone, to undo a change there. 0 or -ENOMEM. */
int MUST_CHECK bootloader_find_commands(const struct root *root, const struct chain *chain,
					enum bootloader_place place,
					struct bootloader *ret_bootloader);
void bootloader_done(struct bootloader *bootloader);
