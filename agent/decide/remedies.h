/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Makes the texts and remedies of these findings fit the machine, where the plan's are general. */
void remedies_fit(const struct config *config, const struct snapshot *snapshot,
		  struct findings *findings);
