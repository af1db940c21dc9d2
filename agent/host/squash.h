/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/newc.h"

/* Is this the file in an image that dracut's module "squash" puts everything else into? */
bool squash_is_name(const char *name);

/* Takes the present entry's data into memory. Returns a descriptor, or negative errno. */
int MUST_CHECK squash_take(struct newc_source *source, const struct newc_entry *entry);

/*
 * Visits each entry of the file system in the descriptor, as newc_read() does. -EMEDIUMTYPE: one that cannot
 * be opened here; -EBADMSG: none at all; else as tool_run(), or what `visit` returned.
 */
int MUST_CHECK squash_read(int fd, newc_visit *visit, void *data);
