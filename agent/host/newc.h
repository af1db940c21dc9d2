/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* One entry of a cpio archive in the "newc" format; the name has no "/" or "./" before it. */
struct newc_entry {
	const char *name;
	uint32_t mode, inode, n_links, major, minor;
	uint32_t size;
};

/* Bytes in order, from a file, a decompressor or memory. Set up by newc_source_init(). */
struct newc_source {
	ssize_t (*fill)(void *data, void *buffer, size_t size); /* 0: the end */
	void *data;
	size_t begin, end;  /* the unread part of the buffer */
	uint32_t data_left; /* unread bytes of the present entry */
	unsigned char buffer[1 << 16];
};

void newc_source_init(struct newc_source *source,
		      ssize_t (*fill)(void *data, void *buffer, size_t size), void *data);

/* Takes up to `size` bytes: how many, 0 at the end, or negative errno. */
ssize_t MUST_CHECK newc_source_take(struct newc_source *source, void *buffer, size_t size);

/*
 * Reads archive after archive, skipping zeros before and between them, and calls `visit` for each
 * entry, which may call newc_read_data(). A non-zero result of `visit` stops and is returned. Else:
 * 0 at the end, NEWC_OTHER where something other than an archive begins (compressed data),
 * -EBADMSG for a malformed archive, -ENODATA where the bytes end too early. *ret_n_archives counts
 * the archives that were read to their trailer.
 */
#define NEWC_OTHER 1
typedef int newc_visit(struct newc_source *source, const struct newc_entry *entry,
		       void *data);
int MUST_CHECK newc_read(struct newc_source *source, newc_visit *visit, void *data,
			 size_t *ret_n_archives);

/* Takes up to `size` bytes of the present entry's data: how many, 0 when all is taken, or negative errno. */
int MUST_CHECK newc_take_data(struct newc_source *source, void *buffer, size_t size);

/* The present entry's data, to be freed; a NUL follows it. At most once per entry. -EFBIG: larger
 * than `most`. */
int MUST_CHECK newc_read_data(struct newc_source *source, size_t most, char **ret_text,
			      size_t *ret_size);
