// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim check`: judges the cards as the agent will at the next boot, and prints findings and
 * remedies. Touches nothing.
 */
#include "cmd/check.h"

#include "cmd/cmd.h"
#include "model/function.h"
#include "report/report-parse.h"

#include <stdio.h>

/* For people ------------------------------------------------------------------------------- */

static const char *mark(const struct check *check, enum severity severity)
{
	static const char *const plain[] = { "PASS", "WARN", "FAIL" };
	static const char *const coloured[] = { "\033[32mPASS\033[0m",
						"\033[33mWARN\033[0m",
						"\033[1;31mFAIL\033[0m" };

	return check->cmd->page.has_colour ? coloured[severity] : plain[severity];
}

static void print_iommu(const struct check *check, const struct report_iommu *iommu)
{
	if (iommu->is_dma_remapped)
		printf("%s  DMA remapping is on (%s)\n", mark(check, SEVERITY_INFO),
		       iommu->kind);
	if (iommu->is_interrupt_remapped)
		printf("%s  interrupt remapping is on\n", mark(check, SEVERITY_INFO));
	for (size_t i = 0; i < iommu->evidence.n; i++)
		printf("        evidence: %s\n", iommu->evidence.items[i]);
}

static void print_function(const struct report_function *function)
{
	printf("        %s %s class %.6s, driver now %s", function->address, function->id,
	       function->class, *function->driver ? function->driver : "none");
	if (function->group == GROUP_NONE)
		printf(", no group\n");
	else
		printf(", group %d\n", function->group);
}

static void print_gpu(const struct check *check, const struct report_gpu *gpu)
{
	bool is_good = gpu->result == RESULT_CLAIMABLE;

	printf("%s  %s: %s (configured: %s)\n",
	       mark(check, is_good ? SEVERITY_INFO : SEVERITY_ERROR),
	       *gpu->address ? gpu->address : "not found", gpu->result_word,
	       gpu->configured);
	for (size_t i = 0; i < gpu->functions.n; i++)
		print_function(&gpu->functions.items[i]);
	for (size_t i = 0; i < gpu->n_groups; i++)
		if (gpu->groups[i].is_isolated)
			printf("%s  group %d holds nothing that the host would drive\n",
			       mark(check, SEVERITY_INFO), gpu->groups[i].number);
}

/* An informative finding is not a test that was passed. */
static const char *finding_mark(const struct check *check, const struct finding *finding)
{
	return finding->severity == SEVERITY_INFO ? "INFO" : mark(check, finding->severity);
}

static void print_finding(const struct check *check, const struct finding *finding)
{
	printf("%s  %s%s%s: %s\n", finding_mark(check, finding),
	       finding_name(finding->code), finding->subject ? " " : "",
	       finding->subject ? finding->subject : "", finding->text);
	if (finding->remedy)
		printf("        remedy: %s\n", finding->remedy);
}

/* Either the informative findings or the warnings and errors. */
static void print_findings(const struct check *check, bool wants_info)
{
	const struct findings *all[] = {
		&check->survey.config.findings,
		&check->survey.snapshot.findings,
		&check->survey.plan.findings,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t k = 0; k < all[i]->n; k++)
			if ((all[i]->items[k].severity == SEVERITY_INFO) == wants_info)
				print_finding(check, &all[i]->items[k]);
}

static void print_steps(struct check *check)
{
	static const char *const words[] = {
		[STEP_OVERRIDE] = "set driver_override of",
		[STEP_LOAD] = "load module",
		[STEP_UNBIND] = "unbind the driver of",
		[STEP_PROBE] = "bind and read back",
		[STEP_RELEASE_FRAMEBUFFER] = "release the firmware's framebuffer on",
		[STEP_RESCAN] = "remove and rescan",
		[STEP_HOLD] = "keep every driver from",
	};
	struct survey *survey = &check->survey;

	survey->config.mode = MODE_CLAIM; /* to have the steps planned */
	if (survey_decide(survey) < 0 || !survey->plan.n_steps)
		return;
	printf("\nAt the next boot the agent would:\n");
	for (size_t i = 0; i < survey->plan.n_steps; i++) {
		const struct step *step = &survey->plan.steps[i];
		char address[PCI_ADDRESS_SIZE];

		printf("  %s %s\n", words[step->action],
		       step->action == STEP_LOAD ?
			       step->module :
			       bdf_format(&survey->snapshot.functions[step->function].address,
					  address));
	}
}

static void print_displays(const struct check *check)
{
	const struct snapshot *snapshot = &check->survey.snapshot;

	printf("\nNothing is configured yet. The displays ('vfio-claim list' shows more):\n");
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];
		char address[PCI_ADDRESS_SIZE];

		if (is_gpu(function))
			printf("  %s %04x:%04x driver %s\n",
			       bdf_format(&function->address, address),
			       function->id.vendor, function->id.device,
			       function->driver ? function->driver : "none");
	}
}

void check_print(struct check *check, const struct report *report)
{
	printf("vfio-claim: this system, and what the agent would do at the next boot\n\n");
	print_iommu(check, &report->iommu);
	print_findings(check, false);
	for (size_t i = 0; i < report->n_gpus; i++)
		print_gpu(check, &report->gpus[i]);
	print_findings(check, true);
	if (geteuid() != 0 && check->cmd->root.is_live)
		printf("\nRun as root to see ACPI tables and all of configuration space.\n");
	if (check->is_unconfigured)
		print_displays(check);
	else
		print_steps(check);
	printf("\nResult: %s\n", report->result_word);
}

/* --------------------------------------------------------------------------------------------- */

static int exit_code(const struct check *check, const struct report *report)
{
	if (findings_have_error(&check->survey.config.findings))
		return EXIT_USAGE;
	return report->result == RESULT_REFUSED || report->result == RESULT_OFF ?
		       EXIT_NOT_AS_CONFIGURED :
		       EXIT_AS_CONFIGURED;
}

static int run(struct check *check)
{
	CLEANUP(report_freep) struct report *report = NULL;
	size_t size;
	int r;

	r = check_look(check);
	if (r < 0)
		return cmd_fail("check", r);
	report = check_report(check);
	if (!report)
		return cmd_fail("check", -ENOMEM);
	r = exit_code(check, report);
	if (check->cmd->wants_json)
		puts(report_serialize(report, &size));
	else
		check_print(check, report);
	return r;
}

static int cmd_check(const struct cmd *cmd)
{
	struct check check = { .cmd = cmd };
	int r;

	r = survey_read_config(&cmd->root, &check.survey.config);
	if (r < 0)
		return cmd_fail("configuration", r);
	if (cmd->n_arguments) {
		r = cmd_select_written(cmd, &check.survey.config, cmd->arguments,
				       cmd->n_arguments);
		if (r) {
			survey_done(&check.survey);
			return r;
		}
	}
	r = run(&check);
	survey_done(&check.survey);
	return r;
}

const struct verb verb_check = {
	.name = "check",
	.summary = "judge the configured cards, or those named, and print remedies",
	.arguments = "[SELECTOR...]",
	.details =
		"Judges the cards as the agent will at the next boot, and prints evidence, "
		"findings and remedies: the cards that the selectors name, or else those "
		"configured, or else every display. SELECTORS in vfio-claim(8) has the ways to name a card. "
		"Touches nothing.",
	.exit_codes = "Exit code: 0 the cards can be claimed at the next boot, or nothing is "
		      "configured; 1 refused; 2 the configuration or a selector is wrong.",
	.has_json = true,
	.run = cmd_check,
};
