/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/newc.h"

/*
 * Visits each entry of each archive in a part of a file, `size` bytes from `offset` on; 0, 0: the whole
 * file. -EBADMSG: not such archives, or of an unknown compression; -ENODATA: no archive, or its end is
 * missing; or what `visit` returned, or another errno of reading.
 */
int MUST_CHECK unpack_read(int fd, uint64_t offset, uint64_t size, newc_visit *visit,
			   void *data);
