/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"

/* One word of the kernel command line, or of a module's options. */
struct parameter {
	const char *text; /* as written, with its quotes */
	size_t size;
	const char *name; /* without quotes */
	size_t name_size;
	const char *value; /* NULL: there is no '=' */
	size_t value_size;
};

/* The next word at *cursor, taken apart as the kernel does it. False: no more. */
bool parameter_next(const char **cursor, struct parameter *ret_parameter);

/* Is the name this one? '-' and '_' are the same. */
bool parameter_is(const struct parameter *parameter, const char *name);

/* Is this "--"? What follows is for init. */
bool parameter_is_end(const struct parameter *parameter);

/*
 * The last parameter of this name on a kernel command line, which is the one that the kernel
 * keeps. What follows "--" is for init and not looked at.
 */
bool parameter_find(const char *cmdline, const char *name, struct parameter *ret_parameter);

/* Does the value, a comma-separated list, contain exactly this name? */
bool parameter_lists(const struct parameter *parameter, const char *module);

/* Removes `ids=` from the options of vfio-pci, in place. True: there was one. */
bool options_drop_ids(char *options);
