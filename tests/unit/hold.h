/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "unit.h"

/*
 * Plans the same under both policies: a refused card is held, whole, under on-failure = hold and
 * never under release; a card that is not there or not the one meant is never touched. Notes by
 * which codes it was refused. Needs plan.c.
 */
void check_release_and_hold(const struct config *config, const struct snapshot *machine);

/* Were these codes, and no others, seen to hold; and these never to? Each list ends in COUNT_. */
void check_held_codes(const enum finding_code *held, const enum finding_code *never);
