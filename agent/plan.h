/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* 0, or -ENOMEM. The plan points into config and snapshot, which must outlive it. */
int MUST_CHECK plan_make(const struct config *config, const struct snapshot *snapshot,
			 struct plan *ret_plan);

/* Does this member of a group keep a VM from having it, once the target is claimed? */
bool plan_is_blocking(const struct snapshot *snapshot, const struct plan *plan,
		      size_t member);

/* vfio-pci or one of its variants. */
bool is_vfio_driver(const char *driver);
