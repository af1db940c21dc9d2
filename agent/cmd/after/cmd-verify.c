// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim verify`: checks whether this boot is as configured, adds the answer to the boot's report,
 * files and prints it. The claim comes first, in milliseconds, because VMs wait for it; then the boot images,
 * in a child, so that no image can cost the first answer. Each step has a unit, which runs in every boot.
 * `--watch` is another program (cmd/live/watch-live.c).
 */
#include "base/clock.h"
#include "cmd/after/apart.h"
#include "cmd/after/blackbox.h"
#include "cmd/after/boot-time.h"
#include "cmd/after/history.h"
#include "cmd/after/journal.h"
#include "cmd/after/next-boot.h"
#include "cmd/after/verify-verdict.h"
#include "cmd/after/verify.h"
#include "cmd/cmd.h"
#include "cmd/live/vf-state.h"
#include "cmd/live/watch-live.h"
#include "host/images.h"
#include "model/model.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "survey.h"

#include <stdio.h>

#define LIMIT_SECONDS 300
#define LIMIT_MOST 86400

static struct {
	bool is_claim_alone, are_images_alone, is_watch;
	const char *limit;
} options;

static const struct verb_option rows[] = {
	{ "claim", "check the claim alone: do not open the boot images",
	  .sets = &options.is_claim_alone, .excludes_next = true },
	{ "images", "open the boot images alone, and add what they hold to the filed report",
	  .sets = &options.are_images_alone, .excludes_next = true },
	{ "watch", "tell what happens to the claimed cards, until a signal ends it",
	  .sets = &options.is_watch },
	{ "limit", "the seconds after which the boot images are given up (300)",
	  .argument = "SECONDS", .string = &options.limit },
	{},
};

struct verifying {
	const struct cmd *cmd;
	struct config config;
	struct root traced;	   /* the same root; notes what is read of it */
	struct boot_images images; /* below `traced` */
	bool is_renewed; /* an image has the configuration since this boot began, or may have */
	struct report *report;
	char *filed;	    /* path of the filed report; NULL: not filed */
	bool is_unfiled;    /* for want of a writable disk, not of rights */
	bool is_changed;    /* the images have changed the verdict */
	bool are_unjudged;  /* the images */
	struct apart apart; /* the child that opens them */
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
	static const char path[] = REPORT_PATH;
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

/* A user other than root reads, judges, and files nothing. */
static bool can_file(const struct verifying *verifying)
{
	return verifying->cmd->root.is_live && geteuid() == 0;
}

/* Without a report there is nothing to add them to. */
static void say_images(const struct verifying *verifying)
{
	CLEANUP(findings_done) struct findings findings = {};

	next_boot_add_findings(&verifying->images, &findings);
	for (size_t i = 0; i < findings.n; i++)
		if (page_wrap_format(&verifying->cmd->page, stdout, 0, 2, "%s: %s",
				     findings.items[i].subject, findings.items[i].text) < 0)
			return; /* no memory: the verdict is said */
}

/* Virtual functions are made by a unit, in a boot without an agent too. */
static int say_virtual_functions(const struct verifying *verifying)
{
	CLEANUP(findings_done) struct findings findings = {};
	int r = vf_verify(&verifying->cmd->root, &findings);

	for (size_t i = 0; i < findings.n && r == 0; i++)
		r = page_wrap_format(&verifying->cmd->page, stdout, 0, 2, "%s: %s",
				     findings.items[i].subject, findings.items[i].text);
	if (r < 0)
		return cmd_fail("verify", r);
	if (!findings.n)
		puts("the virtual functions are as configured");
	return findings_have_error(&findings) ? EXIT_NOT_AS_CONFIGURED : EXIT_AS_CONFIGURED;
}

static int say_nothing_to_verify(const struct verifying *verifying)
{
	if (!is_anything_configured(&verifying->config) && verifying->config.vfs.n)
		return say_virtual_functions(verifying);
	if (!is_anything_configured(&verifying->config))
		puts("nothing is configured, and the agent left no report");
	else if (options.is_claim_alone)
		puts("pending: a boot image was written since this boot began; 'vfio-claim verify' opens "
		     "it and says whether it has the configuration");
	else
		puts("pending: the boot images have the configuration, and this boot began before; "
		     "reboot to claim its cards");
	if (is_anything_configured(&verifying->config))
		say_images(verifying);
	return findings_have_error(&verifying->config.findings) ? EXIT_USAGE :
								  EXIT_AS_CONFIGURED;
}

static void keep(struct verifying *verifying)
{
	const struct root *root = &verifying->cmd->root;
	int r, filed;

	if (!can_file(verifying))
		return;
	free(steal(verifying->filed));
	r = report_write(root, verifying->report);
	filed = history_file(root, verifying->report, &verifying->filed);
	verifying->is_unfiled = r < 0 || filed < 0;
	if (verifying->is_unfiled)
		cmd_fail("cannot file the report", r < 0 ? r : filed);
}

/* A unit's output goes to the journal as entries. */
static int print(const struct verifying *verifying)
{
	const struct report *report = verifying->report;
	const char *filed = verifying->filed;
	bool is_journal = !verifying->cmd->wants_json && journal_is_stdout();

	if (is_journal &&
	    (options.are_images_alone ?
		     journal_tell_images(report, verifying->is_changed, filed) :
		     journal_tell(report, filed)) == 0)
		return 0;
	return cmd_print_report(verifying->cmd, report);
}

static int exit_code(const struct verifying *verifying)
{
	enum verified result = verifying->report->verified.result;

	if (findings_have_error(&verifying->config.findings))
		return EXIT_USAGE;
	return result == VERIFIED_NOT_AS_CONFIGURED || result == VERIFIED_RELEASED ||
			       verifying->is_unfiled || verifying->are_unjudged ?
		       EXIT_NOT_AS_CONFIGURED :
		       EXIT_AS_CONFIGURED;
}

/* What the first step has said, and its unit has failed for, is not said again. */
static int exit_code_of_images(const struct verifying *verifying)
{
	bool is_worse = verifying->is_changed &&
			verifying->report->verified.result == VERIFIED_NOT_AS_CONFIGURED;

	return is_worse || verifying->is_unfiled || verifying->are_unjudged ?
		       EXIT_NOT_AS_CONFIGURED :
		       EXIT_AS_CONFIGURED;
}

static int end(const struct verifying *verifying)
{
	if (print(verifying) < 0)
		return cmd_fail("verify", -ENOMEM);
	return options.are_images_alone ? exit_code_of_images(verifying) :
					  exit_code(verifying);
}

/* The claim ------------------------------------------------------------------------------------ */

static struct verify describe(const struct verifying *verifying, const char *at)
{
	return (struct verify){
		.root = &verifying->cmd->root,
		.config = &verifying->config,
		.is_renewed = verifying->is_renewed,
		.at = at,
	};
}

static int verify_claim(struct verifying *verifying)
{
	const struct root *root = &verifying->cmd->root;
	struct vfio_ops vfio = vfio_live_ops(root);
	char when[CLOCK_TEXT_SIZE];
	struct verify verify = describe(verifying, clock_format_iso(time(NULL), when));

	verify.vfio = root->is_live ? &vfio : NULL;
	return verify_report(&verify, verifying->report);
}

/* EXIT_... after a message, or 0: there is a report, unless there is nothing to verify. */
static int judge_claim(struct verifying *verifying)
{
	const struct root *root = &verifying->cmd->root;
	_cleanup_close_ int lock = can_file(verifying) ? report_lock(root) : -1;
	int r;

	(void)lock; /* without it the report is changed all the same */
	verifying->is_renewed = next_boot_may_have_it(root, boot_time_read(root));
	r = get_report(verifying);
	if (r || !verifying->report)
		return r;
	r = verify_claim(verifying);
	if (r < 0)
		return cmd_fail("verify", r);
	if (root->is_live && geteuid() != 0)
		fputs("vfio-claim: run verify as root to ask VFIO and to file the report\n",
		      stderr);
	if (can_file(verifying) && (r = blackbox_file(root)) < 0)
		cmd_fail("the black boxes of earlier boots", r); /* this boot matters more */
	keep(verifying);
	return 0;
}

/* The boot images ------------------------------------------------------------------------------ */

static void note_path(const char *path, enum root_use use, void *data)
{
	const struct verifying *verifying = data;

	if (use == ROOT_USE_READ)
		apart_note(&verifying->apart, path);
}

/* Only a time after this boot's start shows that a boot with these images is still to come. */
static int read_images(struct verifying *verifying)
{
	time_t started = boot_time_read(&verifying->cmd->root);
	int r;

	verifying->traced = verifying->cmd->root;
	verifying->traced.trace = note_path;
	verifying->traced.trace_data = verifying;
	r = images_read(&verifying->traced, verifying->config.sha256, &verifying->images);
	verifying->is_renewed = r == 0 && started != -1 &&
				next_boot_judge(&verifying->images, started, time(NULL)) ==
					NEXT_BOOT_HAS_IT;
	return r;
}

/* Another verb may have changed the report while the images were read. */
static int get_report_again(struct verifying *verifying)
{
	int r;

	if (verifying->report && !can_file(verifying))
		return 0;
	report_free(steal(verifying->report));
	r = get_report(verifying);
	/* Made just now: the agent did not run, and no image explains that. */
	if (r == 0 && verifying->report && !verify_has_run(verifying->report) &&
	    !verifying->report->verified.is_there) {
		verifying->is_changed = true;
		r = verify_claim(verifying) < 0 ? cmd_fail("verify", -ENOMEM) : 0;
	}
	return r;
}

static int say_claim_comes_first(void)
{
	fputs("vfio-claim: the claim of this boot is not verified yet; run 'vfio-claim verify'\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

static int add_unjudged(struct verifying *verifying, const char *path, const char *why)
{
	verifying->are_unjudged = true;
	return verify_images_unjudged(verifying->report, path, why);
}

static int add_images(struct verifying *verifying)
{
	enum verified before = verifying->report->verified.result;
	char when[CLOCK_TEXT_SIZE];
	struct verify verify = describe(verifying, clock_format_iso(time(NULL), when));
	int r = verify_images(&verify, &verifying->images, verifying->report);

	verifying->is_changed |= verifying->report->verified.result != before;
	return r;
}

/* `why`: the images could not be judged; NULL: they have been read. */
static int end_images(struct verifying *verifying, const char *path, const char *why)
{
	_cleanup_close_ int lock =
		can_file(verifying) ? report_lock(&verifying->cmd->root) : -1;
	int r;

	(void)lock;
	r = get_report_again(verifying);
	if (r)
		return r;
	if (!verifying->report)
		return say_nothing_to_verify(verifying);
	r = why ? add_unjudged(verifying, path, why) : add_images(verifying);
	if (r == -EINVAL)
		return say_claim_comes_first();
	if (r < 0)
		return cmd_fail("verify", r);
	keep(verifying);
	return end(verifying);
}

static int judge_images(struct verifying *verifying)
{
	int r = read_images(verifying);

	return end_images(verifying, "/lib/modules", r < 0 ? strerror(-r) : NULL);
}

static unsigned limit(void)
{
	return options.limit ? strtoul(options.limit, NULL, 10) : LIMIT_SECONDS;
}

static int end_without_images(struct verifying *verifying, enum apart_end how)
{
	const struct apart *apart = &verifying->apart;
	_cleanup_free_ char *why =
		how == APART_LATE ? text_format("reading '%s' did not end in %u s",
						apart->note ?: "?", limit()) :
		how == APART_CRASHED ?
				    text_format("reading '%s' ended with signal %d (%s)",
						apart->note ?: "?", apart->code,
						strsignal(apart->code)) :
				    text_format("no process could be started: %s",
						strerror(apart->code));

	return end_images(verifying,
			  apart->note && *apart->note ? apart->note : "boot images",
			  why ?: "out of memory");
}

static int judge_images_apart(struct verifying *verifying)
{
	enum apart_end how = apart_run(limit(), &verifying->apart);

	if (how == APART_IS_CHILD)
		return judge_images(verifying);
	return how == APART_ENDED ? verifying->apart.code :
				    end_without_images(verifying, how);
}

/* The verb ------------------------------------------------------------------------------------- */

static int run(struct verifying *verifying)
{
	int r = options.are_images_alone ? 0 : judge_claim(verifying);

	if (r)
		return r;
	if (!options.is_claim_alone)
		return judge_images_apart(verifying);
	return verifying->report ? end(verifying) : say_nothing_to_verify(verifying);
}

static int check_options(const struct cmd *cmd)
{
	char *end;

	if (options.is_claim_alone && options.are_images_alone)
		return verb_usage_error(
			cmd->verb,
			"--claim and --images exclude each other: without them both are done");
	if (options.is_watch && (options.is_claim_alone || options.are_images_alone ||
				 options.limit || cmd->wants_json))
		return verb_usage_error(cmd->verb,
					"--watch takes no other option of verify");
	if (options.is_watch && !cmd->root.is_live)
		return verb_usage_error(cmd->verb, "--watch needs the running system");
	if (!options.limit)
		return 0;
	if (options.is_claim_alone)
		return verb_usage_error(cmd->verb,
					"--limit is of the boot images, which --claim leaves out");
	if (*options.limit >= '0' && *options.limit <= '9' &&
	    strtoul(options.limit, &end, 10) - 1 < LIMIT_MOST && !*end)
		return 0;
	return verb_usage_error(cmd->verb, "--limit takes seconds, from 1 to %d, not '%s'",
				LIMIT_MOST, options.limit);
}

static int cmd_verify(const struct cmd *cmd)
{
	struct verifying verifying = { .cmd = cmd };
	int r = check_options(cmd);

	if (r)
		return r;
	if (options.is_watch)
		return watch_live(cmd);
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
	apart_done(&verifying.apart);
	free(verifying.filed);
	return r;
}

const struct verb verb_verify = {
	.name = "verify",
	.summary = "check that all is still as configured, ask VFIO, file the report",
	.details =
		"Checks that every configured function is still on vfio-pci, answers, and "
		"has its memory free of the firmware's framebuffer; asks VFIO whether it would "
		"give the groups to a VM, without opening a device; and files the report below " HISTORY_FOLDER
		". That takes milliseconds; services that start VMs wait for "
		"vfio-claim-verify.service, which runs --claim after each boot.\nThen opens the boot "
		"images, which takes seconds, and adds to the report whether they hold this "
		"configuration. vfio-claim-images.service runs --images, and nothing waits for it. An "
		"image that cannot be read in time leaves the report of the claim as it is. Below a "
		"sysroot nothing is written.\nWith --watch it adds to the journal and to the report what happens to the "
		"claimed cards of this boot: functions that are removed, lose their driver or return all ones, and "
		"devices that keep VFIO from a card's group. It looks when the kernel reports an event of a card, of "
		"a bridge above it or of its group, and never in between. vfio-claim-watch.service runs it where it "
		"is enabled.",
	.exit_codes =
		"Exit code: 0 as configured, configured since this boot began (pending), nothing is "
		"configured, switched off for this boot, or the kernel of a crash dump; 1 not as configured, or a card was given away by 'vfio-claim release', or the boot images could not be judged; 2 the configuration is wrong. With --watch: 0 a signal "
		"has ended it, 1 it could not go on.",
	.options = rows,
	.has_json = true,
	.run = cmd_verify,
};
