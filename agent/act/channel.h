/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/clock.h"
#include "base/root.h"

struct json_object;

/* The worker's share of `timeout`; the rest is reserved for giving a half-claimed card back. */
int64_t channel_work_ms(unsigned timeout_s);

/* The worker's end. The last report that the parent received is the report of the boot. */
struct supervised {
	const struct root *root;
	int fd;
	double begun; /* seconds of CLOCK_MONOTONIC */
	int64_t started_ms;
	int64_t deadline_ms; /* for all work, on the clock of clock_ms() */
	char *unheard; /* a packed report that found no reader: the parent is gone */
	size_t unheard_size;
	bool is_unheard_final;
};

/*
 * Hands a report to the parent, which keeps the last one. `timeout_s` sets the deadline from the
 * start of the run. report NULL: there was no memory for it. 0 or negative errno.
 */
int MUST_CHECK supervised_tell(struct supervised *worker, struct json_object *report,
			       unsigned timeout_s, bool is_final);

/* Tells the parent that the worker itself has written the final report, and the program's exit code. */
void supervised_tell_kept(struct supervised *worker, int exit_code);

/* The parent's end. */
struct channel {
	int fd;
	unsigned timeout_s; /* of the last whole frame */
	char *buffer;	    /* bytes received and not yet a whole frame */
	size_t used, capacity;
	char *last; /* the packed report of the last whole frame */
	size_t last_size;
	bool has_final;
	bool is_kept;  /* the worker has written the final report */
	int exit_code; /* for the program, when it is kept */
};

/* Reads once. 1: read some bytes, or try again; 0: the other end is closed; negative errno. */
int MUST_CHECK channel_receive(struct channel *channel);
void channel_done(struct channel *channel);
