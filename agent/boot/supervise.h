/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "boot/channel.h"

typedef int supervised_work(struct supervised *worker, double started_at);

/*
 * Runs `work` in a child with a deadline and makes the final report, whatever becomes of the
 * child: a card that it left half claimed is given back. When the parent is killed the child
 * returns in its place. NULL: no memory. To be freed.
 */
struct report *supervise(const struct root *root, supervised_work *work);
