/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* 0, or -ENOMEM. The plan points into config and snapshot, which must outlive it. */
int MUST_CHECK plan_make(const struct config *config, const struct snapshot *snapshot,
			 struct plan *ret_plan);
