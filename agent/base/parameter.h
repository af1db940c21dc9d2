/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"

/* One word of the kernel command line or of a module's options. */
struct parameter {
	const char *text; /* as written, with its quotes */
	size_t size;
	const char *name; /* without quotes */
	size_t name_size;
	const char *value; /* NULL: no '=' */
	size_t value_size;
};

/* Parses the next word at *cursor as the kernel does. False: no more. */
bool parameter_next(const char **cursor, struct parameter *ret_parameter);

/* Compares the name; '-' and '_' are equal. */
bool parameter_is(const struct parameter *parameter, const char *name);

/* Is this "--"? The rest of the line is for init. */
bool parameter_is_end(const struct parameter *parameter);

/* The last parameter of this name, as the kernel takes it. Words after "--" are ignored. */
bool parameter_find(const char *cmdline, const char *name, struct parameter *ret_parameter);

/* The value of the last NAME=VALUE, words after "--" included: the scripts of boot images read them
 * too. */
bool parameter_find_value(const char *cmdline, const char *name, struct span *ret_value);

/* Does the value, a comma-separated list, contain exactly this module name? */
bool parameter_lists(const struct parameter *parameter, const char *module);

/* Removes `ids=` from vfio-pci's options, in place. True: there was one. */
bool options_drop_ids(char *options);
