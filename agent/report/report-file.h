/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/* Writes this boot's report as JSON and as text, each file atomically. */
int MUST_CHECK report_write(const struct root *root, const struct report *report);

/*
 * Until the descriptor is closed no other verb changes this boot's report. Waits for a while; negative
 * errno if that was in vain, or below a sysroot.
 */
int MUST_CHECK report_lock(const struct root *root);

/*
 * To be freed. NULL: *ret_error is -ENOENT when there is no file; *ret_problem is a static string
 * that explains why a file cannot be read.
 */
struct report *report_read(const struct root *root, const char *path,
			   const char **ret_problem, int *ret_error);
