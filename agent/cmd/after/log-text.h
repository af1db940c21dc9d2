/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

struct cmd;
struct history;
struct kept;

/* `kept` has a report, and is one of the history. To standard output. 0 or -ENOMEM. */
int MUST_CHECK log_text_print(const struct cmd *cmd, const struct history *history,
			      const struct kept *kept);
