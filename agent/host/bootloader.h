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

/* How an entry is added to the boot menu. */
enum boot_menu_kind {
	BOOT_MENU_NONE,
	BOOT_MENU_GRUB,	   /* a generator of ours, run by grub-mkconfig */
	BOOT_MENU_ENTRIES, /* a file of ours among the others; see boot-entry.h */
};

#define GRUB_GENERATOR_FOLDER "/etc/grub.d"
/* After all other generators: settings may refer to entries by number. */
#define GRUB_GENERATOR_NAME "99_vfio-claim"
#define GRUB_GENERATOR_PATH GRUB_GENERATOR_FOLDER "/" GRUB_GENERATOR_NAME
/* The entry's id, as in GRUB's configuration. */
#define GRUB_ENTRY_ID "'vfio-claim-off'"
#define GRUB_CONFIG_NAME "grub.cfg"
#define GRUB_CONFIG_SIZE_MAX (4 * 1024 * 1024)

struct boot_menu {
	enum boot_menu_kind kind;
	const char *why; /* NONE: why no entry can be added, and what to do instead */
	/* GRUB: the commands that rewrite its configuration, and that then copy it; or NULL. */
	const char *const *command, *const *copy_command;
	const char *config_folder; /* GRUB: where GRUB_CONFIG_NAME is */
};

/* Never fails: BOOT_MENU_NONE is an answer. */
void boot_menu_find(const struct root *root, struct boot_menu *ret_menu);

/* GRUB's configuration in this folder, to be freed. 0 or negative errno. */
int MUST_CHECK grub_read_config(const struct root *root, const char *config_folder,
				char **ret_text);
/* Does the configuration in this folder hold the entry? */
bool grub_has_entry(const struct root *root, const char *config_folder);
/* The folders that may hold GRUB's configuration, NULL at the end. */
extern const char *const grub_config_folders[];
