/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct json_object;

/* This boot's report in both forms, each whole or not at all. */
int MUST_CHECK report_write(const struct root *root, struct json_object *report);

/*
 * NULL when there is none (*ret_error is -ENOENT), or none that can be read: *ret_problem then
 * says why, in words that need not be freed. To be put.
 */
struct json_object *report_read(const struct root *root, const char *path,
				const char **ret_problem, int *ret_error);
