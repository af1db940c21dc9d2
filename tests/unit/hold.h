/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "unit.h"

/*
 * Plans one machine under both policies. on-failure = hold holds a refused card whole; release
 * never holds. A card that is absent or not the configured one is never touched. Records the
 * codes of the refusals.
 */
void check_release_and_hold(const struct config *config, const struct snapshot *machine);

/*
 * Fails unless exactly `held` were seen to hold and exactly `never` to leave the card alone.
 * Each list ends in COUNT_.
 */
void check_held_codes(const enum finding_code *held, const enum finding_code *never);
