/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/after/history.h"
#include "cmd/cmd.h"

#include <stdio.h>

/*
 * The story of a boot as a page of HTML, with a picture of the machine if it is this boot. `before` is the
 * boot before it, or NULL. 0 or negative errno.
 */
int MUST_CHECK log_html(const struct cmd *cmd, const struct kept *kept,
			const struct kept *before, FILE *stream);
