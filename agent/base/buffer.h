/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#include <stdio.h>

/* A text in memory, written through a stream. */
struct buffer {
	FILE *stream;
	char *text;
	size_t size;
};

/* 0 or -ENOMEM. */
int MUST_CHECK buffer_open(struct buffer *buffer);
/* Closes the stream. The text is to be freed; -ENOMEM when any of it is missing. */
int MUST_CHECK buffer_close(struct buffer *buffer, char **ret_text);
