/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* One function is needed for this use. 0 or -ENOMEM. */
int MUST_CHECK needs_mark_function(struct function *function, const char *use);

/*
 * Marks in the snapshot what these needs hang on; snapshot->needs_fact is FACT_KNOWN only if
 * every one of them was followed to functions that are here. 0 or -ENOMEM.
 */
int MUST_CHECK needs_mark(const struct host_needs *needs, struct snapshot *snapshot);

/*
 * The parameters of a kernel command line that say, in addition to root=, what the host needs: the
 * networks that the image brings up, and what it resumes from. In their order, a blank between them;
 * to be freed. 0 or -ENOMEM.
 */
int MUST_CHECK needs_find_parameters(const char *cmdline, char **ret_words);
/* Are these the same in both? */
bool needs_are_parameters_equal(const char *a, const char *b);

/* The host's boot hangs on it; or may do so, where that is not known. */
bool is_needed_or_in_doubt(const struct snapshot *snapshot,
			   const struct function *function);
