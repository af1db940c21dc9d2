/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

struct aside; /* where the child writes */

/* In the child, which may change nothing outside. 0 or negative errno. */
typedef int aside_work(const struct aside *aside, void *data);
/* In this process, with each number that the child told. 0 or negative errno, which ends the work. */
typedef int aside_take(uint64_t number, void *data);

/*
 * Does the work in a child, because it may hang in the kernel beyond any signal, or meet damaged data.
 * -ETIMEDOUT: the child did not end in time, and is left behind; -EIO: it failed or crashed; otherwise
 * 0, or the first error of `take`.
 */
int MUST_CHECK aside_run(unsigned milliseconds, aside_work *work, aside_take *take,
			 void *data);
int MUST_CHECK aside_tell(const struct aside *aside, uint64_t number);
