/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/* This boot's report in both forms, each whole or not at all. */
int MUST_CHECK report_write(const struct root *root, const struct report *report);

/*
 * NULL: *ret_error is -ENOENT when there is no file; *ret_problem says in static words why one
 * cannot be read. To be freed.
 */
struct report *report_read(const struct root *root, const char *path,
			   const char **ret_problem, int *ret_error);
