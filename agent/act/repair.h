/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report;

/*
 * Reads back the drivers of the report's cards, releases or holds (by the report) each card that is
 * not wholly claimed, and settles the report on what it finds then. `worker` may end meanwhile.
 */
void repair(const struct root *root, struct report *report, pid_t worker,
	    int64_t deadline_ms);
