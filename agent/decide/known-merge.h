/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * Merges the remembered cards with those that are here and those that the configuration means, into
 * snapshot->known. An absent card stays, unless a later line means another one. 0 or -ENOMEM.
 */
int MUST_CHECK known_merge(const struct known_cards *remembered,
			   const struct config *config, struct snapshot *snapshot);

/* Removes all cards of the kinds that these lines mean: the user has chosen among them now. */
void known_forget(struct known_cards *known, const struct config *config);
