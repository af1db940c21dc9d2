// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boot agent: runs early in the initramfs, claims the configured cards and leaves a report.
 * Never interactive. Its other modes serve tests.
 */
#include "base/exit-code.h"
#include "base/root.h"
#include "boot/inherit.h"
#include "boot/keep.h"
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

/* The agent is the interpreter of initramfs-tools' boot script. That also runs where the image is made, there by
 * another path and with "prereqs", which is to print what must run before it: nothing. */
#define BOOT_SCRIPT "/scripts/init-top/00-vfio-claim"

static void print_usage(FILE *stream)
{
	fputs("Usage: agent                          claim the configured cards (at boot, as root)\n"
	      "       agent --sysroot DIR [--json]   judge the system below DIR, touch nothing\n"
	      "       agent --version | --help\n",
	      stream);
}

/* Boot --------------------------------------------------------------------------------------- */

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

static int run_at_boot(const struct root *root)
{
	struct report *report; /* left to the end of the process, which frees it for nothing */
	/* The worker inherits the lock, even when it gets stuck. Where the lock cannot be made, the
	 * claim goes on without. */
	_cleanup_close_ int lock = root_lock(root, REPORT_FOLDER, REPORT_LOCK);
	int exit_code;

	if (lock == -EWOULDBLOCK) {
		log_kernel(root, SEVERITY_ERROR,
			   "another agent is at work; this one does nothing");
		return EXIT_FAILURE;
	}
	report = supervise(root, work_at_boot, &exit_code);
	if (exit_code >= 0)
		return exit_code;
	if (!report) {
		log_kernel(root, SEVERITY_ERROR, "out of memory; no report of this boot");
		return EXIT_FAILURE;
	}
	return keep_report(root, report);
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
	return keep_is_good(report) ? EXIT_SUCCESS : EXIT_FAILURE;
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
	if (optind + 2 == argc && streq(argv[optind + 1], "prereqs"))
		return EXIT_SUCCESS;
	if (optind < argc && streq(argv[optind], BOOT_SCRIPT))
		optind = argc;
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
