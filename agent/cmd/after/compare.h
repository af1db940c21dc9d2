/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

struct report;

/* One line for each thing that differs between two boots' reports. 0 or -ENOMEM. */
int MUST_CHECK compare_reports(const struct report *before, const struct report *now,
			       struct strings *ret_changes);
