/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/chain/chain.h"

#define GRUB_GENERATOR_FOLDER "/etc/grub.d"
/* After all other generators: settings may refer to entries by number. */
#define GRUB_GENERATOR_NAME "99_vfio-claim"
#define GRUB_GENERATOR_PATH GRUB_GENERATOR_FOLDER "/" GRUB_GENERATOR_NAME
/* The entry's id, as in GRUB's configuration. */
#define GRUB_ENTRY_ID "vfio-claim-off"
#define GRUB_CONFIG_NAME "grub.cfg"

/*
 * How an entry is added to the boot menu. On Proxmox each ESP has a menu, by one loader or the other, and both ways
 * may be needed.
 */
struct boot_menu {
	bool is_grub;	/* a generator of ours, run by grub-mkconfig */
	bool has_files; /* files of ours among the others; see boot-entry.h */
	/* GRUB: the commands that rewrite its configuration, and that then copy it; or NULL. */
	const char *const *command, *const *copy_command;
	const char *config_folder; /* GRUB: where grub-mkconfig writes GRUB_CONFIG_NAME */
	char *why; /* neither: why no entry can be added, and what to do instead */
	const char *way_in; /* how to see a menu that is hidden; NULL: it is shown, or not known */
};

/* No way is an answer. 0 or -ENOMEM. */
int MUST_CHECK boot_menu_find(const struct root *root, const struct chain *chain,
			      struct boot_menu *ret_menu);
void boot_menu_done(struct boot_menu *menu);
/* The same of the chain as it is now. 0 or -ENOMEM. */
int MUST_CHECK boot_menu_read(const struct root *root, struct boot_menu *ret_menu);

/* GRUB's configuration in this folder, to be freed. 0 or negative errno. */
int MUST_CHECK boot_menu_read_config(const struct root *root, const char *folder,
				     char **ret_text);

/* Is it the entry that setup added, and not another one without the claim? */
bool boot_menu_is_own(const struct chain_entry *entry);
/* Ours in that menu (NULL: in any). NULL: none. */
const struct chain_entry *boot_menu_find_own(const struct chain *chain,
					     const struct chain_volume *volume);
/* The first default entry whose menu has none of ours. NULL: every menu has ours. */
const struct chain_entry *boot_menu_find_lacking(const struct chain *chain);
