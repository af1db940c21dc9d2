/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#define APART_NOTE_SIZE 512

enum apart_end {
	APART_IS_CHILD, /* in the child, which carries on */
	APART_ENDED,	/* the child has exited, with apart->code */
	APART_CRASHED,	/* by the signal apart->code */
	APART_LATE, /* the child was still at work after all of the time, and was killed */
	APART_FAILED, /* there is no child, by the errno apart->code */
};

struct apart {
	int code;
	char *note; /* APART_NOTE_SIZE bytes that both processes see; NULL: no memory */
};

/*
 * Continues the program in a child, so that this process outlives what the child may run into. Returns
 * in both processes: here once the child has ended, or after so many seconds. A child that hangs in
 * the kernel is left behind.
 */
enum apart_end apart_run(unsigned seconds, struct apart *ret_apart);
void apart_done(struct apart *apart);
/* Leaves a text for the other process. */
void apart_note(const struct apart *apart, const char *text);
