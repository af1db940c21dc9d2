/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of the different menus share. */
#pragma once

#include "host/chain/chain.h"

/* An installed kernel: the name of its folder of modules, and its package's name on Arch ("": none). */
struct installed {
	char *release, *package;
};

struct reading {
	const struct root *root;
	struct chain *chain;
	struct installed *installed;
	size_t n_installed, installed_capacity;
	char machine_id[64];
	char selected[256]; /* the id of this boot's entry, as the loader gave it; "": not known */
	char *cmdline; /* of this boot; NULL: not known */
};

/* parts.c ----------------------------------------------------------------------------------- */

int MUST_CHECK reading_open(const struct root *root, struct chain *chain,
			    struct reading *reading);
void reading_done(struct reading *reading);

/* Appends an entry without any members but these. NULL: no memory. Valid until the next call. */
struct chain_entry *entry_append(struct reading *reading, enum chain_entry_kind kind,
				 const char *id, const char *title);
/* Sets the members that follow from the others: release, flags, sources of copies. 0 or -ENOMEM. */
int MUST_CHECK entry_finish(struct reading *reading, struct chain_entry *entry);
void entry_done(struct chain_entry *entry);

/* Finds a file that an entry names by its path on the loader's file system, which `volume` is, or which
 * holds /boot (NULL). 0 or -ENOMEM. */
int MUST_CHECK file_find(const struct reading *reading, const struct chain_volume *volume,
			 const char *path, struct chain_file *ret_file);
int MUST_CHECK entry_add_image(const struct reading *reading, struct chain_entry *entry,
			       const struct chain_volume *volume, const char *path);

/* The menus -------------------------------------------------------------------------------- */

/* All of them append entries, and return 0 or -ENOMEM. */

/* GRUB's configuration in this folder. *ret_is_there: it could be read. */
int MUST_CHECK grub_entries_read(struct reading *reading, const struct chain_volume *volume,
				 const char *folder, bool *ret_is_there);

struct grub_config;

/*
 * The entries in files and the unified images of these volumes, sorted as systemd-boot does. With GRUB's
 * configuration: no unified images, its variables replaced, and its default.
 */
int MUST_CHECK file_entries_read(struct reading *reading,
				 const struct chain_volume *const *volumes,
				 size_t n_volumes, const struct grub_config *grub,
				 const char *environment);
