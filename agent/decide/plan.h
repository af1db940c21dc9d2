/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* The policy for the i-th function of a target that is not claimed. Only the card's own functions
 * are ever held, and not if the host needs or may need them. */
enum on_failure plan_policy(const struct config *config, const struct target *target,
			    size_t i);

/* 0, or -ENOMEM. The plan points into config and snapshot, which must outlive it. */
int MUST_CHECK plan_make(const struct config *config, const struct snapshot *snapshot,
			 struct plan *ret_plan);
