// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges a boot by its report, the configuration as it is now, and what was found. `verify` does so twice:
 * before and after it has opened the boot images. Pure.
 */
#include "cmd/after/verify-verdict.h"

#include "decide/config.h"
#include "report/report-parse.h"

/* The agent never adds this code itself. */
bool verify_has_run(const struct report *report)
{
	for (size_t i = 0; i < report->findings.n; i++)
		if (report->findings.items[i].code == FINDING_IMAGE_WITHOUT_AGENT)
			return false;
	return true;
}

static bool has_target(const struct report *report, const char *configured)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (streq(report->gpus[i].configured, configured))
			return true;
	return false;
}

static bool is_wanted(const struct config *config, const char *configured)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (streq(config->wanted[i].text, configured))
			return true;
	return false;
}

/* Does the file still name the cards that this boot was configured for? */
static bool is_same_cards(const struct config *config, const struct report *report)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		if (!has_target(report, config->wanted[i].text))
			return false;
	for (size_t i = 0; i < report->n_gpus; i++)
		if (!is_wanted(config, report->gpus[i].configured))
			return false;
	return true;
}

static bool has_this_config(const struct verify *verify, const struct report *report)
{
	/* A report that verify_make_report() has made has the digest of the file. */
	return verify_has_run(report) &&
	       streq(verify->config->sha256, report->config_sha256);
}

void verdict_add_config_finding(const struct verify *verify, const struct report *report,
				struct findings *findings)
{
	bool is_same = is_same_cards(verify->config, report);

	if (!verify_has_run(report) || has_this_config(verify, report))
		return;
	findings_add_as(findings,
			is_same || verify->is_renewed ? SEVERITY_WARNING : SEVERITY_ERROR,
			CONFIG_PATH, FINDING_IMAGE_STALE,
			verify->is_renewed ? REMEDY_REBOOT_ALONE : REMEDY_REBUILD,
			is_same ? TEXT_BOOTED_SAME_CARDS : TEXT_BOOTED_OTHER_CARDS);
}

/* Is each card claimed, or given away as asked? */
static bool is_released_at_most(const struct report *report)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (report->gpus[i].result != RESULT_CLAIMED &&
		    !is_given_away(report->gpus[i].result))
			return false;
	return report->n_gpus > 0;
}

enum verified verdict_judge(const struct verify *verify, const struct report *report,
			    const struct findings *findings)
{
	bool is_pending = verify->is_renewed && !has_this_config(verify, report);

	if (report->mode == MODE_OFF || report->mode == MODE_CHECK)
		return VERIFIED_OFF;
	if (findings_have_error(findings))
		return VERIFIED_NOT_AS_CONFIGURED;
	if (is_pending &&
	    (report->result != RESULT_CLAIMED || !is_same_cards(verify->config, report)))
		return VERIFIED_PENDING;
	if (report->result == RESULT_NOTHING_CONFIGURED)
		return VERIFIED_NOTHING_CONFIGURED;
	return report->result == RESULT_CLAIMED ? VERIFIED_AS_CONFIGURED :
	       is_released_at_most(report)	? VERIFIED_RELEASED :
						  VERIFIED_NOT_AS_CONFIGURED;
}
