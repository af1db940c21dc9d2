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
 * fuzz-root.c in place of root.c: each file, link and folder that is read is a part of the
 * input, ended by a byte 0x1e. A read takes the part that begins with 0x1f, its path and 0x1f,
 * or else the next part without a path. An empty part is missing, one that begins with 0x1d is
 * unreadable; a folder's names are separated by line breaks.
 */
struct root;
struct root fuzz_root(const uint8_t *data, size_t size);
