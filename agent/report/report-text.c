// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does a report say to a person? JSON document -> text. The same for the agent's
 * report.txt, for `log` and for `check`; knows only the document, not how it came about.
 */
#include "report/report.h"

#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

struct printer {
	FILE *stream;
	const struct json_object *report;
	const struct report_names *names;
	bool use_colour;
	bool *is_incomplete; /* for want of memory */
};

enum colour { PLAIN, GREEN, YELLOW, RED, BOLD };

static const char *colour_on(const struct printer *printer, enum colour colour)
{
	static const char *const codes[] = {
		[PLAIN] = "",	      [GREEN] = "\033[32m", [YELLOW] = "\033[33m",
		[RED] = "\033[1;31m", [BOLD] = "\033[1m",
	};

	return printer->use_colour ? codes[colour] : "";
}

static const char *colour_off(const struct printer *printer, enum colour colour)
{
	return printer->use_colour && colour != PLAIN ? "\033[0m" : "";
}

/* A report is a file, and what it says may be anything: no byte of it commands a terminal. UTF-8
 * has control characters of its own, C2 80 to C2 9F. */
static void defuse(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if ((*c < 0x20 && *c != '\n') || *c == 0x7f ||
		    (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
			*c = '?';
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
	defuse(text);
	fputs(colour_on(printer, colour), printer->stream);
	fputs(text, printer->stream);
	fputs(colour_off(printer, colour), printer->stream);
}

static enum colour result_colour(const char *result)
{
	if (streq(result, "claimed") || streq(result, "claimable"))
		return GREEN;
	if (streq(result, "refused") || streq(result, "failed"))
		return RED;
	return YELLOW;
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void print_trial(const struct printer *printer)
{
	const struct json_object *trial = report_member(printer->report, "trial");
	const char *state = report_string(trial, "state");
	double attempt = report_number(trial, "attempt");

	if (streq(state, "on-trial"))
		print(printer, YELLOW, "on trial: attempt %.0f of %.0f\n", attempt,
		      report_number(trial, "limit"));
	else if (streq(state, "unfinished"))
		print(printer, RED,
		      "this boot on trial, attempt %.0f of %.0f, left no report: %s\n",
		      attempt, report_number(trial, "limit"),
		      report_string(trial, "reason"));
	else if (streq(state, "spent"))
		print(printer, RED, "trial spent after %.0f unfinished boots\n", attempt);
	else if (*state)
		print(printer, PLAIN, "trial: %s\n", state);
}

static void print_head(const struct printer *printer)
{
	const struct json_object *report = printer->report;
	const char *result = report_string(report, "result");

	print(printer, PLAIN, "%s: ", report_string(report, "program"));
	print(printer, result_colour(result), "%s\n", result);
	print(printer, PLAIN, "kernel %s, boot %s\n",
	      or_dash(report_string(report, "kernel")),
	      or_dash(report_string(report, "boot_id")));
	print(printer, PLAIN, "mode %s, ", report_string(report, "mode"));
	if (report_is_null(report, "started_at")) /* a black box */
		print(printer, PLAIN, "last heard of %.0f ms after the agent's start\n",
		      report_number(report, "duration_ms"));
	else
		print(printer, PLAIN, "started %.3f s after the kernel, took %.1f ms\n",
		      report_number(report, "started_at"),
		      report_number(report, "duration_ms"));
	if (!report_is_null(report, "image_built_at"))
		print(printer, PLAIN, "image built %s\n",
		      report_string(report, "image_built_at"));
	print_trial(printer);
}

static void print_iommu(const struct printer *printer)
{
	const struct json_object *iommu = report_member(printer->report, "iommu");

	if (!iommu) /* of a boot that left no more than a black box */
		return;
	print(printer, BOLD, "\nIOMMU\n");
	print(printer, PLAIN,
	      "  DMA remapping %s (%s, firmware: %s), interrupt remapping %s\n",
	      report_string(iommu, "dma_remapping"), report_string(iommu, "kind"),
	      report_string(iommu, "firmware"),
	      report_string(iommu, "interrupt_remapping"));
	for (size_t i = 0; i < report_count(iommu, "evidence"); i++)
		print(printer, PLAIN, "  evidence: %s\n",
		      report_element_string(iommu, "evidence", i));
}

static void print_name(const struct printer *printer, const char *id)
{
	char name[160] = "";

	if (!printer->names || !*id)
		return;
	printer->names->lookup(printer->names->data, id, name, sizeof(name));
	if (*name)
		print(printer, PLAIN, "  %s", name);
}

static void print_function(const struct printer *printer, const struct json_object *function)
{
	const char *result = report_string(function, "result");
	const char *before = report_string(function, "driver_before");
	const char *driver = report_string(function, "driver");

	if (report_is_null(function, "class")) { /* a black box holds no more */
		print(printer, PLAIN, "  %s  ", report_string(function, "address"));
		print(printer, result_colour(result), "%s\n", result);
		return;
	}
	print(printer, PLAIN, "  %s  class %.6s  %s  ", report_string(function, "address"),
	      report_string(function, "class"), report_string(function, "id"));
	if (report_is_null(function, "group"))
		print(printer, PLAIN, "no group  ");
	else
		print(printer, PLAIN, "group %.0f  ", report_number(function, "group"));
	print(printer, PLAIN, "driver %s  ", *driver ? driver : "none");
	print(printer, result_colour(result), "%s", result);
	print_name(printer, report_string(function, "id"));
	print(printer, PLAIN, "\n");
	if (*before && !streq(before, driver))
		print(printer, PLAIN, "    had driver %s before\n", before);
	for (size_t i = 0; i < report_count(function, "rivals"); i++)
		print(printer, PLAIN, "%s%s%s", i ? ", " : "    rivals: ",
		      report_element_string(function, "rivals", i),
		      i + 1 == report_count(function, "rivals") ? "\n" : "");
}

/* Functions of the card itself were told of above. */
static bool is_own(const struct json_object *gpu, const char *address)
{
	for (size_t i = 0; i < report_count(gpu, "functions"); i++)
		if (streq(report_string(report_item(gpu, "functions", i), "address"),
			  address))
			return true;
	return false;
}

static void print_group(const struct printer *printer, const struct json_object *gpu,
			const struct json_object *group)
{
	print(printer, PLAIN, "  group %.0f: %s\n", report_number(group, "number"),
	      report_number(group, "isolated") ? "isolated" : "not isolated");
	for (size_t i = 0; i < report_count(group, "members"); i++) {
		const struct json_object *member = report_item(group, "members", i);

		if (is_own(gpu, report_string(member, "address")))
			continue;
		print(printer, PLAIN, "    also %s  class %.6s  %s  driver %s",
		      report_string(member, "address"), report_string(member, "class"),
		      report_string(member, "id"),
		      or_dash(report_string(member, "driver")));
		print_name(printer, report_string(member, "id"));
		print(printer, PLAIN, "\n");
	}
}

static void print_gpu(const struct printer *printer, const struct json_object *gpu)
{
	bool is_device = streq(report_string(gpu, "kind"), "device");
	const char *address = report_string(gpu, "address");
	const char *result = report_string(gpu, "result");

	print(printer, BOLD, "\n%s %s", is_device ? "Device" : "GPU",
	      *address ? address : "(not found)");
	print(printer, result_colour(result), " %s", result);
	print(printer, PLAIN, "  (configured: %s)\n", report_string(gpu, "configured"));
	for (size_t i = 0; i < report_count(gpu, "functions"); i++)
		print_function(printer, report_item(gpu, "functions", i));
	for (size_t i = 0; i < report_count(gpu, "groups"); i++)
		print_group(printer, gpu, report_item(gpu, "groups", i));
}

static void print_finding(const struct printer *printer, const struct json_object *finding)
{
	const char *severity = report_string(finding, "severity");
	const char *subject = report_string(finding, "subject");

	print(printer, PLAIN, "  ");
	print(printer,
	      streq(severity, "error")	 ? RED :
	      streq(severity, "warning") ? YELLOW :
					   PLAIN,
	      "%s %s", severity, report_string(finding, "code"));
	if (*subject)
		print(printer, PLAIN, " %s", subject);
	print(printer, PLAIN, "\n    %s\n", report_string(finding, "text"));
	if (!report_is_null(finding, "remedy"))
		print(printer, PLAIN, "    remedy: %s\n", report_string(finding, "remedy"));
}

static void print_vfio(const struct printer *printer, const struct json_object *entry)
{
	const char *answer = report_string(entry, "answer");
	const char *interface = report_string(entry, "interface");
	bool is_good = streq(answer, "accepted") || streq(answer, "in-use");

	print(printer, PLAIN,
	      "  group %.0f: VFIO's answer: ", report_number(entry, "group"));
	print(printer,
	      is_good		       ? GREEN :
	      streq(answer, "unknown") ? YELLOW :
					 RED,
	      "%s", answer);
	if (*interface)
		print(printer, PLAIN, " (%s)", interface);
	if (!report_is_null(entry, "errno"))
		print(printer, PLAIN, ": %s", strerror(report_number(entry, "errno")));
	print(printer, PLAIN, "\n");
}

static void print_verified(const struct printer *printer, const struct json_object *verified)
{
	const char *result = report_string(verified, "result");

	print(printer, BOLD, "\nVerified");
	print(printer,
	      streq(result, "as-configured")	 ? GREEN :
	      streq(result, "not-as-configured") ? RED :
						   YELLOW,
	      " %s", result);
	print(printer, PLAIN, "  (%s)\n", report_string(verified, "at"));
	for (size_t i = 0; i < report_count(verified, "vfio"); i++)
		print_vfio(printer, report_item(verified, "vfio", i));
	for (size_t i = 0; i < report_count(verified, "images"); i++) {
		const struct json_object *image = report_item(verified, "images", i);

		print(printer, PLAIN, "  image of %s: %s\n",
		      or_dash(report_string(image, "kernel")),
		      report_string(image, "state"));
	}
	for (size_t i = 0; i < report_count(verified, "findings"); i++)
		print_finding(printer, report_item(verified, "findings", i));
}

static void print_report(const struct printer *printer)
{
	print_head(printer);
	print_iommu(printer);
	for (size_t i = 0; i < report_count(printer->report, "gpus"); i++)
		print_gpu(printer, report_item(printer->report, "gpus", i));
	if (report_count(printer->report, "findings"))
		print(printer, BOLD, "\nFindings\n");
	for (size_t i = 0; i < report_count(printer->report, "findings"); i++)
		print_finding(printer, report_item(printer->report, "findings", i));
	if (!report_is_null(printer->report, "verified"))
		print_verified(printer, report_member(printer->report, "verified"));
}

char *report_to_text(const struct json_object *report, const struct report_names *names,
		     bool use_colour)
{
	bool is_incomplete = false;
	struct printer printer = { NULL, report, names, use_colour, &is_incomplete };
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
