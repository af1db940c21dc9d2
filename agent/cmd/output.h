/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <stdio.h>

/* The option --output of a verb: the file, or standard output for NULL. 0 or negative errno. */
int MUST_CHECK output_open(const char *path, FILE **ret_stream);
/* Flushes; an error means that the output is not whole. */
int MUST_CHECK output_close(const char *path, FILE *stream);
