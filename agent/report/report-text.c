// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Formats a report as text for users: report.txt, `log` and `verify`. Never passes control characters
 * from a report to a terminal.
 */
#include "base/buffer.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdarg.h>
#include <stdio.h>

struct printer {
	FILE *stream;
	const struct report *report;
	const struct report_names *names;
	const struct page *page;
	bool *is_incomplete; /* out of memory */
};

/* Text that goes on to the end of the page, and then in lines below its beginning. */
static void print_wrapped(const struct printer *printer, unsigned indent,
			  const char *label, const char *text)
{
	_cleanup_free_ char *whole = text_format("%s%s", label, text);

	if (!whole) {
		*printer->is_incomplete = true;
		return;
	}
	text_defuse(whole);
	fprintf(printer->stream, "%*s", (int)indent, "");
	page_wrap(printer->page, printer->stream, indent, indent, whole);
}

static void PRINTF_LIKE(3, 4)
	print(const struct printer *printer, enum colour colour, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	if (!text) {
		*printer->is_incomplete = true;
		return;
	}
	text_defuse(text);
	fputs(page_on(printer->page, colour), printer->stream);
	fputs(text, printer->stream);
	fputs(page_off(printer->page, colour), printer->stream);
}

static enum colour result_colour(enum result result)
{
	if (result == RESULT_CLAIMED || result == RESULT_CLAIMABLE)
		return GREEN;
	if (result == RESULT_REFUSED || result == RESULT_FAILED)
		return RED;
	return YELLOW;
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void print_trial(const struct printer *printer)
{
	const struct report_trial *trial = &printer->report->trial;

	if (trial->state == TRIAL_TRYING)
		print(printer, YELLOW, "on trial: attempt %d of %d\n", trial->attempt,
		      trial->limit);
	else if (trial->state == TRIAL_UNFINISHED)
		print(printer, RED,
		      "this boot on trial, attempt %d of %d, left no report: %s\n",
		      trial->attempt, trial->limit, trial->reason);
	else if (trial->state == TRIAL_SPENT)
		print(printer, RED, "trial spent after %d unfinished boots\n",
		      trial->attempt);
	else if (*trial->state_word)
		print(printer, PLAIN, "trial: %s\n", trial->state_word);
}

static void print_head(const struct printer *printer)
{
	const struct report *report = printer->report;

	print(printer, PLAIN, "%s: ", report->program);
	print(printer, result_colour(report->result), "%s\n", report->result_word);
	print(printer, PLAIN, "kernel %s, boot %s\n", or_dash(report->kernel),
	      or_dash(report->boot_id));
	print(printer, PLAIN, "mode %s, ", report->mode_word);
	if (report->has_start)
		print(printer, PLAIN, "started %.3f s after the kernel, took %.1f ms\n",
		      report->started_at, report->duration_ms);
	else /* a black box */
		print(printer, PLAIN, "last heard from %.0f ms after the agent started\n",
		      report->duration_ms);
	if (*report->image_built_at)
		print(printer, PLAIN, "image built %s\n", report->image_built_at);
	print_trial(printer);
}

static void print_iommu(const struct printer *printer)
{
	const struct report_iommu *iommu = &printer->report->iommu;

	if (!iommu->is_there) /* a black box */
		return;
	print(printer, BOLD, "\nIOMMU\n");
	print(printer, PLAIN, "  DMA remapping %s (%s, firmware: %s)\n",
	      iommu->dma_remapping, iommu->kind, iommu->firmware);
	print(printer, PLAIN, "  interrupt remapping %s\n", iommu->interrupt_remapping);
	for (size_t i = 0; i < iommu->evidence.n; i++)
		print_wrapped(printer, 2, "evidence: ", iommu->evidence.items[i]);
}

/* "  NVIDIA GeForce RTX 3080", or nothing: the agent has no names. */
static const char *name_of(const struct printer *printer, const char *id, char *buffer)
{
	char name[DEVICE_NAME_SIZE] = "";

	if (printer->names && *id)
		printer->names->lookup(printer->names->data, id, name);
	snprintf(buffer, DEVICE_NAME_SIZE, "%s%.56s", *name ? "  " : "", name);
	return buffer;
}

static const char *class_of(const struct printer *printer,
			    const struct report_function *function, char *buffer)
{
	if (printer->names)
		return printer->names->class_words(strtoul(function->class, NULL, 16));
	snprintf(buffer, 16, "class %.6s", function->class);
	return buffer;
}

static void print_function(const struct printer *printer,
			   const struct report_function *function)
{
	char class[16], group[24] = "no group";

	print(printer, PLAIN, "  %s  ", function->address);
	if (*function->class) { /* a black box has none */
		if (function->group != GROUP_NONE)
			snprintf(group, sizeof(group), "group %d", function->group);
		print(printer, PLAIN, "%-14s  %s  %s  %-9.24s  ",
		      class_of(printer, function, class), function->id, group,
		      *function->driver ? function->driver : "no driver");
	}
	print(printer, result_colour(function->result), "%s\n", function->result_word);
	if (*function->driver_before && !streq(function->driver_before, function->driver))
		print(printer, PLAIN, "    had driver %s before\n",
		      function->driver_before);
	for (size_t i = 0; i < function->rivals.n; i++)
		print(printer, PLAIN, "%s%s%s",
		      i ? ", " : "    rivals: ", function->rivals.items[i],
		      i + 1 == function->rivals.n ? "\n" : "");
}

static void print_member(const struct printer *printer, const struct report_function *member)
{
	char class[16], name[DEVICE_NAME_SIZE];
	_cleanup_free_ char *text =
		text_format("%s%s: %s, %s, driver %s", member->address,
			    name_of(printer, member->id, name),
			    class_of(printer, member, class), member->id,
			    *member->driver ? member->driver : "none");

	print_wrapped(printer, 4, "also ", text ? text : "");
}

static void print_group(const struct printer *printer, const struct report_gpu *gpu,
			const struct report_group *group)
{
	print(printer, PLAIN, "  group %d: %s\n", group->number,
	      group->is_isolated ? "isolated" : "not isolated");
	for (size_t i = 0; i < group->members.n; i++)
		if (!report_gpu_has(gpu, group->members.items[i].address))
			print_member(printer, &group->members.items[i]);
}

static void print_gpu(const struct printer *printer, const struct report_gpu *gpu)
{
	char name[DEVICE_NAME_SIZE];

	print(printer, BOLD, "\n%s %s%s", gpu->is_device ? "Device" : "GPU",
	      *gpu->address			 ? gpu->address :
	      report_has_looked(printer->report) ? "(not found)" :
						   "(not looked for)",
	      name_of(printer, gpu->functions.n ? gpu->functions.items[0].id : "", name));
	print(printer, result_colour(gpu->result), ": %s\n", gpu->result_word);
	print_wrapped(printer, 2, "configured: ", gpu->configured);
	for (size_t i = 0; i < gpu->functions.n; i++)
		print_function(printer, &gpu->functions.items[i]);
	for (size_t i = 0; i < gpu->n_groups; i++)
		print_group(printer, gpu, &gpu->groups[i]);
}

static void print_finding(const struct printer *printer,
			  const struct report_finding *finding)
{
	print(printer, PLAIN, "  ");
	print(printer,
	      finding->severity == SEVERITY_ERROR   ? RED :
	      finding->severity == SEVERITY_WARNING ? YELLOW :
						      PLAIN,
	      "%s %s", finding->severity_word, finding->code_word);
	if (*finding->subject)
		print(printer, PLAIN, " %s", finding->subject);
	print(printer, PLAIN, "\n");
	print_wrapped(printer, 4, "", finding->text);
	if (*finding->remedy)
		print_wrapped(printer, 4, "remedy: ", finding->remedy);
}

static void print_vfio(const struct printer *printer, const struct report_vfio *vfio)
{
	bool is_good = vfio->answer == VFIO_ACCEPTED || vfio->answer == VFIO_IN_USE;

	print(printer, PLAIN, "  group %d: VFIO's answer: ", vfio->group);
	print(printer,
	      is_good			   ? GREEN :
	      vfio->answer == VFIO_UNKNOWN ? YELLOW :
					     RED,
	      "%s", vfio->answer_word);
	if (*vfio->interface)
		print(printer, PLAIN, " (%s)", vfio->interface);
	if (vfio->error)
		print(printer, PLAIN, ": %s", strerror(vfio->error));
	print(printer, PLAIN, "\n");
}

static void print_verified(const struct printer *printer,
			   const struct report_verified *verified)
{
	print(printer, BOLD, "\nVerified");
	print(printer,
	      verified->result == VERIFIED_AS_CONFIGURED     ? GREEN :
	      verified->result == VERIFIED_NOT_AS_CONFIGURED ? RED :
							       YELLOW,
	      " %s", verified->result_word);
	print(printer, PLAIN, "  (%s)\n", verified->at);
	for (size_t i = 0; i < verified->n_vfio; i++)
		print_vfio(printer, &verified->vfio[i]);
	for (size_t i = 0; i < verified->findings.n; i++)
		print_finding(printer, &verified->findings.items[i]);
	for (size_t i = 0; i < verified->n_images; i++)
		print(printer, PLAIN, "  image of %s: %s\n",
		      or_dash(verified->images[i].kernel), verified->images[i].state);
	for (size_t i = 0; i < verified->image_findings.n; i++)
		print_finding(printer, &verified->image_findings.items[i]);
}

static void print_report(const struct printer *printer)
{
	const struct report *report = printer->report;

	print_head(printer);
	print_iommu(printer);
	for (size_t i = 0; i < report->n_gpus; i++)
		print_gpu(printer, &report->gpus[i]);
	if (report->findings.n)
		print(printer, BOLD, "\nFindings\n");
	for (size_t i = 0; i < report->findings.n; i++)
		print_finding(printer, &report->findings.items[i]);
	if (report->verified.is_there)
		print_verified(printer, &report->verified);
}

char *report_to_text(const struct report *report, const struct report_names *names,
		     const struct page *page)
{
	static const struct page file = { .width = PAGE_WIDTH_PIPE };
	bool is_incomplete = false;
	struct printer printer = { NULL, report, names, page ? page : &file,
				   &is_incomplete };
	_cleanup_free_ char *text = NULL;
	struct buffer buffer;

	if (buffer_open(&buffer) < 0)
		return NULL;
	printer.stream = buffer.stream;
	print_report(&printer);
	if (buffer_close(&buffer, &text) < 0 || is_incomplete)
		return NULL;
	return steal(text);
}
