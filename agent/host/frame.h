/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/*
 * Where the compressed data that begins at `begin` ends, for the formats in which libarchive takes anything
 * that follows for damage: one zstd frame, as the kernel unpacks it, or old lz4. Else, and where the data
 * is damaged, `end`.
 */
uint64_t frame_find_end(int fd, uint64_t begin, uint64_t end);
