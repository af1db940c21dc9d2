// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim verify`: checks whether this boot is as configured, adds the answer to the boot's report,
 * files and prints it. vfio-claim-verify.service runs it in every boot.
 */
#include "base/clock.h"
#include "cmd/after/blackbox.h"
#include "cmd/after/boot-time.h"
#include "cmd/after/history.h"
#include "cmd/after/journal.h"
#include "cmd/after/next-boot.h"
#include "cmd/after/verify.h"
#include "cmd/cmd.h"
#include "host/images.h"
#include "model/model.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "survey.h"

#include <stdio.h>

struct verifying {
	const struct cmd *cmd;
	struct config config;
	struct boot_images images;
	bool is_renewed; /* an image has the configuration since this boot began */
	struct report *report;
	char *filed; /* path of the filed report; NULL: not filed */
};

static bool is_anything_configured(const struct config *config)
{
	return config->n_wanted || findings_have_error(&config->findings);
}

/*
 * Reads this boot's report, or makes one about an agent that did not run. No report if nothing was
 * configured when this boot began. 0 or an exit code.
 */
static int get_report(struct verifying *verifying)
{
	static const char path[] = REPORT_FOLDER "/" REPORT_JSON;
	const struct root *root = &verifying->cmd->root;
	const char *problem;
	int r;

	verifying->report = report_read(root, path, &problem, &r);
	if (verifying->report)
		return 0;
	if (r != -ENOENT) {
		fprintf(stderr, "vfio-claim: '%s': %s\n", path, problem);
		return EXIT_NOT_AS_CONFIGURED;
	}
	if (!is_anything_configured(&verifying->config) || verifying->is_renewed)
		return 0;
	verifying->report = verify_make_report(root, &verifying->config);
	return verifying->report ? 0 : cmd_fail("verify", -ENOMEM);
}

/* Only a time after this boot's start shows that a boot with these images is still to come. */
static void read_images(struct verifying *verifying)
{
	const struct root *root = &verifying->cmd->root;
	time_t started = boot_time_read(root);
	int r;

	r = images_read(root, verifying->config.sha256, &verifying->images);
	if (r < 0)
		cmd_fail("cannot inspect the boot images", r);
	verifying->is_renewed = started != -1 &&
				next_boot_judge(&verifying->images, started, time(NULL)) ==
					NEXT_BOOT_HAS_IT;
}

static int say_nothing_to_verify(const struct verifying *verifying)
{
	if (is_anything_configured(&verifying->config))
		puts("pending: the boot images have the configuration, and this boot began before; "
		     "reboot to claim its cards");
	else
		puts("nothing is configured, and the agent left no report");
	return findings_have_error(&verifying->config.findings) ? EXIT_USAGE :
								  EXIT_AS_CONFIGURED;
}

static int keep(struct verifying *verifying)
{
	const struct root *root = &verifying->cmd->root;
	int r, filed;

	r = blackbox_file(root);
	if (r < 0) /* this boot's own report matters more */
		cmd_fail("the black boxes of earlier boots", r);
	r = report_write(root, verifying->report);
	filed = history_file(root, verifying->report, &verifying->filed);
	return r < 0 ? r : filed;
}

/* A unit's output goes to the journal as entries. */
static int print(const struct verifying *verifying)
{
	if (!verifying->cmd->wants_json && journal_is_stdout() &&
	    journal_tell(verifying->report, verifying->filed) == 0)
		return 0;
	return cmd_print_report(verifying->cmd, verifying->report);
}

static int exit_code(const struct verifying *verifying)
{
	if (findings_have_error(&verifying->config.findings))
		return EXIT_USAGE;
	return verifying->report->verified.result == VERIFIED_NOT_AS_CONFIGURED ?
		       EXIT_NOT_AS_CONFIGURED :
		       EXIT_AS_CONFIGURED;
}

static int run(struct verifying *verifying)
{
	const struct root *root = &verifying->cmd->root;
	struct vfio_ops vfio = vfio_live_ops(root);
	struct verify verify = {
		.root = root,
		.config = &verifying->config,
		.vfio = root->is_live ? &vfio : NULL,
		.images = &verifying->images,
	};
	char when[CLOCK_TEXT_SIZE];
	int r;

	read_images(verifying);
	r = get_report(verifying);
	if (r)
		return r;
	if (!verifying->report)
		return say_nothing_to_verify(verifying);
	verify.at = clock_format_iso(time(NULL), when);
	verify.is_renewed = verifying->is_renewed;
	r = verify_report(&verify, verifying->report);
	if (r < 0)
		return cmd_fail("verify", r);
	if (root->is_live && geteuid() != 0)
		fputs("vfio-claim: run verify as root to ask VFIO and to file the report\n",
		      stderr);
	else if (root->is_live)
		r = keep(verifying);
	if (r < 0)
		cmd_fail("cannot file the report", r);
	if (print(verifying) < 0)
		return cmd_fail("verify", -ENOMEM);
	return r < 0 && exit_code(verifying) == EXIT_AS_CONFIGURED ?
		       EXIT_NOT_AS_CONFIGURED :
		       exit_code(verifying);
}

static int cmd_verify(const struct cmd *cmd)
{
	struct verifying verifying = { .cmd = cmd };
	int r;

	r = survey_read_config(&cmd->root, &verifying.config);
	if (r < 0)
		return cmd_fail("configuration", r);
	if (verifying.config.is_crash_kernel) { /* it claims nothing, and has no place for a history */
		puts("this kernel was started after a crash, so there is nothing to verify");
		config_done(&verifying.config);
		return EXIT_AS_CONFIGURED;
	}
	r = run(&verifying);
	config_done(&verifying.config);
	images_done(&verifying.images);
	report_free(verifying.report);
	free(verifying.filed);
	return r;
}

const struct verb verb_verify = {
	.name = "verify",
	.summary = "check that all is still as configured, ask VFIO, file the report",
	.details =
		"Checks that every configured function is still on vfio-pci, answers, and "
		"has its memory free of the firmware's framebuffer; asks VFIO whether it would "
		"give the groups to a VM, without opening a device; checks whether the boot "
		"images hold this configuration; and files the report below " HISTORY_FOLDER
		". vfio-claim-verify.service runs this verb after each boot. Below a sysroot "
		"nothing is written.",
	.exit_codes =
		"Exit code: 0 as configured, configured since this boot began (pending), nothing is "
		"configured, switched off for this boot, or the kernel of a crash dump; 1 not as configured; 2 the configuration is wrong.",
	.has_json = true,
	.run = cmd_verify,
};
