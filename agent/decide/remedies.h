/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Makes the texts and remedies of these findings fit the machine, where the plan's are general. */
void remedies_fit(const struct config *config, const struct snapshot *snapshot,
		  struct findings *findings);

/*
 * Where setup builds no image: puts `way` in place of the words that run setup. NULL changes nothing, and
 * without memory a remedy stays as it is.
 */
void remedies_take_way(struct findings *findings, const char *way);
void remedy_take_way(char **remedy, const char *way);
