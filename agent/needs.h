/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* One function is needed for this use. 0 or -ENOMEM. */
int MUST_CHECK needs_mark_function(struct function *function, const char *use);

/*
 * Marks in the snapshot what these needs hang on; snapshot->needs_fact is FACT_KNOWN only if
 * every one of them was followed to functions that are here. 0 or -ENOMEM.
 */
int MUST_CHECK needs_mark(const struct host_needs *needs, struct snapshot *snapshot);
