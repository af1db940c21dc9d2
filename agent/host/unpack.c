// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the archives of a boot image as the kernel unpacks them, one after the other: first uncompressed
 * ones (microcode; also modules, since initramfs-tools 0.148), then compressed ones (kernel:
 * init/initramfs.c, unpack_to_rootfs()). The only user of libarchive, and only of its decompressors.
 */
#include "host/unpack.h"

#include "host/frame.h"

#include <archive.h>

/* A part of a file, read from its beginning to its end. */
struct stretch {
	int fd;
	uint64_t position, end;
	bool is_whole; /* to the end of the file, wherever that is */
};

static ssize_t fill_from_file(void *data, void *buffer, size_t size)
{
	struct stretch *stretch = data;
	uint64_t left = stretch->end - stretch->position;
	ssize_t n;

	if (!left)
		return 0;
	do
		n = pread(stretch->fd, buffer, size < left ? size : left,
			  stretch->position);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0 && !stretch->is_whole)
		return -ENODATA;
	stretch->position += n;
	return n;
}

struct compressed {
	struct archive *archive;
	struct newc_source *source; /* the file */
	uint64_t given;		    /* bytes */
	int error;		    /* of reading the file */
	unsigned char block[1 << 16];
};

/* Zeros fill up the end of an xz file to a multiple of four bytes: liblzma takes no other padding. */
static size_t fill_up(struct compressed *compressed)
{
	size_t n = -compressed->given & 3;

	if (archive_filter_code(compressed->archive, 0) != ARCHIVE_FILTER_XZ)
		return 0;
	memset(compressed->block, 0, n);
	return n;
}

static la_ssize_t fill_decompressor(struct archive *archive, void *data, const void **ret)
{
	struct compressed *compressed = data;
	ssize_t n = newc_source_take(compressed->source, compressed->block,
				     sizeof(compressed->block));

	if (n < 0) {
		compressed->error = n;
		archive_set_error(archive, -n, "read");
		return ARCHIVE_FATAL;
	}
	if (n == 0)
		n = fill_up(compressed);
	compressed->given += n;
	*ret = compressed->block;
	return n;
}

/* libarchive's interface does not distinguish damage from an early end. */
static ssize_t fill_from_archive(void *data, void *buffer, size_t size)
{
	la_ssize_t n;

	do
		n = archive_read_data(data, buffer, size);
	while (n == ARCHIVE_RETRY);
	return n < 0 ? -EBADMSG : n;
}

static void archive_freep(struct archive **archive)
{
	archive_read_free(*archive);
}

/* The formats that kernels can unpack, and no others. libarchive may run lzop for that format. */
static struct archive *new_decompressor(void)
{
	struct archive *archive = archive_read_new();

	if (!archive)
		return NULL;
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lzop(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	return archive;
}

/* *ret_used: how many bytes the compressed data takes. */
static int read_compressed(struct stretch *stretch, newc_visit *visit, void *data,
			   uint64_t *ret_used)
{
	CLEANUP(archive_freep) struct archive *archive = new_decompressor();
	struct newc_source file, source;
	struct compressed compressed = { .archive = archive, .source = &file };
	struct archive_entry *entry;
	size_t n_archives;
	int r;

	if (!archive)
		return -ENOMEM;
	newc_source_init(&file, fill_from_file, stretch);
	r = archive_read_open(archive, &compressed, NULL, fill_decompressor, NULL);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(archive, &entry);
	if (r != ARCHIVE_OK || archive_filter_count(archive) < 2)
		return compressed.error ? compressed.error : -EBADMSG;
	newc_source_init(&source, fill_from_archive, archive);
	r = newc_read(&source, visit, data, &n_archives);
	*ret_used = archive_filter_bytes(archive, -1);
	if (compressed.error)
		return compressed.error;
	if (r == NEWC_OTHER || !*ret_used)
		return -EBADMSG;
	return r < 0 || n_archives ? r : -ENODATA;
}

/* Reads what is compressed at the beginning of the stretch, and moves behind it. */
static int skip_compressed(struct stretch *stretch, newc_visit *visit, void *data)
{
	uint64_t end = frame_find_end(stretch->fd, stretch->position, stretch->end);
	uint64_t used = 0;
	struct stretch packed = *stretch;
	int r;

	if (end != stretch->end)
		packed = (struct stretch){ stretch->fd, stretch->position, end };
	r = read_compressed(&packed, visit, data, &used);
	if (r < 0)
		return r;
	/* More than there is, where zeros were added. */
	if (used > stretch->end - stretch->position)
		used = stretch->end - stretch->position;
	stretch->position += used;
	return 0;
}

static int read_stretch(struct stretch *stretch, newc_visit *visit, void *data)
{
	size_t n_archives, n_compressed = 0;

	for (;; n_compressed++) {
		struct newc_source source;
		int r;

		newc_source_init(&source, fill_from_file, stretch);
		r = newc_read(&source, visit, data, &n_archives);
		if (r != NEWC_OTHER)
			return r < 0 || n_archives || n_compressed ? r : -ENODATA;
		stretch->position -= source.end - source.begin;
		r = skip_compressed(stretch, visit, data);
		if (r < 0)
			return r;
	}
}

int unpack_read(int fd, uint64_t offset, uint64_t size, newc_visit *visit, void *data)
{
	struct stretch stretch = { fd, offset, size ? offset + size : UINT64_MAX, !size };

	if (size > INT64_MAX || offset > INT64_MAX - size)
		return -EBADMSG;
	return read_stretch(&stretch, visit, data);
}
