// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boot agent: runs early in the initramfs, claims the configured cards and leaves a report.
 * Never interactive. Its other modes serve tests.
 */
#include "base/exit-code.h"
#include "base/root.h"
#include "boot/inherit.h"
#include "boot/log.h"
#include "boot/work.h"
#include "facts/crash.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#define AGENT_MOST_S 15
#define KERNEL_FUNCTION_LINES 8
#define KERNEL_FINDING_LINES 3

static void print_usage(FILE *stream)
{
	fputs("Usage: agent                          claim the configured cards (at boot, as root)\n"
	      "       agent --sysroot DIR [--json]   judge the system below DIR, touch nothing\n"
	      "       agent --version | --help\n",
	      stream);
}

/* The kernel log --------------------------------------------------------------------------- */

static enum severity severity_of(enum result result)
{
	return result == RESULT_FAILED || result == RESULT_REFUSED ? SEVERITY_WARNING :
								     SEVERITY_INFO;
}

static size_t count_functions(const struct report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		n += report->gpus[i].functions.n;
	return n;
}

static void log_functions(const struct root *root, const struct report_functions *functions)
{
	for (size_t i = 0; i < functions->n; i++) {
		const struct report_function *function = &functions->items[i];

		log_kernel(root, severity_of(function->result), "%s: %s: %s, driver %s",
			   function->address, function->result_word, function->id,
			   *function->driver ? function->driver : "none");
	}
}

static void log_errors(const struct root *root, const struct report_findings *findings)
{
	unsigned told = 0;

	for (size_t i = 0; i < findings->n && told < KERNEL_FINDING_LINES; i++) {
		const struct report_finding *finding = &findings->items[i];

		if (finding->severity != SEVERITY_ERROR)
			continue;
		log_kernel(root, SEVERITY_ERROR, "%s%s%s: %s", finding->subject,
			   *finding->subject ? ": " : "", finding->code_word,
			   finding->text);
		told++;
	}
}

/* A dozen lines or so, whatever is configured. */
static void log_report(const struct root *root, const struct report *report)
{
	size_t functions = count_functions(report);
	bool is_brief = functions > KERNEL_FUNCTION_LINES;

	for (size_t i = 0; i < report->n_gpus && i < KERNEL_FUNCTION_LINES; i++) {
		const struct report_gpu *gpu = &report->gpus[i];

		if (!is_brief)
			log_functions(root, &gpu->functions);
		else
			log_kernel(root, severity_of(gpu->result), "%s: %s: %zu functions",
				   gpu->address, gpu->result_word, gpu->functions.n);
	}
	log_errors(root, &report->findings);
	if (report->trial.state == TRIAL_TRYING)
		log_kernel(root, SEVERITY_INFO, "on trial: attempt %d of %d",
			   report->trial.attempt, report->trial.limit);
	log_kernel(root, severity_of(report->result),
		   "%s: %zu card%s, %zu function%s, %.1f ms; see 'vfio-claim log'",
		   report->result_word, report->n_gpus, report->n_gpus == 1 ? "" : "s",
		   functions, functions == 1 ? "" : "s", report->duration_ms);
}

/* Boot --------------------------------------------------------------------------------------- */

static bool is_good(const struct report *report)
{
	enum result result = report->result;

	return result == RESULT_CLAIMED || result == RESULT_CLAIMABLE ||
	       result == RESULT_OFF || result == RESULT_NOTHING_CONFIGURED;
}

/* This kernel exists to save a dump and reboot: no failure here may get in its way. */
static int leave_crash_kernel(const struct root *root)
{
	CLEANUP(report_freep) struct report *report = NULL;
	int r;

	log_kernel(root, SEVERITY_INFO,
		   "off: this kernel was started after a crash; nothing is touched");
	report = work_dry(root, &r);
	if (report)
		r = report_write(root, report);
	if (r < 0)
		log_kernel(root, SEVERITY_ERROR, "the report cannot be written: %s",
			   strerror(-r));
	return EXIT_SUCCESS;
}

/* The report is left to the end of the process, which frees it for nothing. */
static int run_at_boot(const struct root *root)
{
	struct report *report;
	/* The worker inherits the lock, even when it gets stuck. Where the lock cannot be made, the
	 * claim goes on without. */
	_cleanup_close_ int lock = root_lock(root, REPORT_FOLDER, REPORT_LOCK);
	int r;

	if (lock == -EWOULDBLOCK) {
		log_kernel(root, SEVERITY_ERROR,
			   "another agent is at work; this one does nothing");
		return EXIT_FAILURE;
	}
	report = supervise(root, work_at_boot);
	if (!report) {
		log_kernel(root, SEVERITY_ERROR, "out of memory; no report of this boot");
		return EXIT_FAILURE;
	}
	r = report_write(root, report);
	log_report(root, report);
	if (r < 0)
		log_kernel(root, SEVERITY_ERROR, "the report cannot be written: %s",
			   strerror(-r));
	return r == 0 && is_good(report) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Tests -------------------------------------------------------------------------------------- */

static int run_dry(const struct root *root, bool wants_json)
{
	static struct report *report; /* left too; static, it is no leak to a sanitizer */
	_cleanup_free_ char *text = NULL;
	const char *json;
	size_t size;
	int r;

	report = work_dry(root, &r);
	if (!report) {
		fprintf(stderr, "agent: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	if (wants_json) {
		json = report_serialize(report, &size);
		if (!json)
			return EXIT_FAILURE;
		puts(json);
	} else {
		text = report_to_text(report, NULL, NULL);
		if (!text)
			return EXIT_FAILURE;
		fputs(text, stdout);
	}
	if (fflush(stdout) == EOF)
		return EXIT_FAILURE;
	return is_good(report) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "sysroot", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	CLEANUP(root_done) struct root root = { .fd = -1 };
	const char *sysroot = NULL;
	bool wants_json = false;
	int option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 's':
			sysroot = optarg;
			break;
		case 'j':
			wants_json = true;
			break;
		case 'V':
			puts("vfio-claim " VERSION);
			return EXIT_SUCCESS;
		case 'h':
			print_usage(stdout);
			return EXIT_SUCCESS;
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "agent: unexpected argument '%s'\n", argv[optind]);
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!sysroot && !wants_json) {
		sanitize_process();
		alarm(AGENT_MOST_S); /* until the supervisor sets its own */
	}
	r = root_open(&root, sysroot ? sysroot : "/");
	if (r < 0) {
		fprintf(stderr, "agent: '%s': %s\n", sysroot ? sysroot : "/", strerror(-r));
		return EXIT_USAGE;
	}
	if (sysroot || wants_json)
		return run_dry(&root, wants_json);
	return crash_is_kernel(&root) ? leave_crash_kernel(&root) : run_at_boot(&root);
}
