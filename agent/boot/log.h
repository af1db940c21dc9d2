/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* One line to the kernel log; what cannot be written is in the report all the same. */
void log_kernel(const struct root *root, enum severity severity, const char *format, ...)
	PRINTF_LIKE(3, 4);
