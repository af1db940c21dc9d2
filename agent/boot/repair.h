/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/*
 * Reads the drivers of the claimed cards back and releases or holds, as the report says, each card that
 * is not whole; the report is settled on what is found then. `worker` may end meanwhile.
 */
void repair(const struct root *root, struct report *report, pid_t worker,
	    int64_t deadline_ms);
