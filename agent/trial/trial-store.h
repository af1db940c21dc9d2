/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "trial/trial.h"

#define TRIAL_VARIABLE "VfioClaimTrial"
/* The file exists while this boot is on trial: vfio-claim-confirm.service looks for it. */
#define TRIAL_FLAG "trial"

/* -ENOENT: there is no record. -EBADMSG: this version does not understand the record. */
int MUST_CHECK trial_read(const struct root *store, struct trial_record *ret_record);
/* The same from the mounted store; also fails as efivar_open() does. */
int MUST_CHECK trial_load(const struct root *root, struct trial_record *ret_record);
int MUST_CHECK trial_write(const struct root *store, const struct trial_record *record);
int MUST_CHECK trial_forget(const struct root *store);
