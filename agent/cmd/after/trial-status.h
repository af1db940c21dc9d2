/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

struct json_object;

/* Of the claim that this boot was about: TRIAL_KEY_SIZE bytes. False: the report names none. */
bool trial_key_of(const struct json_object *report, uint8_t *ret_key);

/*
 * One line on the trial of this boot's claim, to be freed: what the agent saw, and what has become
 * of it since. NULL when nothing was to be claimed (or no memory).
 */
char *trial_describe(const struct root *root, const struct json_object *report);
