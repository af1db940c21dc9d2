/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/live/live.h"

/*
 * Undoes the virtual functions that were made of the order's functions, or of all if it names none, and
 * takes these functions out of the order: they stay with the host's driver anyway. `report` as for
 * vf_live_work(). 0, or an exit code after messages.
 */
int vf_release(struct live_order *order, struct report *report, size_t *ret_n);
