/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/address.h"

#define VF_MADE_FILE "vf-made"

/* What `vfio-claim vf` made of a physical function in this boot. */
struct vf_made_item {
	struct bdf physical;
	unsigned count;
	bool is_unfinished; /* a start has begun, and has not ended: it was killed, or is at work */
	unsigned autoprobe; /* before it began */
};

/* In the order in which they were made. */
struct vf_made {
	struct vf_made_item *items;
	size_t n, capacity;
};

/* A line that cannot be read is left out. 0 or negative errno; without a file nothing was made. */
int MUST_CHECK vf_made_read(const struct root *root, struct vf_made *ret_made);
void vf_made_done(struct vf_made *made);

struct vf_made_item *vf_made_find(const struct vf_made *made, const struct bdf *physical);

/* Each writes the file. 0 or negative errno. */
int MUST_CHECK vf_made_note(const struct root *root, struct vf_made *made,
			    const struct vf_made_item *item);
int MUST_CHECK vf_made_forget(const struct root *root, struct vf_made *made,
			      const struct bdf *physical);
