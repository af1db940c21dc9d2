/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/live/vf.h"

/* Of one physical function, when it is done. */
struct vf_teller {
	void (*tell)(void *data, const struct bdf *physical,
		     const struct vf_result *result);
	void *data;
};

/* Starts each line of the view, and remembers what was made. 0; 1: one at least is not as configured. */
int vf_start_all(const struct root *root, const struct vf_view *view,
		 const struct vf_ops *ops, const struct vf_teller *teller);

/* What to undo: all that was made, or a part. */
struct vf_undo {
	bool is_unfinished_only;    /* what a start that was killed has left */
	const struct bdf *physical; /* of this function alone; NULL: of all */
	bool is_dry_run;	    /* ask whether it can be done, and change nothing */
};

/*
 * Undoes what was made in this boot, the last first, also where no line names it any more. 0; 1: one at
 * least stays.
 */
int vf_undo_all(const struct root *root, const struct vf_view *view,
		const struct vf_ops *ops, const struct vf_undo *undo,
		const struct vf_teller *teller);
