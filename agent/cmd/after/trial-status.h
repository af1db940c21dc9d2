/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct report_trial;

/*
 * One line on the trial of this boot's claim, to be freed: what the agent saw, and what has become
 * of it since. NULL when nothing was to be claimed (or no memory).
 */
char *trial_describe(const struct root *root, const struct report_trial *trial);
