/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report/report-parse.h"

struct strings;

/*
 * What the agent did to this card, step by step, as far as the report proves it: from the drivers
 * before and after, and the results. 0 or -ENOMEM.
 */
int MUST_CHECK steps_of(const struct report *report, const struct report_gpu *gpu,
			struct strings *ret_steps);
