/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/images.h"

/* Bytes on one file system that images are written to. */
struct room {
	const char *name; /* for people: of a volume, or of a file on it; lives as long as the images */
	bool is_of_file;
	uint64_t free, needed;
};

/* The first file system without the room that building these images takes. False: all have it, as far as known. */
bool room_find_lacking(const struct root *root, const struct boot_images *images,
		       struct room *ret_room);
