/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "trial/trial.h"

struct report;

/* The boot as a small report. NULL: no memory. To be freed. */
struct report *blackbox_to_report(const struct trial_box *box);

/*
 * Files, among the reports of earlier boots, what is known of boots on trial that never filed one:
 * they hung, or went dark, and only their black box is left. Not of this boot, nor of one that
 * has a report. 0, also when there is no such store or nothing in it, or negative errno.
 */
int MUST_CHECK blackbox_file(const struct root *root);
/* The same of a record that was read; a test has its own folder. */
int MUST_CHECK blackbox_file_at(const struct root *root, const char *folder,
				const struct trial_record *record);
