/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report/report-parse.h"

/* Of a card that `vfio-claim release` gave away: when, by what, and who has it; and how to take it again. Each to be freed; NULL: no memory. */
char *released_describe(const struct report *report, const struct report_gpu *gpu);
char *released_remedy(const struct report_gpu *gpu);
