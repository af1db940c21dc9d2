/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/chain/chain.h"

/* Our entry's name ends so, its title too, and its options hold the parameter. */
#define ENTRY_SUFFIX "-0-vfio-claim-off.conf"
#define ENTRY_TITLE ", without vfio-claim (the host keeps the GPU)"
#define ENTRY_PARAMETER "vfio_claim.mode=off"

/* A file of ours in a boot menu whose entries are files (Boot Loader Specification, type 1). */
struct boot_entry {
	char *device; /* to be mounted for writing; NULL: `folder` is one of this system */
	char *folder, *name;
	char *path; /* for people */
	char *text;
	char *original; /* for people: the entry that it copies; NULL: not known */
};

struct boot_entries {
	struct boot_entry *items;
	size_t n, capacity;
};

/*
 * The entry to copy: the default, or the first one that boots a kernel and an image of this system; the first of
 * Proxmox's ESPs decides. NULL: none.
 */
const struct chain_entry *boot_entry_pick(const struct chain *chain);
/* Is it a unified image with a command line of its own, which Secure Boot holds to? */
bool boot_entry_has_fixed_options(const struct chain_entry *entry);

/*
 * Ours as they should be: one, or one for each of Proxmox's ESPs. None where the menu's entries are no files. 0,
 * or negative errno when an entry to copy cannot be read.
 */
int MUST_CHECK boot_entries_make(const struct root *root, const struct chain *chain,
				 struct boot_entries *ret_entries);
/* Ours as they are, on every volume that can be read. 0 or -ENOMEM. */
int MUST_CHECK boot_entries_find(const struct root *root, const struct chain *chain,
				 struct boot_entries *ret_entries);
/* The one in the same place. NULL: none. */
const struct boot_entry *boot_entries_get(const struct boot_entries *entries,
					  const struct boot_entry *entry);
void boot_entries_done(struct boot_entries *entries);

/* What is read of a chain is closed before: a device that is mounted read-only cannot be written. */
int MUST_CHECK boot_entry_write(const struct root *root, const struct boot_entry *entry);
int MUST_CHECK boot_entry_remove(const struct root *root, const struct boot_entry *entry);

/*
 * Name and text of our copy of an entry, which every loader lists after it. Both to be freed. 0 or -ENOMEM.
 */
int MUST_CHECK boot_entry_without_claim(const char *name, const char *text,
					char **ret_name, char **ret_text);
