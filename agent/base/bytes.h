/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads little-endian numbers out of raw bytes, which need not be aligned. */
#pragma once

#include <stdint.h>

static inline uint16_t get_le16(const void *bytes)
{
	const uint8_t *b = bytes;

	return b[0] | b[1] << 8;
}

static inline uint32_t get_le32(const void *bytes)
{
	const uint8_t *b = bytes;

	return get_le16(b) | (uint32_t)get_le16(b + 2) << 16;
}

static inline uint64_t get_le64(const void *bytes)
{
	const uint8_t *b = bytes;

	return get_le32(b) | (uint64_t)get_le32(b + 4) << 32;
}
