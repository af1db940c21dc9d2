/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "report/report-parse.h"

/* Did the boot come to the end that was configured? */
bool keep_is_good(const struct report *report);

/* Writes the report's files and its lines in the kernel log; what cannot be written is a line too. Returns
 * the agent's exit code. */
int keep_report(const struct root *root, const struct report *report);
