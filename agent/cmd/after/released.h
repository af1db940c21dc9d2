/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report/report-parse.h"

/* Was the card given away as asked, by `vfio-claim release` on the running system? */
bool released_is(const struct report_gpu *gpu);

/* When, by what, and who has it; and how to take it again. Each to be freed; NULL: no memory. */
char *released_describe(const struct report *report, const struct report_gpu *gpu);
char *released_remedy(const struct report_gpu *gpu);
