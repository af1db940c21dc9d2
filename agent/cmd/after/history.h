/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

#include <time.h>

struct report;

#define HISTORY_FOLDER "/var/log/vfio-claim"
#define HISTORY_MOST 50
#define HISTORY_SHORT_ID 8 /* characters of a boot id, enough to tell boots apart */

/* One boot's report. */
struct kept {
	char *path;
	char *boot_id;	       /* NULL: not known from the name */
	time_t started;	       /* of the kernel; -1: not known */
	struct report *report; /* NULL: unreadable */
	const char *problem;   /* why it is unreadable */
	int offset;	       /* 0: this boot, -1: the one before ... */
};

struct history {
	struct kept *items; /* the newest first */
	size_t n, capacity;
};

/* All kept reports, and this boot's. 0 or negative errno; no folder is no error. */
int MUST_CHECK history_read(const struct root *root, struct history *ret_history);
void history_done(struct history *history);

/* "0", "-1", or a boot id or its beginning, with or without dashes. NULL: no such boot. */
struct kept *history_find(const struct history *history, const char *boot);

/*
 * Files this boot's report in place of an earlier one of the same boot, and removes the oldest
 * reports beyond HISTORY_MOST. *ret_path is the path of the file, to be freed.
 */
int MUST_CHECK history_file(const struct root *root, const struct report *report,
			    char **ret_path);
/* The same; a test has its own folder and time. */
int MUST_CHECK history_file_at(const struct root *root, const char *folder, time_t started,
			       const struct report *report, char **ret_path);
