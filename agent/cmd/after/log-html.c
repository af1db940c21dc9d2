// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the story of a boot as one page of HTML for a bug report: the answer first, then cards, findings,
 * IOMMU, changes and a picture. The page needs nothing else and runs no script. A report is input from
 * outside: everything from it is escaped, and serial numbers are left out.
 */
#include "cmd/after/log-html.h"

#include "base/clock.h"
#include "cmd/after/card-reason.h"
#include "cmd/after/compare.h"
#include "cmd/after/steps.h"
#include "cmd/map/map-read.h"
#include "cmd/map/picture.h"
#include "cmd/map/xml.h"
#include "host/pci-names.h"
#include "model/function.h"
#include "report/report-parse.h"

struct html {
	FILE *stream;
	const struct report *report;
	struct pci_names *names; /* NULL: none */
};

/* The tags are our own; every text between them goes through write_text(). */
static void write_tag(const struct html *html, const char *tag)
{
	fputs(tag, html->stream);
}

/* Digits of a serial number, with dashes between them or not. */
static size_t serial_length(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF-");
}

static void write_text(const struct html *html, const char *text)
{
	static const char key[] = "serial=";
	const char *found;

	while ((found = strstr(text, key))) {
		_cleanup_free_ char *before = strndup(text, found - text + sizeof(key) - 1);

		xml_write(html->stream, before ? before : "");
		text = found + sizeof(key) - 1;
		fputs(serial_length(text) ? "(left out)" : "", html->stream);
		text += serial_length(text);
	}
	xml_write(html->stream, text);
}

static void PRINTF_LIKE(2, 3) write_format(const struct html *html, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	write_text(html, text ? text : "");
}

/* Text in an element. */
static void write_element(const struct html *html, const char *open, const char *text,
			  const char *close)
{
	write_tag(html, open);
	write_text(html, text);
	write_tag(html, close);
}

/* "Sunday, 22 November 2026, 14:42:13"; what is no time stays as it is. */
static void write_time(const struct html *html, time_t time)
{
	struct tm local;
	char text[64];

	if (time != -1 && localtime_r(&time, &local) &&
	    strftime(text, sizeof(text), "%A, %-d %B %Y, %H:%M:%S %Z", &local))
		write_text(html, text);
	else
		write_text(html, "unknown time");
}

static void write_iso_time(const struct html *html, const char *iso)
{
	struct tm utc = {};
	const char *end = strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &utc);

	if (end && !*end)
		write_time(html, timegm(&utc));
	else
		write_text(html, iso);
}

/* Words in a coloured frame. */
static void write_badge(const struct html *html, const char *class, const char *text)
{
	fprintf(html->stream, "<span class=\"badge %s\">", class);
	write_text(html, text);
	write_tag(html, "</span>");
}

static const char *result_class(enum result result)
{
	return result == RESULT_CLAIMED || result == RESULT_CLAIMABLE ? "good" :
	       result == RESULT_REFUSED || result == RESULT_FAILED    ? "bad" :
									"other";
}

static void write_name(const struct html *html, const char *id)
{
	char name[DEVICE_NAME_SIZE] = "";

	if (html->names && *id)
		pci_names_lookup(html->names, id, name);
	write_text(html, *name ? name : id);
}

/* Head ----------------------------------------------------------------------------------------- */

static const char style_sheet[] =
	"<style>\n"
	":root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --muted: #59636e;\n"
	"  --line: #d1d9e0; --box: #f6f8fa; --good: #1a7f37; --bad: #cf222e; --other: #9a6700; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  :root { --page: #0d1117; --text: #f0f6fc; --muted: #9ba5b0; --line: #3d444d;\n"
	"    --box: #151b23; --good: #3fb950; --bad: #f85149; --other: #d29922; }\n"
	"}\n"
	"body { background: var(--page); color: var(--text); font: 15px/1.5 system-ui,\n"
	"  -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif;\n"
	"  max-width: 62em; margin: 2em auto; padding: 0 1em; overflow-wrap: anywhere; }\n"
	"h1 { font-size: 1.6em; line-height: 1.3; margin: 0 0 .3em; }\n"
	"h2 { font-size: 1.2em; margin: 2em 0 .6em; border-bottom: 1px solid var(--line);\n"
	"  padding-bottom: .2em; }\n"
	"h3 { font-size: 1em; margin: 0 0 .4em; }\n"
	"p { margin: .3em 0; }\n"
	".lead { font-size: 1.1em; margin-bottom: .6em; }\n"
	".quiet { color: var(--muted); }\n"
	".badge { display: inline-block; border: 1px solid; border-radius: 1em; padding: 0 .7em;\n"
	"  font-size: .85em; font-weight: 600; }\n"
	".good { color: var(--good); } .bad { color: var(--bad); } .other { color: var(--other); }\n"
	".box { background: var(--box); border: 1px solid var(--line); border-radius: 8px;\n"
	"  padding: .8em 1em; margin: .7em 0; }\n"
	".remedy { border-left: 3px solid var(--good); padding-left: .7em; margin-top: .5em; }\n"
	".scroll { overflow-x: auto; overflow-wrap: normal; }\n"
	"table { border-collapse: collapse; width: 100%; }\n"
	"th, td { text-align: left; vertical-align: top; padding: .25em 1em .25em 0; }\n"
	"td:last-child { white-space: nowrap; }\n"
	".steps { width: auto; }\n"
	".steps td:last-child { white-space: normal; }\n"
	"th { color: var(--muted); font-weight: 600; }\n"
	"code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .92em;\n"
	"  white-space: nowrap; }\n"
	"ul { margin: .3em 0; padding-left: 1.3em; }\n"
	".map svg { max-width: 100%; height: auto; border: 1px solid var(--line);\n"
	"  border-radius: 8px; }\n"
	"</style>\n";

/* One sentence: the answer to the question that brought the reader here. */
static const char *answer(const struct report *report)
{
	bool is_one = report->n_gpus == 1;

	switch (report->result) {
	case RESULT_CLAIMED:
		return is_one ? "The card was claimed for a VM" :
				"All cards were claimed for VMs";
	case RESULT_CLAIMABLE:
		return is_one ? "The card could be claimed" : "All cards could be claimed";
	case RESULT_REFUSED:
	case RESULT_FAILED:
		return is_one ? "The card was not claimed" : "Not every card was claimed";
	case RESULT_OFF:
		return "Nothing was claimed: vfio-claim was switched off in this boot";
	case RESULT_NOTHING_CONFIGURED:
		return "Nothing is configured to be claimed";
	default:
		return report->result_word;
	}
}

static void write_trial(const struct html *html)
{
	const struct report_trial *trial = &html->report->trial;

	if (!*trial->state_word || trial->state == TRIAL_CONFIRMED)
		return;
	write_tag(html, "<p>Trial: ");
	write_badge(html, "other", trial->state_word);
	if (trial->attempt)
		write_format(html, " attempt %d of %d", trial->attempt, trial->limit);
	if (*trial->reason)
		write_format(html, " (%s)", trial->reason);
	write_tag(html, "</p>\n");
}

/* Of each card that was not claimed; every finding follows further below. */
static void write_reasons(const struct html *html)
{
	for (size_t i = 0; i < html->report->n_gpus; i++) {
		const struct report_gpu *gpu = &html->report->gpus[i];
		const struct report_finding *finding = card_reason_find(html->report, gpu);

		if (!finding || gpu->result == RESULT_CLAIMED)
			continue;
		write_element(html, "<p class=\"lead\"><code>",
			      *gpu->address ? gpu->address : gpu->configured, "</code> ");
		write_element(html, "", finding->text, "</p>\n");
	}
}

static void write_head(const struct html *html, const struct kept *kept)
{
	const struct report *report = html->report;

	write_tag(html,
		  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		  "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
		  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		  "'none'; style-src 'unsafe-inline'\"/>\n<title>vfio-claim: ");
	write_text(html, answer(report));
	write_tag(html, "</title>\n");
	write_tag(html, style_sheet);
	write_tag(html, "</head>\n<body>\n<h1>");
	write_text(html, answer(report));
	write_tag(html, " ");
	write_badge(html, result_class(report->result), report->result_word);
	write_tag(html, "</h1>\n");
	write_reasons(html);
	write_tag(html, "<p class=\"quiet\">Boot of ");
	write_time(html, kept->started);
	write_format(html, ", kernel %s", *report->kernel ? report->kernel : "unknown");
	write_tag(html, "</p>\n");
	write_trial(html);
}

/* Steps ---------------------------------------------------------------------------------------- */

static void write_step(const struct html *html, const char *when)
{
	write_element(html, "<tr><td class=\"quiet\">", when, "</td><td>");
}

static int write_card_steps(const struct html *html, const struct report_gpu *gpu)
{
	CLEANUP(strings_done) struct strings steps = {};
	int r = steps_of(html->report, gpu, &steps);

	for (size_t i = 0; i < steps.n && r == 0; i++) {
		write_step(html, "");
		write_element(html, "", steps.items[i], "</td></tr>\n");
	}
	return r;
}

static int write_agent_steps(const struct html *html)
{
	const struct report *report = html->report;
	char when[64];
	int r = 0;

	snprintf(when, sizeof(when), "%.1f s after the kernel began", report->started_at);
	write_step(html, report->has_start ? when : "");
	write_format(html, "%s began, in mode %s", report->program, report->mode_word);
	write_tag(html, "</td></tr>\n");
	for (size_t i = 0; i < report->n_gpus && r == 0; i++)
		r = write_card_steps(html, &report->gpus[i]);
	snprintf(when, sizeof(when), "%.0f ms later", report->duration_ms);
	write_step(html, when);
	write_tag(html, report->has_start ? "the agent was done: " : "last heard of: ");
	write_badge(html, result_class(report->result), report->result_word);
	write_tag(html, "</td></tr>\n");
	return r;
}

static const char *verified_class(enum verified result)
{
	return result == VERIFIED_AS_CONFIGURED	    ? "good" :
	       result == VERIFIED_NOT_AS_CONFIGURED ? "bad" :
						      "other";
}

static void write_verified(const struct html *html, const struct report_verified *verified)
{
	write_step(html, "later");
	write_tag(html, "everything was read back, on ");
	write_iso_time(html, verified->at);
	write_tag(html, ": ");
	write_badge(html, verified_class(verified->result), verified->result_word);
	for (size_t i = 0; i < verified->n_vfio; i++) {
		const struct report_vfio *vfio = &verified->vfio[i];

		write_tag(html, "<br/>");
		write_format(html, "VFIO says of group %d: %s%s%s", vfio->group,
			     vfio->answer_word, vfio->error ? ", " : "",
			     vfio->error ? strerror(vfio->error) : "");
	}
	for (size_t i = 0; i < verified->n_images; i++) {
		write_tag(html, "<br/>");
		write_format(html, "boot image of %s: %s", verified->images[i].kernel,
			     verified->images[i].state);
	}
	write_tag(html, "</td></tr>\n");
}

static int write_steps(const struct html *html)
{
	int r;

	write_tag(html,
		  "<h2>What happened</h2>\n<div class=\"scroll\"><table class=\"steps\">\n");
	if (*html->report->image_built_at) {
		write_step(html, "before");
		write_tag(html, "the boot image was built on ");
		write_iso_time(html, html->report->image_built_at);
		write_tag(html, "</td></tr>\n");
	}
	r = write_agent_steps(html);
	if (html->report->verified.is_there)
		write_verified(html, &html->report->verified);
	write_tag(html, "</table></div>\n");
	return r;
}

/* Cards ---------------------------------------------------------------------------------------- */

/* The report's "0x030000" in words. */
static const char *class_of(const struct report_function *function)
{
	return *function->class ? class_words(strtoul(function->class, NULL, 16)) : "";
}

static void write_function(const struct html *html,
			   const struct report_function *function, const char *result)
{
	write_element(html, "<tr><td><code>", function->address, "</code></td><td>");
	write_name(html, function->id);
	write_element(html, "</td><td>", class_of(function), "</td>");
	write_element(html, "<td>", *function->driver ? function->driver : "none",
		      "</td><td>");
	if (result)
		write_badge(html, result_class(function->result), result);
	else
		write_element(html, "<span class=\"quiet\">", "shares the group",
			      "</span>");
	write_tag(html, "</td></tr>\n");
}

static void write_mates(const struct html *html, const struct report_gpu *gpu)
{
	for (size_t i = 0; i < gpu->n_groups; i++)
		for (size_t k = 0; k < gpu->groups[i].members.n; k++)
			if (!report_gpu_has(gpu, gpu->groups[i].members.items[k].address))
				write_function(html, &gpu->groups[i].members.items[k],
					       NULL);
}

static void write_groups(const struct html *html, const struct report_gpu *gpu)
{
	for (size_t i = 0; i < gpu->n_groups; i++) {
		write_tag(html, "<p class=\"quiet\">");
		write_format(html, "IOMMU group %d: %s", gpu->groups[i].number,
			     gpu->groups[i].is_isolated ?
				     "nothing in it belongs to the host" :
				     "not only this card's");
		write_tag(html, "</p>\n");
	}
}

static void write_gpu(const struct html *html, const struct report_gpu *gpu)
{
	write_tag(html, "<div class=\"box\">\n<h3>");
	write_element(html, "<code>",
		      *gpu->address		      ? gpu->address :
		      report_has_looked(html->report) ? "not found" :
							"not looked for",
		      "</code> ");
	if (gpu->functions.n)
		write_name(html, gpu->functions.items[0].id);
	write_tag(html, " ");
	write_badge(html, result_class(gpu->result), gpu->result_word);
	write_element(html, "</h3>\n<p class=\"quiet\">configured as ", gpu->configured,
		      "</p>\n");
	write_groups(html, gpu);
	write_tag(html, "<div class=\"scroll\"><table>\n<tr><th>address</th><th>name</th>"
			"<th>class</th><th>driver</th><th>result</th></tr>\n");
	for (size_t i = 0; i < gpu->functions.n; i++)
		write_function(html, &gpu->functions.items[i],
			       gpu->functions.items[i].result_word);
	write_mates(html, gpu);
	write_tag(html, "</table></div>\n</div>\n");
}

static void write_cards(const struct html *html)
{
	write_tag(html, "<h2>Cards</h2>\n");
	if (!html->report->n_gpus)
		write_tag(html, "<p>The configuration names no card.</p>\n");
	for (size_t i = 0; i < html->report->n_gpus; i++)
		write_gpu(html, &html->report->gpus[i]);
}

/* Findings ------------------------------------------------------------------------------------- */

static const char *severity_class(enum severity severity)
{
	return severity == SEVERITY_ERROR   ? "bad" :
	       severity == SEVERITY_WARNING ? "other" :
					      "quiet";
}

static void write_finding(const struct html *html, const struct report_finding *finding)
{
	write_tag(html, "<div class=\"box\">\n<h3>");
	write_badge(html, severity_class(finding->severity), finding->severity_word);
	write_element(html, " ", finding->code_word, " ");
	write_element(html, "<code>", finding->subject, "</code></h3>\n");
	write_element(html, "<p>", finding->text, "</p>\n");
	if (*finding->remedy)
		write_element(html, "<p class=\"remedy\">Remedy: ", finding->remedy,
			      "</p>\n");
	write_tag(html, "</div>\n");
}

/* Errors, then warnings, then the rest. */
static void write_findings(const struct html *html)
{
	const struct report_findings *all[] = { &html->report->findings,
						&html->report->verified.findings,
						&html->report->verified.image_findings };
	bool is_first = true;

	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_INFO; severity--)
		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			for (size_t k = 0; k < all[i]->n; k++) {
				if ((int)all[i]->items[k].severity != severity)
					continue;
				write_tag(html, is_first ? "<h2>Findings</h2>\n" : "");
				is_first = false;
				write_finding(html, &all[i]->items[k]);
			}
}

/* The rest ------------------------------------------------------------------------------------- */

static void write_list(const struct html *html, const char *const *items, size_t n)
{
	write_tag(html, "<ul>\n");
	for (size_t i = 0; i < n; i++)
		write_element(html, "<li>", items[i], "</li>\n");
	write_tag(html, "</ul>\n");
}

static void write_iommu(const struct html *html)
{
	const struct report_iommu *iommu = &html->report->iommu;

	if (!iommu->is_there) /* a black box */
		return;
	write_tag(html, "<h2>IOMMU</h2>\n<p>");
	write_format(html, "DMA remapping %s (%s, firmware: %s), interrupt remapping %s",
		     iommu->dma_remapping, iommu->kind, iommu->firmware,
		     iommu->interrupt_remapping);
	write_tag(html, "</p>\n<p class=\"quiet\">As read in:</p>\n");
	write_list(html, iommu->evidence.items, iommu->evidence.n);
}

static int write_changes(const struct html *html, const struct kept *before)
{
	CLEANUP(strings_done) struct strings changes = {};
	int r;

	if (!before)
		return 0;
	r = compare_reports(before->report, html->report, &changes);
	if (r < 0)
		return r;
	write_tag(html,
		  "<h2>Changed since the boot before</h2>\n<p class=\"quiet\">Boot of ");
	write_time(html, before->started);
	write_tag(html, "</p>\n");
	if (changes.n)
		write_list(html, (const char *const *)changes.items, changes.n);
	else
		write_tag(html, "<p>Nothing.</p>\n");
	return 0;
}

/* Only this boot's machine can be looked at. */
static int write_picture(const struct html *html, const struct cmd *cmd)
{
	CLEANUP(survey_done) struct survey survey = {};
	CLEANUP(map_done) struct map map = {};
	CLEANUP(picture_done) struct picture picture = {};
	int r = map_read(&cmd->root, &survey, &map);

	if (r == 0)
		r = layout_make(&map, &picture);
	if (r < 0)
		return r;
	write_tag(html, "<h2>The machine as it is now</h2>\n<p class=\"quiet\">Verdicts are "
			"those of the next boot.</p>\n<div class=\"map\">\n");
	picture_write_svg(&picture, false, html->stream);
	write_tag(html, "</div>\n");
	return 0;
}

int log_html(const struct cmd *cmd, const struct kept *kept, const struct kept *before,
	     FILE *stream)
{
	CLEANUP(pci_names_closep) struct pci_names *names = pci_names_open(&cmd->root);
	struct html html = { stream, kept->report, names };
	int r;

	write_head(&html, kept);
	write_cards(&html);
	write_findings(&html);
	r = write_steps(&html);
	if (r == 0)
		r = write_changes(&html, before);
	if (r == 0)
		write_iommu(&html);
	if (r == 0 && kept->offset == 0)
		r = write_picture(&html, cmd);
	write_tag(&html, "</body>\n</html>\n");
	return r;
}
