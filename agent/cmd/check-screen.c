// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints a judgement for people: a verdict for each card first, then the machine, then each card with
 * its functions and findings. What concerns the machine is printed once.
 */
#include "cmd/check-reason.h"
#include "cmd/check.h"
#include "cmd/cmd.h"
#include "decide/member.h"
#include "host/pci-names.h"
#include "model/finding.h"
#include "model/function.h"
#include "report/report-parse.h"

#include <stdio.h>

#define MARK_COLUMN 2
#define TEXT_COLUMN 11
#define DETAIL_COLUMN 13

/* Words -------------------------------------------------------------------------------------- */

static void print_wrapped(const struct screen *screen, unsigned column, unsigned indent,
			  const char *text)
{
	page_wrap(screen->page, stdout, column, indent, text);
}

static const char *name_of(const struct screen *screen, const struct function *function,
			   char buffer[static DEVICE_NAME_SIZE])
{
	struct device_name name = {};

	if (screen->names)
		pci_names_read(screen->names, function->id, &name);
	device_name_format(&name, buffer);
	if (!*buffer)
		snprintf(buffer, DEVICE_NAME_SIZE, "%04x:%04x", function->id.vendor,
			 function->id.device);
	return buffer;
}

static void print_mark(const struct screen *screen, const char *word, enum colour colour)
{
	printf("%*s%s%s%s%*s", MARK_COLUMN, "", page_on(screen->page, colour), word,
	       page_off(screen->page, colour),
	       TEXT_COLUMN - MARK_COLUMN - (int)strlen(word), "");
}

static void print_severity(const struct screen *screen, enum severity severity)
{
	static const struct {
		const char *word;
		enum colour colour;
	} marks[] = {
		[SEVERITY_INFO] = { "note", DIM },
		[SEVERITY_WARNING] = { "warning", YELLOW },
		[SEVERITY_ERROR] = { "error", RED },
	};

	print_mark(screen, marks[severity].word, marks[severity].colour);
}

static void PRINTF_LIKE(2, 3)
	print_good(const struct screen *screen, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	print_mark(screen, "ok", GREEN);
	print_wrapped(screen, TEXT_COLUMN, TEXT_COLUMN, text ? text : "");
}

static void print_heading(const struct screen *screen, const char *text)
{
	printf("\n%s", page_on(screen->page, BOLD));
	print_wrapped(screen, 0, DETAIL_COLUMN, text);
	fputs(page_off(screen->page, BOLD), stdout);
}

/* Verdicts --------------------------------------------------------------------------------------- */

static size_t count_warnings(const struct screen *screen, const struct target *target)
{
	const struct findings *findings = &screen->plan->findings;
	size_t n = 0;

	for (size_t i = 0; i < findings->n; i++)
		n += findings->items[i].severity == SEVERITY_WARNING &&
		     check_target_of(screen, &findings->items[i]) == target;
	return n;
}

/* Prints "0000:01:00.0  NVIDIA GeForce RTX 3080", or the line as it was written, and this after it. */
static void print_card(const struct screen *screen, const struct target *target,
		       enum colour colour, const char *more)
{
	char address[PCI_ADDRESS_SIZE] = "", name[DEVICE_NAME_SIZE];
	_cleanup_free_ char *text = NULL;
	unsigned column = 0;

	if (target->n_functions) {
		const struct function *function =
			&screen->snapshot->functions[target->functions[0]];

		column = printf("%s  ", bdf_format(&function->address, address));
		text = text_format("%s%s", name_of(screen, function, name), more);
	} else {
		text = text_format("%s%s", target->wanted->text, more);
	}
	fputs(page_on(screen->page, colour), stdout);
	if (text)
		print_wrapped(screen, column, column, text);
	fputs(page_off(screen->page, colour), stdout);
}

static void print_verdict(const struct screen *screen, const struct target *target)
{
	bool is_good = target->verdict == VERDICT_CLAIM &&
		       !findings_have_error(&screen->check->survey.config.findings);
	size_t n = is_good ? count_warnings(screen, target) : 0;
	char reason[REASON_SIZE], verdict[REASON_SIZE + 16];

	if (!is_good)
		snprintf(verdict, sizeof(verdict), ": no: %s",
			 check_find_reason(screen, target, reason));
	else if (n)
		snprintf(verdict, sizeof(verdict), ": can be claimed, with %zu warning%s",
			 n, n > 1 ? "s" : "");
	else
		snprintf(verdict, sizeof(verdict), ": can be claimed");
	print_card(screen, target, is_good ? GREEN : RED, verdict);
}

/* Findings ----------------------------------------------------------------------------------------- */

static void print_remedy(const struct screen *screen, const char *remedy)
{
	_cleanup_free_ char *text = remedy ? text_format("remedy: %s", remedy) : NULL;

	if (!text)
		return;
	printf("%*s", TEXT_COLUMN, "");
	print_wrapped(screen, TEXT_COLUMN, DETAIL_COLUMN, text);
}

/* The subject is left out where a heading has it. */
static void print_finding(const struct screen *screen, const struct finding *finding,
			  bool has_subject)
{
	_cleanup_free_ char *text =
		text_format("%s%s%s: %s", finding_name(finding->code),
			    has_subject && finding->subject ? " " : "",
			    has_subject && finding->subject ? finding->subject : "",
			    finding->text);

	print_severity(screen, finding->severity);
	print_wrapped(screen, TEXT_COLUMN, DETAIL_COLUMN, text ? text : "");
}

static void print_blocker(const struct screen *screen, const struct function *function,
			  size_t n, void *data)
{
	char address[PCI_ADDRESS_SIZE], name[DEVICE_NAME_SIZE];
	_cleanup_free_ char *text =
		text_format("%s, %s, %s%s%s%s", name_of(screen, function, name),
			    class_words(function->class),
			    function->driver   ? "driver " :
			    function->rivals.n ? "its driver would be " :
						 "its driver is not known",
			    function->driver   ? function->driver :
			    function->rivals.n ? function->rivals.items[0] :
						 "",
			    function->used_for ? ", used for: " : "",
			    function->used_for ? function->used_for : "");

	(void)n;
	(void)data;
	printf("%*s%s  ", DETAIL_COLUMN, "", bdf_format(&function->address, address));
	print_wrapped(screen, DETAIL_COLUMN + strlen(address) + 2,
		      DETAIL_COLUMN + strlen(address) + 2, text ? text : "");
}

/* Each code once, "GROUP_SHARED, GROUP_HOLDS_NETWORK". */
static void add_codes(const struct sharing *sharing, char *text, size_t size)
{
	for (size_t i = 0; i < sharing->n; i++) {
		const char *name = finding_name(sharing->items[i]->code);
		size_t used = strlen(text);

		if (!strstr(text, name))
			snprintf(text + used, size - used, "%s%s", used ? ", " : "", name);
	}
}

/* One finding for all members that block, and each remedy once. */
static void print_sharing(const struct screen *screen, const struct target *target)
{
	_cleanup_free_ char *text = NULL;
	char codes[128] = "", groups[64] = "";
	struct sharing sharing;

	check_find_sharing(screen, target, &sharing);
	if (!sharing.n)
		return;
	add_codes(&sharing, codes, sizeof(codes));
	for (size_t i = 0; i < target->n_groups; i++)
		snprintf(groups + strlen(groups), sizeof(groups) - strlen(groups), "%s%d",
			 i ? ", " : "", target->groups[i]);
	text = text_format("%s: group %s also holds what the host uses:", codes, groups);
	print_severity(screen, sharing.items[0]->severity);
	print_wrapped(screen, TEXT_COLUMN, DETAIL_COLUMN, text ? text : "");
	check_for_each_blocker(screen, target, print_blocker, NULL);
	for (size_t i = 0; i < sharing.n; i++) {
		bool is_new = true;

		for (size_t k = 0; k < i; k++)
			is_new &= !is_string_equal(sharing.items[k]->remedy,
						   sharing.items[i]->remedy);
		if (is_new)
			print_remedy(screen, sharing.items[i]->remedy);
	}
}

static const enum severity by_weight[] = { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_INFO };

/* The heading has the card's first function. */
static bool is_of_first(const struct screen *screen, const struct target *target,
			const struct finding *finding)
{
	char address[PCI_ADDRESS_SIZE];

	return target->n_functions &&
	       is_string_equal(
		       finding->subject,
		       bdf_format(&screen->snapshot->functions[target->functions[0]].address,
				  address));
}

static void print_findings_of(const struct screen *screen, const struct target *target,
			      enum severity severity)
{
	const struct findings *findings = &screen->plan->findings;
	struct sharing sharing;

	check_find_sharing(screen, target, &sharing);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->severity != severity || check_is_of_machine(finding) ||
		    check_is_shared_by(&sharing, finding) ||
		    check_target_of(screen, finding) != target)
			continue;
		print_finding(screen, finding, !is_of_first(screen, target, finding));
		print_remedy(screen, finding->remedy);
	}
}

/* Cards ---------------------------------------------------------------------------------------------- */

static void print_function(const struct screen *screen, const struct function *function)
{
	char address[PCI_ADDRESS_SIZE];
	_cleanup_free_ char *group = function->group_fact == FACT_KNOWN ?
					     text_format("group %d", function->group) :
					     text_format("no group");
	_cleanup_free_ char *text =
		text_format("%s, %04x:%04x, %s, %s%s", class_words(function->class),
			    function->id.vendor, function->id.device, group ? group : "",
			    function->driver ? "driver now " : "no driver now",
			    function->driver ? function->driver : "");

	printf("%*s%s  ", MARK_COLUMN, "", bdf_format(&function->address, address));
	print_wrapped(screen, MARK_COLUMN + strlen(address) + 2,
		      MARK_COLUMN + strlen(address) + 2, text ? text : "");
}

static void print_target(const struct screen *screen, const struct target *target)
{
	fputc('\n', stdout);
	print_card(screen, target, BOLD, "");
	for (size_t i = 0; i < target->n_functions; i++)
		print_function(screen, &screen->snapshot->functions[target->functions[i]]);
	for (size_t i = 0; i < target->n_groups; i++)
		if (member_is_group_isolated(screen->snapshot, screen->plan, target,
					     snapshot_group(screen->snapshot,
							    target->groups[i])))
			print_good(screen,
				   "group %d holds nothing else that the host would drive",
				   target->groups[i]);
	for (size_t i = 0; i < ARRAY_SIZE(by_weight); i++) {
		if (i == 0)
			print_sharing(screen, target);
		print_findings_of(screen, target, by_weight[i]);
	}
}

/* The machine ----------------------------------------------------------------------------------------- */

static bool has_same(const struct findings *list, const struct finding *finding)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].code == finding->code &&
		    streq(list->items[i].text, finding->text) &&
		    (check_is_of_machine(finding) ||
		     is_string_equal(list->items[i].subject, finding->subject)))
			return true;
	return false;
}

/* Copies what is about no card, or about every one; each once. */
static void collect(const struct screen *screen, const struct findings *findings,
		    struct findings *list)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		if ((check_is_of_machine(finding) || !check_target_of(screen, finding)) &&
		    !has_same(list, finding))
			findings_add_as(list, finding->severity, finding->subject,
					finding->code, finding->remedy, "%s",
					finding->text);
	}
}

static void collect_plan(const struct screen *screen, void *data)
{
	collect(screen, &screen->plan->findings, data);
}

/* Neighbours with the same remedy share it. */
static void print_machine_findings(const struct screen *screen,
				   const struct findings *list, enum severity severity)
{
	const char *remedy = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct finding *finding = &list->items[i];

		if (finding->severity != severity)
			continue;
		if (remedy && !is_string_equal(remedy, finding->remedy))
			print_remedy(screen, remedy);
		print_finding(screen, finding, !check_is_of_machine(finding));
		remedy = finding->remedy;
	}
	print_remedy(screen, remedy);
}

static void print_evidence(const struct screen *screen, const struct report_iommu *iommu)
{
	if (iommu->is_dma_remapped)
		print_good(screen, "DMA remapping is on (%s)", iommu->kind);
	if (iommu->is_interrupt_remapped)
		print_good(screen, "interrupt remapping is on");
	for (size_t i = 0; i < iommu->evidence.n; i++) {
		_cleanup_free_ char *text =
			text_format("evidence: %s", iommu->evidence.items[i]);

		printf("%*s", TEXT_COLUMN, "");
		print_wrapped(screen, TEXT_COLUMN, DETAIL_COLUMN, text ? text : "");
	}
}

static void print_machine(const struct screen *screen, const struct report *report,
			  const struct findings *list)
{
	print_heading(screen, "This machine");
	print_evidence(screen, &report->iommu);
	print_machine_findings(screen, list, SEVERITY_ERROR);
	print_machine_findings(screen, list, SEVERITY_WARNING);
}

/* The whole --------------------------------------------------------------------------------------- */

static void print_steps(const struct screen *screen)
{
	static const char *const words[] = {
		[STEP_OVERRIDE] = "set driver_override of",
		[STEP_LOAD] = "load module",
		[STEP_UNBIND] = "unbind the driver of",
		[STEP_PROBE] = "bind and read back",
		[STEP_RELEASE_FRAMEBUFFER] = "release the firmware's framebuffer on",
		[STEP_RESCAN] = "remove and rescan",
		[STEP_HOLD] = "keep every driver from",
		[STEP_SETTING] = "write a setting of",
	};
	struct survey *survey = &screen->check->survey;

	survey->config.mode = MODE_CLAIM; /* to have the steps planned */
	if (survey_decide(survey) < 0 || !survey->plan.n_steps)
		return;
	print_heading(screen, "At the next boot the agent would:");
	for (size_t i = 0; i < survey->plan.n_steps; i++) {
		const struct step *step = &survey->plan.steps[i];
		char address[PCI_ADDRESS_SIZE];

		printf("  %s %s", words[step->action],
		       step->action == STEP_LOAD ?
			       step->module :
			       bdf_format(&survey->snapshot.functions[step->function].address,
					  address));
		if (step->action == STEP_LOAD && streq(step->module, GENERIC_VFIO) &&
		    *survey->config.vfio_options)
			printf(" with%s", survey->config.vfio_options);
		if (step->action == STEP_SETTING)
			printf(": %s", step->setting->text);
		putchar('\n');
	}
}

static bool has_display(const struct screen *screen)
{
	for (size_t i = 0; i < screen->snapshot->n_functions; i++)
		if (is_gpu(&screen->snapshot->functions[i]))
			return true;
	return false;
}

/* Calls back with the plan of each display alone, or once with the plan of all lines. */
static void for_each_plan(const struct screen *screen,
			  void (*callback)(const struct screen *screen, void *data),
			  void *data)
{
	if (!screen->check->is_unconfigured || !has_display(screen)) {
		callback(screen, data);
		return;
	}
	for (size_t i = 0; i < screen->snapshot->n_functions; i++)
		if (is_gpu(&screen->snapshot->functions[i]) &&
		    check_alone(screen->check, &screen->snapshot->functions[i]) == 0)
			callback(screen, data);
}

static void print_verdicts(const struct screen *screen, void *data)
{
	(void)data;
	for (size_t i = 0; i < screen->plan->n_targets; i++)
		print_verdict(screen, &screen->plan->targets[i]);
}

static void print_targets(const struct screen *screen, void *data)
{
	(void)data;
	for (size_t i = 0; i < screen->plan->n_targets; i++)
		print_target(screen, &screen->plan->targets[i]);
}

static void print_answer(const struct screen *screen)
{
	if (!has_display(screen))
		print_wrapped(screen, 0, 0, "No display was found on this machine.");
	for_each_plan(screen, print_verdicts, NULL);
	if (screen->check->is_unconfigured && has_display(screen))
		print_wrapped(screen, 0, 0,
			      "Nothing is configured yet: each display is judged as if it "
			      "alone were to be claimed.");
}

static void print_notes(const struct screen *screen, const struct findings *list)
{
	bool has_note = false;

	for (size_t i = 0; i < list->n; i++)
		has_note |= list->items[i].severity == SEVERITY_INFO;
	if (has_note)
		print_heading(screen, "Notes");
	print_machine_findings(screen, list, SEVERITY_INFO);
}

void check_print(struct check *check, const struct report *report)
{
	CLEANUP(pci_names_closep)
	struct pci_names *names = pci_names_open(&check->cmd->root);
	CLEANUP(findings_done) struct findings list = {};
	struct survey *survey = &check->survey;
	struct screen screen = { check, &check->cmd->page, &survey->snapshot,
				 &survey->plan, names };

	collect(&screen, &survey->config.findings, &list);
	collect(&screen, &survey->snapshot.findings, &list);
	for_each_plan(&screen, collect_plan, &list);
	print_answer(&screen);
	print_machine(&screen, report, &list);
	for_each_plan(&screen, print_targets, NULL);
	print_notes(&screen, &list);
	if (geteuid() != 0 && check->cmd->root.is_live) {
		fputc('\n', stdout);
		print_wrapped(&screen, 0, 0,
			      "Run as root to see ACPI tables and all of configuration space.");
	}
	if (!check->is_unconfigured)
		print_steps(&screen);
}
