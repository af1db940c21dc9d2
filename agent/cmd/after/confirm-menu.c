// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ends the trial that GRUB counts, or corrects its count: GRUB counts whenever it shows its menu, and only a
 * boot that has come up can tell what became of that. Never touches an EFI variable.
 */
#include "cmd/after/confirm-menu.h"

#include "cmd/after/history.h"
#include "cmd/cmd.h"
#include "cmd/setup/grub-count.h"
#include "decide/menu-trial.h"
#include "report/report-change.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"
#include "trial/trial-store.h"

#include <stdio.h>

/* The count before hibernation; in a tmpfs, so that the restored system has it. */
#define SLEEP_NOTE "hibernating"

struct confirming {
	const struct root *root;
	struct grub_trial trial; /* in the environment block */
	struct menu_trial said;	 /* on this boot's command line */
	struct report *report;	 /* NULL: missing or unreadable */
	unsigned limit;		 /* of the configuration */
};

static void confirming_done(struct confirming *confirming)
{
	report_free(confirming->report);
}

/* 0, or EXIT_... after a message. */
static int read_all(const struct root *root, struct confirming *confirming)
{
	static const char path[] = REPORT_PATH;
	CLEANUP(config_done) struct config config = {};
	const char *problem;
	int r;

	confirming->root = root;
	r = grub_trial_read(root, &confirming->trial);
	if (r < 0)
		return cmd_fail("GRUB's environment block", r);
	r = survey_read_config(root, &config);
	if (r < 0)
		return cmd_fail("configuration", r);
	confirming->said = config.menu_trial;
	confirming->limit = config.trial_limit;
	confirming->report = report_read(root, path, &problem, &r);
	return 0;
}

static int say_none(void)
{
	puts("this system keeps no EFI variables, and GRUB counts no boots, so there is no trial");
	return EXIT_NOT_AS_CONFIGURED;
}

/* The unit need not ask again in this boot. */
static void remove_flag(const struct root *root)
{
	int r = root_remove(root, REPORT_FOLDER "/" TRIAL_FLAG);

	if (r < 0 && r != -ENOENT)
		cmd_fail(REPORT_FOLDER "/" TRIAL_FLAG, r);
}

static int store(const struct confirming *confirming)
{
	int r = grub_count_store(confirming->root, &confirming->trial);

	if (r)
		fputs("  remedy: mount GRUB's folder for writing, and run 'vfio-claim confirm' again; "
		      "otherwise GRUB goes on counting, and the claim is given up\n",
		      stderr);
	else
		remove_flag(confirming->root);
	return r;
}

/* Confirm ------------------------------------------------------------------------------------ */

/* In this boot's report, and in the filed one. */
static int tell_report(const struct confirming *confirming)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (!confirming->report || confirming->report->trial.state != TRIAL_TRYING)
		return 0;
	report_set_trial(confirming->report, TRIAL_CONFIRMED);
	r = report_write(confirming->root, confirming->report);
	return r < 0 ? r : history_file(confirming->root, confirming->report, &path);
}

/* Did this boot try the claim that is on trial? One with another image, or without the claim, did not. */
static bool has_tried(const struct confirming *confirming)
{
	const struct report *report = confirming->report;

	return report && report->trial.state == TRIAL_TRYING &&
	       menu_trial_is_of(confirming->trial.digest, report->config_sha256);
}

static bool has_failed(const struct report *report)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		if (report->gpus[i].result == RESULT_FAILED)
			return true;
	return report->result == RESULT_FAILED;
}

static int say_confirmed(const struct confirming *confirming, const char *words)
{
	int r = tell_report(confirming);

	if (r < 0)
		cmd_fail("the report", r); /* the claim is confirmed all the same */
	puts(words);
	return EXIT_AS_CONFIGURED;
}

static int confirm(struct confirming *confirming)
{
	struct grub_trial *trial = &confirming->trial;
	bool is_good = has_tried(confirming) && !has_failed(confirming->report);
	int r;

	/* Also for the boot that did not try: what it counted is taken back. */
	trial->count = has_tried(confirming) ? 0 : trial->count - 1;
	if (is_good)
		trial->limit = 0;
	r = store(confirming);
	if (r)
		return r;
	if (is_good)
		return say_confirmed(confirming,
				     "confirmed: a boot with this claim came up");
	puts(has_tried(confirming) ?
		     "this boot came up, but its claim failed: the claim stays on trial, with the "
		     "count of attempts at zero" :
		     "this boot did not try the claim that is on trial: it does not count");
	return EXIT_AS_CONFIGURED;
}

int confirm_menu(const struct root *root)
{
	CLEANUP(confirming_done) struct confirming confirming = {};
	int r = read_all(root, &confirming);

	if (r)
		return r;
	if (!*confirming.trial.digest)
		return say_none();
	if (!confirming.trial.limit) {
		remove_flag(root);
		return say_confirmed(&confirming, "already confirmed");
	}
	if (confirming.said.state == MENU_TRIAL_SPENT ||
	    (confirming.said.state == MENU_TRIAL_UNCOUNTED && confirming.said.boots)) {
		puts("the trial is spent: this boot did not try the claim, so it cannot confirm it; "
		     "run 'vfio-claim confirm --again' to try it once more");
		return EXIT_NOT_AS_CONFIGURED;
	}
	/* `setup` may have begun another trial since. */
	if (confirming.said.state != MENU_TRIAL_TRYING ||
	    confirming.said.boots != confirming.trial.count) {
		puts("nothing is on trial in this boot");
		return EXIT_NOT_AS_CONFIGURED;
	}
	return confirm(&confirming);
}

int confirm_menu_again(const struct root *root)
{
	CLEANUP(confirming_done) struct confirming confirming = {};
	int r = read_all(root, &confirming);

	if (r)
		return r;
	if (!*confirming.trial.digest || !confirming.limit)
		return say_none();
	confirming.trial.limit = confirming.limit;
	confirming.trial.count = 0;
	r = store(&confirming);
	if (r)
		return r;
	puts("the claim is on trial from the next boot on");
	return EXIT_AS_CONFIGURED;
}

/* Hibernation -------------------------------------------------------------------------------- */

/*
 * GRUB counts the boot that resumes, in the file that this system keeps in memory: what is noted before is
 * written back after.
 */
int confirm_menu_hibernating(const struct root *root)
{
	struct grub_trial trial;
	char text[16];
	int r;

	r = grub_trial_read(root, &trial);
	if (r < 0)
		return cmd_fail("GRUB's environment block", r);
	if (!*trial.digest || !trial.limit)
		return EXIT_AS_CONFIGURED;
	snprintf(text, sizeof(text), "%u", trial.count);
	r = root_replace(root, REPORT_FOLDER, SLEEP_NOTE, text, strlen(text));
	return r < 0 ? cmd_fail(REPORT_FOLDER "/" SLEEP_NOTE, r) : EXIT_AS_CONFIGURED;
}

int confirm_menu_resumed(const struct root *root)
{
	static const char path[] = REPORT_FOLDER "/" SLEEP_NOTE;
	struct grub_trial trial;
	char text[16];
	ssize_t n;
	int r;

	n = root_read_line(root, path, text, sizeof(text));
	if (n == -ENOENT)
		return EXIT_AS_CONFIGURED; /* nothing was on trial */
	if (n < 0)
		return cmd_fail(path, n);
	r = grub_trial_read(root, &trial);
	if (r < 0)
		return cmd_fail("GRUB's environment block", r);
	trial.count = n == 1 && *text >= '0' && *text <= '9' ? (unsigned)(*text - '0') : 0;
	r = trial.limit ? grub_count_store(root, &trial) : 0;
	if (r)
		return r;
	r = root_remove(root, path);
	if (r < 0)
		cmd_fail(path, r);
	puts("the boot that resumed this system does not count as an attempt");
	return EXIT_AS_CONFIGURED;
}
