/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* The program finds the file that it is to read here. */
#define TOOL_INPUT "/proc/self/fd/3"

/*
 * Runs a program of this system, without a shell and with as few rights as can be, and takes its output into
 * memory, to be freed; a NUL follows it. -ENOPKG: there is no such program; -EPROTO: it failed; -EFBIG: more
 * than `most` bytes; -ETIMEDOUT: it had not ended at `deadline`, of clock_ms(), and was killed.
 */
int MUST_CHECK tool_run(const char *const *arguments, int input, int64_t deadline,
			size_t most, char **ret_text, size_t *ret_size);
