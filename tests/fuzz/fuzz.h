/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition))                                                        \
			abort();                                                         \
	} while (0)

/*
 * fuzz-root.c in place of root.c: every file, link and folder that is read is a part of the input,
 * up to a byte 0x1e: the one that begins with 0x1f, its path and 0x1f; or, where none does, the
 * next that has no path. An empty part is not there, one that begins with 0x1d cannot be read; a
 * folder's names are separated by line breaks.
 */
struct root;
struct root fuzz_root(const uint8_t *data, size_t size);
