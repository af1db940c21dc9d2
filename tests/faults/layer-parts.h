/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the parts of the layer. They define calls of the C library: definitions in a
 * program take precedence over the library's, for other libraries too.
 */
#pragma once

#include "layer.h"

#include <dlfcn.h>

extern enum role layer_role;
extern bool layer_is_inside; /* the layer's own calls are not the agent's */

/* Is this call the agent's? */
bool layer_is_ours(void);

/* The fault of this call; KIND_NONE almost always. */
enum kind layer_fault(enum op op, const char *path);

/* The kind of a descriptor. */
const char *layer_file_name(int fd);
void layer_name_file(int fd, const char *path);

/* The C library's. */
#define REAL(name)                                                                       \
	({                                                                               \
		static __typeof__(&name) real_;                                          \
		if (!real_)                                                              \
			real_ = (__typeof__(real_))dlsym(RTLD_NEXT, #name);              \
		real_;                                                                   \
	})
