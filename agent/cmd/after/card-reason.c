// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds out which of a report's findings explains what became of a card. Pure. */
#include "cmd/after/card-reason.h"

#include "decide/identity.h"

static bool is_named(const struct report_gpu *gpu, const char *address)
{
	struct identity identity;
	struct bdf bdf;

	if (streq(gpu->address, address) || report_gpu_has(gpu, address))
		return true;
	/* The card in the place of the one meant is no function of the latter. */
	return !*gpu->address && bdf_parse(address, &bdf) &&
	       !identity_parse(gpu->configured, strlen(gpu->configured), &identity) &&
	       identity.has_address && !bdf_compare(&identity.address, &bdf);
}

/* The subject of a card that is not found is the line, which the report does not number. */
static bool quotes(const char *text, const char *configured)
{
	_cleanup_free_ char *quoted = text_format("'%s'", configured);

	return quoted && *configured && strstr(text, quoted);
}

bool card_reason_is_own(const struct report_gpu *gpu, const struct report_finding *finding)
{
	return (*finding->subject && is_named(gpu, finding->subject)) ||
	       quotes(finding->text, gpu->configured);
}

static bool is_of_a_card(const struct report *report, const struct report_finding *finding)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (card_reason_is_own(&report->gpus[i], finding))
			return true;
	return false;
}

static bool is_reason(const struct report_finding *finding)
{
	return finding->severity == SEVERITY_ERROR || finding->code == FINDING_MODE_OFF ||
	       finding->code == FINDING_CRASH_KERNEL;
}

const struct report_finding *card_reason_find(const struct report *report,
					      const struct report_gpu *gpu)
{
	const struct report_findings *findings = &report->findings;
	const struct report_finding *common = NULL;

	for (size_t i = 0; i < findings->n; i++) {
		const struct report_finding *finding = &findings->items[i];

		if (!is_reason(finding))
			continue;
		if (card_reason_is_own(gpu, finding))
			return finding;
		if (!common && !is_of_a_card(report, finding))
			common = finding;
	}
	return common;
}

const struct report_finding *card_reason_of_verify(const struct report *report,
						   const struct report_gpu *gpu)
{
	const struct report_findings *findings = &report->verified.findings;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    card_reason_is_own(gpu, &findings->items[i]))
			return &findings->items[i];
	return NULL;
}
