/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct json_object;

/* The worker's way of telling its parent how things stand; the last one told is the report. */
struct supervised {
	const struct root *root;
	int fd;
	int64_t started_ms;
	int64_t deadline_ms; /* for all work, on the clock of now_ms() */
	char *unheard;	     /* text of a report that nobody took: the parent is gone */
	bool is_unheard_final;
};

/*
 * Hands a report to the parent: it is what will be said if nothing more comes. `timeout_s` sets
 * the deadline from the start of the run.
 */
int MUST_CHECK supervised_tell(struct supervised *worker, struct json_object *report,
			       unsigned timeout_s, bool is_final);

typedef int supervised_work(struct supervised *worker, double started_at);

/*
 * Runs `work` in a child with a deadline and makes the final report, whatever becomes of the
 * child: a card that it left half claimed is given back. When the parent is killed the child
 * returns in its place. NULL: no memory. To be put.
 */
struct json_object *supervise(const struct root *root, supervised_work *work);
