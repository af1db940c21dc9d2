// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers questions about one function that need nothing but what was read of it. Pure: no I/O,
 * no clock, no environment.
 */
#include "function.h"

bool is_vfio_driver(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

bool is_display(const struct function *function)
{
	return CLASS_BASE(function->class) == BASE_DISPLAY;
}

/* The kernel goes by the header: an ISA bridge (0601) is an endpoint to it. */
bool is_bridge(const struct function *function)
{
	if (function->caps.header_fact == FACT_KNOWN)
		return function->caps.header_type != 0;
	return function->class >> 8 == 0x0604 || function->class >> 8 == 0x0609;
}
