// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the end of compressed data by the sizes of its blocks (RFC 8878; lz4's legacy format, as in the
 * kernel's lib/decompress_unlz4.c). Unpacks nothing, and trusts no size.
 */
#include "host/frame.h"

#include "base/bytes.h"

#define ZSTD_MAGIC 0xfd2fb528
#define LZ4_LEGACY_MAGIC 0x184c2102

/* A place in the file, never behind `end`. */
struct place {
	int fd;
	uint64_t position, end;
};

static bool take(struct place *place, void *buffer, size_t size)
{
	if (place->end - place->position < size ||
	    pread(place->fd, buffer, size, place->position) != (ssize_t)size)
		return false;
	place->position += size;
	return true;
}

static bool skip(struct place *place, uint64_t size)
{
	if (place->end - place->position < size)
		return false;
	place->position += size;
	return true;
}

static bool skip_zstd_header(struct place *place, bool *ret_has_checksum)
{
	static const uint8_t dictionary_sizes[] = { 0, 1, 2, 4 }, sizes[] = { 0, 2, 4, 8 };
	uint8_t flags;
	bool is_single;

	if (!take(place, &flags, 1))
		return false;
	is_single = flags & 0x20;
	*ret_has_checksum = flags & 4;
	/* The window is left out of a single segment, which always has its size. */
	return skip(place, !is_single + dictionary_sizes[flags & 3] +
				   (is_single && flags < 0x40 ? 1 : sizes[flags >> 6]));
}

static bool skip_zstd(struct place *place)
{
	bool has_checksum;
	uint8_t bytes[3];
	uint32_t block;

	if (!skip_zstd_header(place, &has_checksum))
		return false;
	do {
		if (!take(place, bytes, sizeof(bytes)))
			return false;
		block = get_le16(bytes) | (uint32_t)bytes[2] << 16;
		/* type 1: one byte, repeated */
		if (!skip(place, (block >> 1 & 3) == 1 ? 1 : block >> 3))
			return false;
	} while (!(block & 1));
	return skip(place, has_checksum ? 4 : 0);
}

/* Zeros end it, or fewer bytes than a size takes. */
static bool skip_lz4_legacy(struct place *place)
{
	uint8_t bytes[4];
	uint32_t size;

	while (take(place, bytes, sizeof(bytes))) {
		size = get_le32(bytes);
		if (!size) {
			place->position -= sizeof(bytes);
			return true;
		}
		if (size != LZ4_LEGACY_MAGIC && !skip(place, size))
			return false;
	}
	return true;
}

uint64_t frame_find_end(int fd, uint64_t begin, uint64_t end)
{
	struct place place = { fd, begin, end };
	bool is_found = false;
	uint8_t magic[4];

	if (!take(&place, magic, sizeof(magic)))
		return end;
	if (get_le32(magic) == ZSTD_MAGIC)
		is_found = skip_zstd(&place);
	else if (get_le32(magic) == LZ4_LEGACY_MAGIC)
		is_found = skip_lz4_legacy(&place);
	return is_found ? place.position : end;
}
