/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report/report-parse.h"

void report_set_duration(struct report *report, double duration_ms);
void report_set_trial(struct report *report, enum trial_standing state);
/* Takes ownership of `verified`. 0 or -ENOMEM. */
int MUST_CHECK report_set_verified(struct report *report, struct json_object *verified);

/* The member "verified", to be changed and then read again; NULL: none. */
struct json_object *report_verified_object(const struct report *report);

/* Appends a finding with severity "error". Never changes a result. */
void report_add_error(struct report *report, enum finding_code code, const char *subject,
		      const char *text, const char *remedy);

/* Of the i-th finding. */
void report_set_remedy(struct report *report, size_t i, const char *remedy);

/* Sets the driver that was read back and the result that follows from it. */
void report_set_driver(struct report_function *function, const char *driver);
/* Is every function of the card claimed? */
bool report_is_whole(const struct report_gpu *gpu);
/* Derives the results of the cards and of the report from those of the functions. */
void report_settle(struct report *report);
