/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "boot/supervise.h"

/* One boot's work, run by supervise(): look, decide, do, tell. 0 or negative errno. */
int work_at_boot(struct supervised *worker, double started_at);

/* Look and decide only; the report of it. NULL: *ret_error says why. To be freed. */
struct report *work_dry(const struct root *root, int *ret_error);
