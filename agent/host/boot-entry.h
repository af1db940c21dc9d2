/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Our entry's name ends so, its title too, and its options hold the parameter. */
#define ENTRY_SUFFIX "-0-vfio-claim-off.conf"
#define ENTRY_TITLE ", without vfio-claim (the host keeps the GPU)"
#define ENTRY_PARAMETER "vfio_claim.mode=off"

/* An entry of the boot menu as a file of the Boot Loader Specification (type 1). */
struct boot_entry {
	const char *folder;
	char *name; /* in it */
	char *text;
};

/*
 * The entry to copy: loader.conf's default, else the newest kernel's. Its kernel and its image are
 * installed. -ENOENT: none.
 */
int MUST_CHECK boot_entry_find(const struct root *root, struct boot_entry *ret_entry);
void boot_entry_done(struct boot_entry *entry);

/*
 * Name and text of our own entry, which every loader lists after the given one. Both to be freed. 0
 * or -ENOMEM.
 */
int MUST_CHECK boot_entry_without_claim(const struct boot_entry *entry, char **ret_name,
					char **ret_text);

/* Paths of our own entries, from all folders of entries. 0 or -ENOMEM. */
int MUST_CHECK boot_entry_find_ours(const struct root *root, struct strings *ret_paths);

/* The first kernel or image that an entry names but that does not exist, to be freed; NULL: none. */
char *boot_entry_find_missing(const struct root *root, const char *path);
