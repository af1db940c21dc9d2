/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * Brings what is remembered of cards (`remembered`) together with what is here and what the
 * configuration means, as snapshot->known: a card that is not here is not forgotten, unless a line
 * was written since that means another one. 0 or -ENOMEM.
 */
int MUST_CHECK known_merge(const struct known_cards *remembered,
			   const struct config *config, struct snapshot *snapshot);

/* Takes out all cards of the kinds that these lines mean: somebody has chosen among them now. */
void known_forget(struct known_cards *known, const struct config *config);
