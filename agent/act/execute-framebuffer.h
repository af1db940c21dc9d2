/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/execute.h"

/* Both return 0 or negative errno. A failed release leaves the console as it was, except after
 * -ETIMEDOUT: the driver is stuck. */
int MUST_CHECK framebuffer_release(const struct snapshot *snapshot,
				   const struct execute_ops *ops);
int MUST_CHECK framebuffer_return(const struct snapshot *snapshot,
				  const struct execute_ops *ops);
