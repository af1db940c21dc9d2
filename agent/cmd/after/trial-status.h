/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report_trial;

/*
 * One line on the trial of this boot's claim as it is now, to be freed. NULL when nothing was to be
 * claimed, or without memory.
 */
char *trial_describe(const struct root *root, const struct report_trial *trial);
