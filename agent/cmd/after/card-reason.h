/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report/report-parse.h"

/* Is the finding about this card: about a function of it, or about its line? */
bool card_reason_is_own(const struct report_gpu *gpu, const struct report_finding *finding);

/*
 * The finding that says why the agent did not claim this card: one of its own, otherwise one about
 * the whole machine, never another card's. NULL: none.
 */
const struct report_finding *card_reason_find(const struct report *report,
					      const struct report_gpu *gpu);

/* The first error that `verify` has found about this card; NULL: none. */
const struct report_finding *card_reason_of_verify(const struct report *report,
						   const struct report_gpu *gpu);
