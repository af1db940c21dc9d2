/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the layer share. They define the calls under their own names: what is linked
 * into a program comes before the C library, for the libraries too.
 */
#pragma once

#include "layer.h"

#include <dlfcn.h>

extern enum role layer_role;
extern bool layer_is_inside; /* the layer's own calls are not the agent's */

/* Is this call the agent's? */
bool layer_is_ours(void);

/* What is to go wrong with this call; KIND_NONE almost always. */
enum kind layer_fault(enum op op, const char *path);

/* What a descriptor is. */
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
