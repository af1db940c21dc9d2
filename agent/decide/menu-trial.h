/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"
#include "model/model.h"

#define MENU_TRIAL_WORDS                                                                 \
	"what GRUB writes: ATTEMPT/LIMIT, spent/BOOTS, uncounted/BOOTS or confirmed/DIGEST"

/* Parses the value of vfio_claim.trial=. False: GRUB wrote no such thing. */
bool menu_trial_parse(struct span value, struct menu_trial *ret_trial);
bool menu_trial_equal(const struct menu_trial *a, const struct menu_trial *b);

/* Does the digest belong to this configuration's (65 characters)? */
bool menu_trial_is_of(const char *digest, const char *sha256);
