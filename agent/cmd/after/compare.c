// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists the differences between two boots' reports. Pure; either report may lack any member. */
#include "cmd/after/compare.h"

#include "report/report-parse.h"

#include <stdarg.h>
#include <stdio.h>

struct comparison {
	const struct report *before, *now;
	struct strings *changes;
	int error;
};

static void PRINTF_LIKE(2, 3) say(struct comparison *comparison, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	if (!text)
		comparison->error = -ENOMEM;
	else if (comparison->error == 0)
		comparison->error = strings_add(comparison->changes, text);
}

static const char *or_none(const char *text)
{
	return *text ? text : "none";
}

/* "WHAT: NOW, was BEFORE". */
static void compare_texts(struct comparison *comparison, const char *old, const char *new,
			  const char *what)
{
	if (!streq(old, new))
		say(comparison, "%s: %s, was %s", what, or_none(new), or_none(old));
}

static void compare_machine(struct comparison *comparison)
{
	const struct report *before = comparison->before, *now = comparison->now;

	compare_texts(comparison, before->result_word, now->result_word, "result");
	/* An unverified boot is no change of the machine. */
	if (before->verified.is_there && now->verified.is_there)
		compare_texts(comparison, before->verified.result_word,
			      now->verified.result_word, "verified");
	compare_texts(comparison, before->mode_word, now->mode_word, "mode");
	compare_texts(comparison, before->kernel, now->kernel, "kernel");
	compare_texts(comparison, before->program, now->program, "program");
	compare_texts(comparison, before->image_built_at, now->image_built_at,
		      "image built");
	compare_texts(comparison, before->iommu.kind, now->iommu.kind, "IOMMU");
	compare_texts(comparison, before->iommu.dma_remapping, now->iommu.dma_remapping,
		      "DMA remapping");
	compare_texts(comparison, before->iommu.interrupt_remapping,
		      now->iommu.interrupt_remapping, "interrupt remapping");
	compare_texts(comparison, before->iommu.firmware, now->iommu.firmware,
		      "IOMMU in the firmware");
	compare_texts(comparison, before->lockdown, now->lockdown, "kernel lockdown");
	if (!streq(before->config_sha256, now->config_sha256))
		say(comparison, "the configuration has changed");
}

/* Functions and groups ------------------------------------------------------------------------- */

/* The other boot's function with the same function number, as the card may have moved. */
static const struct report_function *find_function(const struct report_gpu *gpu,
						   const char *address)
{
	const char *number = strrchr(address, '.');

	for (size_t i = 0; number && i < gpu->functions.n; i++) {
		const struct report_function *function = &gpu->functions.items[i];
		const char *other = strrchr(function->address, '.');

		if (other && streq(other, number))
			return function;
	}
	return NULL;
}

static void compare_function(struct comparison *comparison,
			     const struct report_function *before,
			     const struct report_function *now)
{
	char what[64];

	snprintf(what, sizeof(what), "%s: id", now->address);
	compare_texts(comparison, before->id, now->id, what);
	snprintf(what, sizeof(what), "%s: driver", now->address);
	compare_texts(comparison, before->driver, now->driver, what);
	snprintf(what, sizeof(what), "%s: driver before the agent", now->address);
	compare_texts(comparison, before->driver_before, now->driver_before, what);
}

static void compare_functions(struct comparison *comparison,
			      const struct report_gpu *before, const struct report_gpu *now)
{
	for (size_t i = 0; i < now->functions.n; i++) {
		const struct report_function *function = &now->functions.items[i];
		const struct report_function *old =
			find_function(before, function->address);

		if (old)
			compare_function(comparison, old, function);
		else
			say(comparison, "%s: the function is new (%s)", function->address,
			    function->id);
	}
	for (size_t i = 0; i < before->functions.n; i++) {
		const struct report_function *function = &before->functions.items[i];

		if (!find_function(now, function->address))
			say(comparison, "%s: the function is gone (%s)",
			    function->address, function->id);
	}
}

static bool has_address(const struct report_functions *functions, const char *address)
{
	for (size_t i = 0; i < functions->n; i++)
		if (streq(functions->items[i].address, address))
			return true;
	return false;
}

static bool has_member(const struct report_gpu *gpu, const char *address)
{
	for (size_t i = 0; i < gpu->n_groups; i++)
		if (has_address(&gpu->groups[i].members, address))
			return true;
	return false;
}

/* Members of `gpu`'s groups that no group of `other` has, without its own functions. */
static void say_members(struct comparison *comparison, const struct report_gpu *gpu,
			const struct report_gpu *other, const char *card, const char *verb)
{
	for (size_t i = 0; i < gpu->n_groups; i++) {
		const struct report_functions *members = &gpu->groups[i].members;

		for (size_t k = 0; k < members->n; k++) {
			const struct report_function *member = &members->items[k];

			if (!has_member(other, member->address) &&
			    !has_address(&gpu->functions, member->address))
				say(comparison, "%s: %s (%s) %s its IOMMU group", card,
				    member->address, member->id, verb);
		}
	}
}

/* Cards --------------------------------------------------------------------------------------- */

static const struct report_gpu *find_card(const struct report *report,
					  const char *configured)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (streq(report->gpus[i].configured, configured))
			return &report->gpus[i];
	return NULL;
}

static void compare_card(struct comparison *comparison, const struct report_gpu *before,
			 const struct report_gpu *now)
{
	const char *old = before->address, *address = now->address;
	const char *card = *address ? address : now->configured;
	char what[128];

	if (*old && *address && !streq(old, address))
		say(comparison, "%s: the card moved here from %s", address, old);
	else if (*old && !*address)
		say(comparison, "%s: the card is gone", old);
	else if (!*old && *address)
		say(comparison, "%s: the card is back", address);
	snprintf(what, sizeof(what), "%s: result", card);
	compare_texts(comparison, before->result_word, now->result_word, what);
	/* A boot without functions or groups did not know them. */
	if (before->functions.n && now->functions.n)
		compare_functions(comparison, before, now);
	if (before->n_groups && now->n_groups) {
		say_members(comparison, now, before, card, "joined");
		say_members(comparison, before, now, card, "left");
	}
}

static void compare_cards(struct comparison *comparison)
{
	const struct report *before = comparison->before, *now = comparison->now;

	for (size_t i = 0; i < now->n_gpus; i++) {
		const struct report_gpu *gpu = &now->gpus[i];
		const struct report_gpu *old = find_card(before, gpu->configured);

		if (old)
			compare_card(comparison, old, gpu);
		else
			say(comparison, "'%s' is configured now", gpu->configured);
	}
	for (size_t i = 0; i < before->n_gpus; i++)
		if (!find_card(now, before->gpus[i].configured))
			say(comparison, "'%s' is no longer configured",
			    before->gpus[i].configured);
}

/* Findings ------------------------------------------------------------------------------------- */

static bool has_finding(const struct report_findings *findings,
			const struct report_finding *finding)
{
	for (size_t i = 0; i < findings->n; i++)
		if (streq(findings->items[i].code_word, finding->code_word) &&
		    streq(findings->items[i].subject, finding->subject))
			return true;
	return false;
}

static void say_findings(struct comparison *comparison, const struct report_findings *of,
			 const struct report_findings *other, const char *word)
{
	for (size_t i = 0; i < of->n; i++) {
		const struct report_finding *finding = &of->items[i];

		if (!has_finding(other, finding))
			say(comparison, "%s: %s %s%s%s", word, finding->severity_word,
			    finding->code_word, *finding->subject ? " " : "",
			    finding->subject);
	}
}

int compare_reports(const struct report *before, const struct report *now,
		    struct strings *ret_changes)
{
	struct strings changes = {};
	struct comparison comparison = { before, now, &changes, 0 };

	compare_machine(&comparison);
	compare_cards(&comparison);
	say_findings(&comparison, &now->findings, &before->findings, "new");
	say_findings(&comparison, &before->findings, &now->findings, "gone");
	if (comparison.error < 0) {
		strings_done(&changes);
		return comparison.error;
	}
	*ret_changes = changes;
	return 0;
}
