/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/images.h"

#include <stdio.h>

/* The progress of an image builder, followed by the lines that it prints. */
struct progress {
	FILE *stream;
	const char *mark; /* in the line with which it begins an image; NULL: unknown */
	const struct boot_images *images;
	bool is_among_lines; /* the builder's own lines are shown too */
	size_t n_begun;
	int64_t since_ms; /* when the builder, or its last image, was begun */
	bool is_open;	  /* the line of an image has not been ended */
};

void progress_take(struct progress *progress, const char *line, int64_t now_ms);
void progress_end(struct progress *progress, bool is_good, int64_t now_ms);
