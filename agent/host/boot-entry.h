/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* What an entry of ours has in its name and its title, whoever shows it. */
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
 * The entry to go by: the one that loader.conf names as the default, else that of the newest
 * kernel; of an installed kernel, with an image, both there. -ENOENT: none.
 */
int MUST_CHECK boot_entry_find(const struct root *root, struct boot_entry *ret_entry);
void boot_entry_done(struct boot_entry *entry);

/*
 * Name and text of our own entry beside it, which sorts behind it everywhere. Both to be freed.
 * 0 or -ENOMEM.
 */
int MUST_CHECK boot_entry_without_claim(const struct boot_entry *entry, char **ret_name,
					char **ret_text);

/* The entries that are ours, wherever entries may lie: paths. 0 or -ENOMEM. */
int MUST_CHECK boot_entry_find_ours(const struct root *root, struct strings *ret_paths);

/* The kernel or image that an entry names and that is not there, to be freed; NULL: all are. */
char *boot_entry_find_missing(const struct root *root, const char *path);
