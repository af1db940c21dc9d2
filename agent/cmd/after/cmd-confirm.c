// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim confirm`: marks the claim of this boot as good. vfio-claim-confirm.service runs it when
 * the default target is reached. vfio-claim-hibernate.service has it withdraw the attempt that
 * resuming from hibernation counted.
 */
#include "cmd/after/blackbox.h"
#include "cmd/after/confirm-menu.h"
#include "cmd/after/history.h"
#include "cmd/cmd.h"
#include "facts/platform.h"
#include "report/report-change.h"
#include "report/report-document.h"
#include "report/report-file.h"
#include "report/report.h"
#include "trial/efivar.h"
#include "trial/trial-store.h"

#include <stdio.h>

static struct {
	bool wants_again, is_hibernating, has_resumed;
} options;

static const struct verb_option rows[] = {
	{ "again",
	  "put a claim that was given up on trial again, from the next boot on: this boot's claim, or "
	  "else all that were given up",
	  .sets = &options.wants_again, .excludes_next = true },
	{ "hibernating", "before the machine hibernates: note which boots are known",
	  .sets = &options.is_hibernating, .excludes_next = true },
	{ "resumed", "after the machine resumed: do not count the boot that resumed it",
	  .sets = &options.has_resumed },
	{},
};

/* Names the newest box before hibernation; in a tmpfs, so that the restored system has it. */
#define SLEEP_NOTE "hibernating"
#define NO_BOX "none"

struct confirming {
	const struct root *root;
	struct root store;
	struct trial_record record;
	uint8_t boot_id[16];
	struct report *report; /* NULL: missing or unreadable */
	const uint8_t *key;    /* of this boot's claim; NULL: not known */
};

static int read_boot_id(const struct root *root, uint8_t boot_id[static 16])
{
	char text[PLATFORM_BOOT_ID_SIZE];
	int r = platform_read_boot_id(root, text);

	if (r < 0)
		return r;
	return trial_parse_boot_id(text, boot_id) ? 0 : -EBADMSG;
}

/* Updates this boot's report, and the filed one. Reads it again: `verify` may have changed it since. */
static int tell_report(const struct confirming *confirming)
{
	_cleanup_close_ int lock = report_lock(confirming->root);
	CLEANUP(report_freep) struct report *report = NULL;
	_cleanup_free_ char *path = NULL;
	const char *problem;
	int r;

	(void)lock; /* without it the report is changed all the same */
	if (!confirming->report || !confirming->report->trial.is_there)
		return 0;
	report = report_read(confirming->root, REPORT_PATH, &problem, &r);
	if (!report)
		return r;
	report_set_trial(report, TRIAL_CONFIRMED);
	r = report_write(confirming->root, report);
	return r < 0 ? r : history_file(confirming->root, report, &path);
}

/* The agent wrote the report before its last write to the record, which may have failed. */
static void complete_box(struct confirming *confirming)
{
	struct trial_box *box = trial_find_box(&confirming->record, confirming->boot_id);

	if (box && box->stage == TRIAL_STAGE_CLAIMING && confirming->report &&
	    confirming->report->result == RESULT_CLAIMED)
		box->stage = TRIAL_STAGE_CLAIMED;
}

/* The unit need not ask again in this boot. */
static void remove_flag(const struct root *root)
{
	int r = root_remove(root, REPORT_FOLDER "/" TRIAL_FLAG);

	if (r < 0 && r != -ENOENT)
		cmd_fail(REPORT_FOLDER "/" TRIAL_FLAG, r);
}

static int say_write_failed(int r)
{
	cmd_fail("the EFI variable", r);
	fputs("  remedy: mount efivarfs for writing at " EFIVAR_FOLDER
	      ", and make room for a variable in the firmware; until then write 'trial = off' and run "
	      "'vfio-claim setup --rebuild', or the claim is given up\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

static int confirm(struct confirming *confirming)
{
	struct trial_record *record = &confirming->record;
	enum trial_confirmation answer;
	int r;

	complete_box(confirming);
	answer = trial_confirm(record, confirming->key, confirming->boot_id);
	switch (answer) {
	case TRIAL_CONFIRMED_BEFORE:
		puts("already confirmed");
		return EXIT_AS_CONFIGURED;
	case TRIAL_NOT_THIS_BOOT:
		puts("nothing is on trial in this boot");
		return EXIT_NOT_AS_CONFIGURED;
	case TRIAL_IS_SPENT:
		puts("the trial is spent: this boot did not try the claim, so it cannot confirm it; "
		     "run 'vfio-claim confirm --again' to try it once more");
		return EXIT_NOT_AS_CONFIGURED;
	case TRIAL_CONFIRMED_NOW:
	case TRIAL_NOT_CLAIMED:
		break;
	}
	if (blackbox_file_at(confirming->root, HISTORY_FOLDER, record) == 0)
		record->n_boxes = 0; /* they are filed now */
	r = trial_write(&confirming->store, record);
	if (r < 0)
		return say_write_failed(r);
	remove_flag(confirming->root);
	if (answer == TRIAL_NOT_CLAIMED) {
		puts("this boot came up, but its claim failed: the claim stays on trial, with the "
		     "count of attempts at zero");
		return EXIT_AS_CONFIGURED;
	}
	r = tell_report(confirming);
	if (r < 0)
		cmd_fail("the report", r); /* the claim is confirmed all the same */
	puts("confirmed: a boot with this claim came up");
	return EXIT_AS_CONFIGURED;
}

static int renew(struct confirming *confirming)
{
	size_t n = trial_renew(&confirming->record, confirming->key);
	int r;

	if (!n) {
		puts("no claim was given up, and this boot's claim is not known: there is nothing to renew");
		return EXIT_NOT_AS_CONFIGURED;
	}
	r = trial_write(&confirming->store, &confirming->record);
	if (r < 0)
		return cmd_fail("the EFI variable", r);
	if (n == 1)
		puts("the claim is on trial from the next boot on");
	else
		printf("%zu claims are on trial from their next boot on\n", n);
	return EXIT_AS_CONFIGURED;
}

/* Hibernation -------------------------------------------------------------------------------- */

/*
 * Between the two calls the kernel boots again, several times if something goes wrong, and the agent
 * counts each of these boots. The last one ends in the restored system and never reaches a target.
 * A time cannot identify these boots: before the real root is mounted, a clock that keeps local
 * time is hours off.
 */
static int note_newest_box(struct confirming *confirming)
{
	const struct trial_record *record = &confirming->record;
	char text[BOOT_ID_SIZE] = NO_BOX;
	int r;

	if (record->n_boxes)
		trial_format_boot_id(record->boxes[record->n_boxes - 1].boot_id, text);
	r = root_replace(confirming->root, REPORT_FOLDER, SLEEP_NOTE, text, strlen(text));
	return r < 0 ? cmd_fail(REPORT_FOLDER "/" SLEEP_NOTE, r) : EXIT_AS_CONFIGURED;
}

static int give_back(struct confirming *confirming)
{
	static const char path[] = REPORT_FOLDER "/" SLEEP_NOTE;
	char text[64], boot[BOOT_ID_SIZE];
	uint8_t before[16];
	struct trial_box box;
	ssize_t n;
	int r;

	n = root_read_line(confirming->root, path, text, sizeof(text));
	if (n < 0)
		return cmd_fail(path, n);
	if (!streq(text, NO_BOX) && !trial_parse_boot_id(text, before))
		return cmd_fail(path, -EBADMSG);
	r = root_remove(confirming->root, path);
	if (r < 0)
		cmd_fail(path, r);
	if (!trial_give_back(&confirming->record, confirming->boot_id,
			     streq(text, NO_BOX) ? NULL : before, &box))
		return EXIT_AS_CONFIGURED;
	r = trial_write(&confirming->store, &confirming->record);
	if (r < 0)
		return cmd_fail("the EFI variable", r);
	printf("boot %s resumed this system: it does not count as an attempt\n",
	       trial_format_boot_id(box.boot_id, boot));
	return EXIT_AS_CONFIGURED;
}

/* The verb ----------------------------------------------------------------------------------- */

static int run(struct confirming *confirming)
{
	static const char path[] = REPORT_PATH;
	const char *problem;
	int r;

	r = read_boot_id(confirming->root, confirming->boot_id);
	if (r < 0)
		return cmd_fail("boot id", r);
	confirming->report = report_read(confirming->root, path, &problem, &r);
	if (confirming->report && confirming->report->trial.has_key)
		confirming->key = confirming->report->trial.key;
	if (options.wants_again)
		return renew(confirming);
	if (options.is_hibernating)
		return note_newest_box(confirming);
	return options.has_resumed ? give_back(confirming) : confirm(confirming);
}

/* Where there are no EFI variables GRUB may count. */
static int confirm_without_efi(const struct root *root)
{
	return options.wants_again    ? confirm_menu_again(root) :
	       options.is_hibernating ? confirm_menu_hibernating(root) :
	       options.has_resumed    ? confirm_menu_resumed(root) :
					confirm_menu(root);
}

/* Around hibernation this is no failure: no attempt has to be withdrawn. */
static int say_nothing_to_do(const char *why)
{
	puts(why);
	return options.is_hibernating || options.has_resumed ? EXIT_AS_CONFIGURED :
							       EXIT_NOT_AS_CONFIGURED;
}

static int cmd_confirm(const struct cmd *cmd)
{
	struct confirming confirming = { .root = &cmd->root };
	int r;

	if (!efivar_is_efi(&cmd->root))
		return confirm_without_efi(&cmd->root);
	r = efivar_open(&cmd->root, &confirming.store);
	if (r == -EOPNOTSUPP)
		return say_nothing_to_do(
			"this system keeps no EFI variables, so there is no trial");
	if (r == -ENODEV)
		return say_write_failed(r);
	if (r < 0)
		return cmd_fail("the EFI variables", r);
	r = trial_read(&confirming.store, &confirming.record);
	if (r < 0 && !(options.is_hibernating && (r == -ENOENT || r == -EBADMSG)))
		r = r == -ENOENT ?
			    say_nothing_to_do(
				    "no claim was tried yet, so there is nothing to confirm") :
			    cmd_fail("the EFI variable", r);
	else
		r = run(&confirming);
	root_done(&confirming.store);
	report_free(confirming.report);
	return r;
}

const struct verb verb_confirm = {
	.name = "confirm",
	.summary = "mark this boot's claim as good",
	.details =
		"Marks the claim of this boot as good, which ends its trial; see TRIAL BOOTS "
		"in vfio-claim(8). vfio-claim-confirm.service runs this verb when the default "
		"target is reached, vfio-claim-hibernate.service before and after hibernation.",
	.exit_codes =
		"Exit code: 0 done, or nothing to do; 1 there is nothing to confirm, or the "
		"verb failed.",
	.options = rows,
	.run = cmd_confirm,
};
