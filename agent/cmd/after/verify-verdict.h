/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/after/verify.h"
#include "model/finding.h"

/* Did the agent run in this boot? Otherwise verify_make_report() has made the report. */
bool verify_has_run(const struct report *report);

/* One finding if this boot used another configuration than the file holds now. */
void verdict_add_config_finding(const struct verify *verify, const struct report *report,
				struct findings *findings);

enum verified verdict_judge(const struct verify *verify, const struct report *report,
			    const struct findings *findings);
