/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Writes one line to the kernel log. Ignores failures: the report has the same. */
void log_kernel(const struct root *root, enum severity severity, const char *format, ...)
	PRINTF_LIKE(3, 4);
