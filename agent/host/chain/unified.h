/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/chain/chain-parts.h"

/*
 * Sets what a unified image on the volume says: kernel, images, command line with its addons', release, and
 * whether this system builds it. The entry has an id; its options, if it has any, are the loader's. *ret_osrel, to be
 * freed, is its .osrel; NULL: none. 0, -ENOMEM, or -EMEDIUMTYPE: there is no kernel in it. A file that cannot be read
 * is an entry with its path alone.
 */
int MUST_CHECK unified_fill(const struct reading *reading,
			    const struct chain_volume *volume, const char *path,
			    struct chain_entry *entry, char **ret_osrel);

/* Is kernel-install told to make unified images? The system's own file replaces the distribution's. */
bool unified_by_kernel_install(const struct root *root);
