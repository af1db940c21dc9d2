/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "trial/trial.h"

struct report;

/* A small report of the boot, to be freed. NULL: no memory. */
struct report *blackbox_to_report(const struct trial_box *box);

/*
 * Files a report for each earlier boot on trial that filed none itself, because it hung or went
 * dark, and left only its black box. 0, also without a store or a record in it, or negative errno.
 */
int MUST_CHECK blackbox_file(const struct root *root);
/* The same for a record that has been read; a test has its own folder. */
int MUST_CHECK blackbox_file_at(const struct root *root, const char *folder,
				const struct trial_record *record);
