/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/chain/chain.h"

/* Of volumes that are mounted for us alone: the firmware reads no other. */
#define VOLUME_FILESYSTEM "vfat"

/*
 * Finds the file systems that firmware and loaders read, in order of precedence, and opens those that are not
 * mounted. 0 or -ENOMEM.
 */
int MUST_CHECK volumes_read(const struct root *root, struct chain *chain);
void volume_close(struct chain_volume *volume);
void volume_done(struct chain_volume *volume);

/* "/EFI/x" on the volume: the root and the path to open, and the name for people. Both strings to be freed.
 * 0 or -ENOMEM. */
int MUST_CHECK volume_locate(const struct root *root, const struct chain_volume *volume,
			     const char *path, const struct root **ret_root,
			     char **ret_path, char **ret_name);
