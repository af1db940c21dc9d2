/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/execute.h"
#include "cmd/live/vf-state.h"

/* What changes the system, waits, or asks who uses a function; replaced in tests. */
struct vf_ops {
	struct execute_ops execute; /* all its writes have a deadline */
	/* Waits a moment for a driver. False: the time is up. */
	bool (*wait)(void *data);
	/* "process 'qemu' (1234)", to be freed; NULL: nobody. 0 or negative errno. */
	int (*find_users)(void *data, const struct bdf *address, char **ret_text);
	void *data;
};

enum vf_end {
	VF_NOTHING, /* all was right: nothing was written */
	VF_DONE,
	VF_REFUSED, /* a finding says why; nothing was changed, or all of it was undone */
	VF_FAILED,  /* the same; it was tried */
};

struct vf_result {
	enum vf_end end;
	char *text; /* for an event; NULL: no memory, or VF_NOTHING */
	struct findings findings;
};
void vf_result_done(struct vf_result *result);

/*
 * Makes the virtual functions that the line wants, and takes those for VMs; or undoes both. The line is
 * one of the view, and has a physical function. What is right already stays as it is, and so does everything that somebody uses.
 */
void vf_start(const struct root *root, const struct vf_view *view,
	      const struct vf_line *line, const struct vf_ops *ops,
	      struct vf_result *ret_result);
void vf_stop(const struct root *root, const struct vf_view *view,
	     const struct vf_line *line, const struct vf_ops *ops,
	     struct vf_result *ret_result);
/* What vf_stop() would do, as far as it can be seen; changes nothing. */
void vf_ask_stop(const struct root *root, const struct vf_view *view,
		 const struct vf_line *line, const struct vf_ops *ops,
		 struct vf_result *ret_result);
