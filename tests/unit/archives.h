/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <sys/stat.h>

#define FILE_MODE (S_IFREG | 0644)
#define LINK_MODE (S_IFLNK | 0777)

struct bytes {
	char *data;
	size_t size;
};

void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_add_zeros(struct bytes *bytes, size_t n);
/* Zeros up to a multiple of `to`. */
void bytes_pad(struct bytes *bytes, size_t to);
void bytes_done(struct bytes *bytes);

/* An entry whose header may lie about its name and data. */
void add_raw(struct bytes *bytes, unsigned inode, unsigned mode, unsigned links,
	     const char *name, size_t name_size, const char *data, size_t data_size);
void add(struct bytes *bytes, const char *name, unsigned mode, const char *data);
void add_trailer(struct bytes *bytes);

/* The bytes in the form of libarchive's filter of this name, of "lz4-legacy", or as they are: "none". */
struct bytes bytes_compress(const struct bytes *plain, const char *filter);

/* Writes a file below a folder. */
void bytes_write(const struct bytes *bytes, const char *folder, const char *name);
