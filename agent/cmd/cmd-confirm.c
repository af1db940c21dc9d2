// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim confirm`: this boot came up, so its claim is good. Run by
 * vfio-claim-confirm.service once the default target is reached; by hand where there is none.
 */
#include "blackbox.h"
#include "cmd.h"
#include "efivar.h"
#include "history.h"
#include "report-document.h"
#include "report-file.h"
#include "report.h"
#include "trial-store.h"

#include <stdio.h>

static const char usage[] =
	"Usage: vfio-claim confirm [--again]\n"
	"Marks this boot's claim as good: it is no longer on trial, and later boots claim the same\n"
	"without counting. --again lets a claim whose trial is spent, or any other that is known,\n"
	"be tried anew from the next boot on.\n"
	"Exit code: 0 done, or confirmed before; 1 there is nothing to confirm, or it failed.\n";

static int read_boot_id(const struct root *root, uint8_t boot_id[static 16])
{
	char text[64];
	ssize_t n;

	n = root_read_line(root, "/proc/sys/kernel/random/boot_id", text, sizeof(text));
	if (n < 0)
		return n;
	return trial_parse_boot_id(text, boot_id) ? 0 : -EBADMSG;
}

/* This boot's report, and the one that is filed, say it too. */
static int tell_report(const struct root *root)
{
	CLEANUP(report_putp) struct json_object *report = NULL;
	_cleanup_free_ char *path = NULL;
	const char *problem;
	int r;

	report = report_read(root, REPORT_FOLDER "/" REPORT_JSON, &problem, &r);
	if (!report || !report_member(report, "trial"))
		return r == -ENOENT || report ? 0 : r;
	document_add_string(report_member(report, "trial"), "state",
			    trial_standing_name(TRIAL_CONFIRMED));
	r = report_write(root, report);
	return r < 0 ? r : history_file(root, report, &path);
}

/*
 * The last write of the agent may have failed, or have come too late; the report was written
 * before it.
 */
static void complete_box(const struct root *root, struct trial_box *box)
{
	CLEANUP(report_putp) struct json_object *report = NULL;
	const char *problem;
	int r;

	if (!box || box->stage != TRIAL_STAGE_CLAIMING)
		return;
	report = report_read(root, REPORT_FOLDER "/" REPORT_JSON, &problem, &r);
	if (report && streq(report_string(report, "result"), "claimed"))
		box->stage = TRIAL_STAGE_CLAIMED;
}

/* It has its answer: the unit need not ask again in this boot. */
static void take_flag(const struct root *root)
{
	int r = root_remove(root, REPORT_FOLDER "/" TRIAL_FLAG);

	if (r < 0 && r != -ENOENT)
		cmd_fail(REPORT_FOLDER "/" TRIAL_FLAG, r);
}

static int say_write_failed(int r)
{
	cmd_fail("the EFI variable", r);
	fputs("  remedy: efivarfs must be mounted for writing at " EFIVAR_FOLDER
	      ", and the firmware "
	      "have room for a variable; until then write 'trial = off' and run 'vfio-claim setup "
	      "--rebuild', or the claim is given up\n",
	      stderr);
	return EXIT_NOT_AS_CONFIGURED;
}

static int confirm(const struct root *root, const struct root *store,
		   struct trial_record *record)
{
	enum trial_confirmation answer;
	uint8_t boot_id[16];
	int r;

	r = read_boot_id(root, boot_id);
	if (r < 0)
		return cmd_fail("boot id", r);
	complete_box(root, trial_find_box(record, boot_id));
	answer = trial_confirm(record, boot_id);
	switch (answer) {
	case TRIAL_CONFIRMED_BEFORE:
		puts("confirmed before");
		return EXIT_AS_CONFIGURED;
	case TRIAL_NOT_THIS_BOOT:
		puts("nothing is on trial in this boot");
		return EXIT_NOT_AS_CONFIGURED;
	case TRIAL_IS_SPENT:
		puts("the trial is spent: this boot did not try the claim, so nothing can be said of it; "
		     "'vfio-claim confirm --again' tries it anew");
		return EXIT_NOT_AS_CONFIGURED;
	case TRIAL_CONFIRMED_NOW:
	case TRIAL_NOT_CLAIMED:
		break;
	}
	if (blackbox_file_at(root, HISTORY_FOLDER, record) == 0)
		record->n_boxes = 0; /* their stories are told elsewhere now */
	r = trial_write(store, record);
	if (r < 0)
		return say_write_failed(r);
	take_flag(root);
	if (answer == TRIAL_NOT_CLAIMED) {
		puts("this boot came up, but its claim failed: it stays on trial, from the first "
		     "attempt on");
		return EXIT_AS_CONFIGURED;
	}
	r = tell_report(root);
	if (r < 0)
		cmd_fail("the report", r); /* what counts is done */
	puts("confirmed: a boot with this claim came up");
	return EXIT_AS_CONFIGURED;
}

static int renew(const struct root *store, struct trial_record *record)
{
	int r;

	trial_renew(record);
	r = trial_write(store, record);
	if (r < 0)
		return cmd_fail("the EFI variable", r);
	printf("on trial from the next boot on, for %u attempt%s\n", record->limit,
	       record->limit == 1 ? "" : "s");
	return EXIT_AS_CONFIGURED;
}

int cmd_confirm(int argc, char **argv)
{
	CLEANUP(cmd_options_done) struct cmd_options options = { .root.fd = -1 };
	struct trial_record record;
	struct root store;
	int r;

	r = cmd_parse(argc, argv, usage, CMD_AGAIN, &options);
	if (r || options.is_done)
		return r;
	r = efivar_open(&options.root, &store);
	if (r == -EOPNOTSUPP) {
		puts("this system keeps no EFI variables: there is no trial");
		return EXIT_NOT_AS_CONFIGURED;
	}
	if (r == -ENODEV)
		return say_write_failed(r);
	if (r < 0)
		return cmd_fail("the EFI variables", r);
	r = trial_read(&store, &record);
	if (r == -ENOENT) {
		puts("no claim was tried yet: there is nothing to confirm");
		r = EXIT_NOT_AS_CONFIGURED;
	} else if (r < 0) {
		r = cmd_fail("the EFI variable", r);
	} else {
		r = options.wants_again ? renew(&store, &record) :
					  confirm(&options.root, &store, &record);
	}
	root_done(&store);
	return r;
}
