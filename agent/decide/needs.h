/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Marks one function as needed for this use. 0 or -ENOMEM. */
int MUST_CHECK needs_mark_function(struct function *function, const char *use);

/*
 * Marks the functions of these needs in the snapshot. snapshot->needs_fact is FACT_KNOWN only if
 * every need was followed to functions that are here. 0 or -ENOMEM.
 */
int MUST_CHECK needs_mark(const struct host_needs *needs, struct snapshot *snapshot);

/*
 * Finds the parameters of a kernel command line that name needs in addition to root=: the networks
 * that the image brings up, and the resume device. In their order, separated by blanks; the caller
 * frees them. 0 or -ENOMEM.
 */
int MUST_CHECK needs_find_parameters(const char *cmdline, char **ret_words);
/* Do both command lines have the same ones? */
bool needs_are_parameters_equal(const char *a, const char *b);

/* The host needs this function to boot, or may need it because its needs are not known. */
bool is_needed_or_in_doubt(const struct snapshot *snapshot,
			   const struct function *function);
