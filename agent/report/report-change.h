/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report/report-parse.h"

void report_set_duration(struct report *report, double duration_ms);
void report_set_trial(struct report *report, enum trial_standing state);
/* Takes `verified` over. 0 or -ENOMEM. */
int MUST_CHECK report_set_verified(struct report *report, struct json_object *verified);

/* Appends a finding with severity "error". The results stay as they are. */
void report_add_error(struct report *report, enum finding_code code, const char *subject,
		      const char *text, const char *remedy);

/* Sets the driver that was read back, and the function's result. */
void report_set_driver(struct report_function *function, const char *driver);
/* Sets the results of the cards and of the report from those of the functions. */
void report_settle(struct report *report);
