// SPDX-License-Identifier: GPL-2.0-or-later
/* Archives for tests, made byte by byte, and their compressed forms. */
#include "archives.h"

#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	bytes->data = realloc(bytes->data, bytes->size + size + 1);
	assert_non_null(bytes->data);
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void bytes_add_zeros(struct bytes *bytes, size_t n)
{
	char *zeros = calloc(n + 1, 1);

	assert_non_null(zeros);
	bytes_add(bytes, zeros, n);
	free(zeros);
}

void bytes_pad(struct bytes *bytes, size_t to)
{
	bytes_add_zeros(bytes, (to - bytes->size % to) % to);
}

void bytes_done(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){};
}

void add_raw(struct bytes *bytes, unsigned inode, unsigned mode, unsigned links,
	     const char *name, size_t name_size, const char *data, size_t data_size)
{
	char header[111];

	bytes_pad(bytes, 4);
	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", inode,
		 mode, 0, 0, links, 0, data_size, 0, 0, 0, 0, name_size, 0);
	bytes_add(bytes, header, 110);
	bytes_add(bytes, name, strlen(name) + 1);
	bytes_pad(bytes, 4);
	bytes_add(bytes, data, strlen(data));
	bytes_pad(bytes, 4);
}

void add(struct bytes *bytes, const char *name, unsigned mode, const char *data)
{
	add_raw(bytes, 1, mode, 1, name, strlen(name) + 1, data, strlen(data));
}

void add_trailer(struct bytes *bytes)
{
	add(bytes, "TRAILER!!!", 0, "");
}

/* Compression -------------------------------------------------------------------------- */

/* `lz4 -l`, which libarchive cannot write: one block, only literals. */
static struct bytes compress_lz4_legacy(const struct bytes *plain)
{
	struct bytes block = {}, packed = {};
	size_t left = plain->size - 15;
	unsigned char size[4];

	assert_true(plain->size >= 15);
	bytes_add(&block, "\xf0", 1);
	for (; left >= 255; left -= 255)
		bytes_add(&block, "\xff", 1);
	bytes_add(&block, &(unsigned char){ left }, 1);
	bytes_add(&block, plain->data, plain->size);
	for (size_t i = 0; i < 4; i++)
		size[i] = block.size >> (8 * i);
	bytes_add(&packed, "\x02\x21\x4c\x18", 4);
	bytes_add(&packed, size, 4);
	bytes_add(&packed, block.data, block.size);
	bytes_done(&block);
	return packed;
}

static struct bytes compress(const struct bytes *plain, const char *filter)
{
	size_t capacity = plain->size * 2 + (1 << 20), used;
	struct bytes packed = { .data = malloc(capacity) };
	struct archive_entry *entry = archive_entry_new();
	struct archive *archive = archive_write_new();

	assert_non_null(packed.data);
	assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open_memory(archive, packed.data, capacity, &used),
			 ARCHIVE_OK);
	archive_entry_set_pathname(entry, "data");
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, plain->data, plain->size),
			 plain->size);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	archive_entry_free(entry);
	packed.size = used;
	return packed;
}

struct bytes bytes_compress(const struct bytes *plain, const char *filter)
{
	struct bytes same = {};

	if (streq(filter, "lz4-legacy"))
		return compress_lz4_legacy(plain);
	if (!streq(filter, "none"))
		return compress(plain, filter);
	bytes_add(&same, plain->data, plain->size);
	return same;
}

void bytes_write(const struct bytes *bytes, const char *folder, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes->data, bytes->size), bytes->size);
	close(fd);
}
