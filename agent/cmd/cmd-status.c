// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim status`: is every configured card still ours? The agent's report against the
 * driver links as they are now.
 */
#include "cmd.h"
#include "model.h"
#include "pci.h"
#include "judge.h"
#include "report.h"
#include "survey.h"

#include <stdio.h>

static const char usage[] =
	"Usage: vfio-claim status [--sysroot DIR]\n"
	"Prints one line for each configured GPU.\n"
	"Exit code: 0 all claimed (or nothing configured), 1 anything else.\n";

/* The first error's code, so that one line says why. */
static const char *reason(const struct json_object *report)
{
	for (size_t i = 0; i < report_count(report, "findings"); i++) {
		const struct json_object *finding = report_item(report, "findings", i);

		if (streq(report_string(finding, "severity"), "error") ||
		    streq(report_string(finding, "code"), "MODE_OFF"))
			return report_string(finding, "code");
	}
	return "";
}

/* How many functions vfio-pci has now; the first it does not have goes to *ret_lost. */
static size_t count_held(const struct root *root, const struct json_object *gpu,
			 const char **ret_lost, char **ret_driver)
{
	size_t held = 0;

	for (size_t i = 0; i < report_count(gpu, "functions"); i++) {
		const char *text =
			report_string(report_item(gpu, "functions", i), "address");
		_cleanup_free_ char *driver = NULL;
		struct bdf address;

		if (bdf_parse(text, &address) &&
		    pci_read_driver(root, &address, &driver) == 0 && driver &&
		    is_vfio_driver(driver)) {
			held++;
		} else if (!*ret_lost) {
			*ret_lost = text;
			*ret_driver = steal(driver);
		}
	}
	return held;
}

static bool print_gpu(const struct root *root, const struct json_object *report,
		      const struct json_object *gpu)
{
	const char *result = report_string(gpu, "result");
	const char *address = report_string(gpu, "address");
	size_t functions = report_count(gpu, "functions"), held;
	_cleanup_free_ char *driver = NULL;
	const char *lost = NULL, *why = "";

	if (!*address)
		address = report_string(gpu, "configured");
	if (!streq(result, "claimed")) {
		why = reason(report);
		printf("%s: %s%s%s\n", address, result, *why ? ": " : "", why);
		return false;
	}
	held = count_held(root, gpu, &lost, &driver);
	if (held < functions) {
		printf("%s: lost: CLAIM_LOST: %s has driver %s now\n", address, lost,
		       driver ? driver : "none");
		return false;
	}
	printf("%s: claimed: %zu of %zu functions on vfio-pci\n", address, held, functions);
	return true;
}

/* No report: that is as configured only when nothing is. */
static int judge_without_report(const struct root *root)
{
	struct config config;
	bool is_configured;

	if (survey_read_config(root, &config) < 0)
		return EXIT_NOT_AS_CONFIGURED;
	is_configured = config.n_wanted || findings_have_error(&config.findings);
	config_done(&config);
	return is_configured ? EXIT_NOT_AS_CONFIGURED : EXIT_AS_CONFIGURED;
}

int cmd_status(int argc, char **argv)
{
	CLEANUP(cmd_options_done) struct cmd_options options = { .root.fd = -1 };
	CLEANUP(report_putp) struct json_object *report = NULL;
	bool is_good = true;
	const char *result;
	int r;

	r = cmd_parse(argc, argv, usage, "", &options);
	if (r || options.is_done)
		return r;
	report = cmd_read_report(&options.root);
	if (!report)
		return judge_without_report(&options.root);
	result = report_string(report, "result");
	for (size_t i = 0; i < report_count(report, "gpus"); i++)
		is_good &= print_gpu(&options.root, report, report_item(report, "gpus", i));
	if (!report_count(report, "gpus")) {
		printf("%s%s%s\n", result, *reason(report) ? ": " : "", reason(report));
		is_good = streq(result, "nothing-configured");
	}
	return is_good && !streq(result, "off") ? EXIT_AS_CONFIGURED :
						  EXIT_NOT_AS_CONFIGURED;
}
