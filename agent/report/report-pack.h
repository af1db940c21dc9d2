/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

struct json_object;

/* The document's bytes, to be freed; NULL: no document, or no memory. */
char *document_pack(struct json_object *document, size_t *ret_size);
/* To be put. NULL: the bytes are not all of a packed document, or there is no memory. */
struct json_object *document_unpack(const char *bytes, size_t size);
