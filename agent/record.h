/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "modules.h"

/* Beside the agent in the image; written when the image is built, never on the real root. */
#define RECORD_PATH "/usr/lib/vfio-claim/image-record"

/*
 * What the image was told of the system it was built on: when, and which modules of the whole
 * system would drive the functions that may be claimed (the image itself holds only some).
 */
struct record {
	char *text; /* NULL: no record, e.g. on the real root */
	char *built_at;
};

/* A missing record is no error: it is empty then. */
int MUST_CHECK record_read(const struct root *root, struct record *record);
void record_done(struct record *record);

int MUST_CHECK record_add_rivals(const struct record *record, struct modules *modules,
				 const char *modalias, struct strings *rivals);

/* Prints the record for an image of this kernel release to standard output. */
int MUST_CHECK record_print(const struct root *root, const char *release,
			    const struct config *config, const struct snapshot *snapshot);
