/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/channel.h"

typedef int supervised_work(struct supervised *worker, double started_at);

/*
 * Runs `work` in a child with a deadline and makes the final report however the child ends, giving
 * back a card that it left half claimed. When the parent is killed, the child returns in its
 * place. To be freed. NULL: no memory.
 *
 * ret_exit_code not NULL: the work writes its final report itself, and tells so. Then there is no report,
 * but the program's exit code; otherwise it is -1.
 */
struct report *supervise(const struct root *root, supervised_work *work,
			 int *ret_exit_code);
