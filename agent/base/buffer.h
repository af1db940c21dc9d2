/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <stdio.h>

/* A text in memory that is written as a stream. */
struct buffer {
	FILE *stream;
	char *text;
	size_t size;
};

/* 0 or -ENOMEM. */
int MUST_CHECK buffer_open(struct buffer *buffer);
/* Ends the stream and gives all that was written, to be freed. -ENOMEM when any of it is missing. */
int MUST_CHECK buffer_close(struct buffer *buffer, char **ret_text);
