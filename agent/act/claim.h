/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "act/channel.h"
#include "survey.h"

/*
 * Carries out the plan, judges again what could not be judged before, and asks vfio-pci for cards that
 * come later. `gives_back_late` as in struct live. 0 or negative errno.
 */
int MUST_CHECK claim_cards(struct supervised *worker, struct survey *survey,
			   bool gives_back_late, struct outcome *outcome);

/* An outcome in which each function has the driver that it had: no step may touch it. 0 or -ENOMEM. */
int MUST_CHECK claim_start_outcome(const struct survey *survey, struct outcome *outcome);

/* Asks vfio-pci for awaited cards, where no card is here to be claimed. */
void claim_await(struct supervised *worker, struct survey *survey);
