// SPDX-License-Identifier: GPL-2.0-or-later
/* Replaces the remedies of a report's findings. Never adds or removes a finding. */
#include "report/report-change.h"

#include "report/report-document.h"

void report_set_remedy(struct report *report, size_t i, const char *remedy)
{
	struct json_object *findings = document_member(report->document, "findings");
	struct json_object *finding = document_element(findings, i);

	document_add_string(finding, "remedy", remedy);
	report->findings.items[i].remedy = document_string(finding, "remedy");
}
