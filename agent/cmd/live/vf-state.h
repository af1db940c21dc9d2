/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/vf.h"
#include "survey.h"

/* The `vf =` lines, and the machine that they are about. */
struct vf_view {
	struct survey survey; /* its configuration is the file's, with the command line */
	struct vf_lines lines;
	struct findings findings; /* about the lines */
};

/* Reads the configuration, and the machine if there is a `vf =` line. 0 or negative errno. */
int MUST_CHECK vf_view_read(const struct root *root, struct vf_view *ret_view);
void vf_view_done(struct vf_view *view);

struct vf_function {
	struct bdf address;
	unsigned number; /* from 1 */
	char *driver;	 /* NULL: none */
	bool is_taken;	 /* by its line */
};

/* The virtual functions of a line's physical function now. */
struct vf_state {
	char *driver;	/* of the physical function; NULL: none */
	unsigned total; /* as many as it can have; 0: it has no SR-IOV */
	unsigned count;
	struct vf_function *items;
	size_t n, capacity;
};

/* 0 or negative errno. */
int MUST_CHECK vf_state_read(const struct root *root, const struct vf_line *line,
			     struct vf_state *ret_state);
void vf_state_done(struct vf_state *state);

/* Adds a finding if not. */
bool vf_can_have_so_many(const struct vf_line *line, const struct vf_state *state,
			 struct findings *findings);
/* Adds what is not as the line wants it. */
void vf_state_judge(const struct vf_line *line, const struct vf_state *state,
		    struct findings *findings);

/* Reads and judges all lines, for `verify`. 0 or negative errno. */
int MUST_CHECK vf_verify(const struct root *root, struct findings *findings);
/* Only what will be wrong in the next boot too, for `check`. */
int MUST_CHECK vf_check(const struct root *root, struct findings *findings);
