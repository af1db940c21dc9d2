/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/supervise.h"

/* One boot's work, run by supervise(): looks, decides, acts, reports. 0 or negative errno. */
int work_at_boot(struct supervised *worker, double started_at);

/* The report of looking and deciding alone, to be freed. NULL: the reason is in *ret_error. */
struct report *work_dry(const struct root *root, int *ret_error);
