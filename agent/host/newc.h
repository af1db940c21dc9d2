/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* One entry of a cpio archive in the "newc" form; the name is without "/" or "./" before it. */
struct newc_entry {
	const char *name;
	uint32_t mode, inode, n_links, major, minor;
	uint32_t size;
};

/* Bytes in order, from a file, a decompressor or memory. Set up by newc_source_init(). */
struct newc_source {
	ssize_t (*fill)(void *data, void *buffer, size_t size); /* 0: the end */
	void *data;
	size_t begin, end;  /* what of the buffer is not taken yet */
	uint32_t data_left; /* of the present entry */
	unsigned char buffer[1 << 16];
};

void newc_source_init(struct newc_source *source,
		      ssize_t (*fill)(void *data, void *buffer, size_t size), void *data);

/* Takes up to `size` bytes: how many, 0 at the end, or negative errno. */
ssize_t MUST_CHECK newc_source_take(struct newc_source *source, void *buffer, size_t size);

/*
 * Reads archive after archive, with zeros before and between them, and calls back for each
 * entry, which may call newc_read_data(); a non-zero answer ends it and is handed on. Then: 0 at
 * the end, NEWC_OTHER where something else than an archive begins (what is compressed),
 * -EBADMSG where the bytes are no archive, -ENODATA where they end too early. *ret_n_archives is
 * how many were read to their trailer.
 */
#define NEWC_OTHER 1
typedef int newc_visit(struct newc_source *source, const struct newc_entry *entry,
		       void *data);
int MUST_CHECK newc_read(struct newc_source *source, newc_visit *visit, void *data,
			 size_t *ret_n_archives);

/* The present entry's data, once, to be freed; a NUL follows it. -EFBIG when it is larger. */
int MUST_CHECK newc_read_data(struct newc_source *source, size_t most, char **ret_text,
			      size_t *ret_size);
