// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs one boot's trial around the claim: reads the trial record, asks trial.c, counts the attempt
 * and writes the result. Runs only in the supervised worker, because a firmware call may never
 * return.
 */
#include "boot/attempt.h"

#include "base/clock.h"
#include "act/execute.h"
#include "act/loader.h"
#include "decide/menu-trial.h"
#include "facts/platform.h"
#include "model/finding.h"
#include "report/report.h"
#include "trial/efivar.h"
#include "trial/trial-store.h"

#include <stdarg.h>
#include <stdio.h>

static void PRINTF_LIKE(5, 6)
	trial_unavailable(struct attempt *attempt, struct survey *survey,
			  const char *subject, const char *remedy, const char *format, ...)
{
	char *reason = attempt->status.reason;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(attempt->status.reason), format, arguments);
	va_end(arguments);
	attempt->status.standing = TRIAL_UNAVAILABLE;
	findings_add(&survey->config.findings, subject, FINDING_TRIAL_UNAVAILABLE, remedy,
		     TEXT_TRIAL_UNAVAILABLE, reason);
}

/*
 * Loads the module first, or the kernel would start a modprobe for it. In an image with systemd
 * the file system is mounted already.
 */
static int open_store(const struct root *root, struct survey *survey, struct root *ret_store)
{
	struct load_sources sources = survey_sources(root, survey);
	int loaded, opened;

	loaded = loader_load(&sources, "efivarfs", NULL);
	opened = efivar_open_or_mount(root, ret_store);
	return opened == -EOPNOTSUPP && loaded < 0 ? loaded : opened;
}

static unsigned elapsed_ms(const struct attempt *attempt)
{
	return clock_ms() - attempt->started_ms;
}

/* The unit that confirms the boot runs only when this file exists. */
static void leave_flag(const struct root *root, struct attempt *attempt,
		       struct survey *survey)
{
	char text[64];
	int r;

	snprintf(text, sizeof(text), "attempt %u of %u\n", attempt->status.attempt,
		 attempt->status.limit);
	r = root_replace(root, REPORT_FOLDER, TRIAL_FLAG, text, strlen(text));
	if (r < 0)
		findings_add(&survey->config.findings, REPORT_FOLDER "/" TRIAL_FLAG,
			     SAY_NOT_CONFIRMED, strerror(-r));
}

/* Decides from the counted record whether this boot goes on; `r` is the result of writing it. */
static void settle(const struct root *root, struct survey *survey, bool may_go_on, int r,
		   struct attempt *attempt)
{
	struct trial_status *status = &attempt->status;
	const struct trial_claim *claim = trial_find_claim(&attempt->record, status->key);

	status->has_key = true;
	status->attempt = claim->attempts;
	/* If the last boot failed and this one cannot be counted, the machine would hang on every
	 * boot: treat the trial as spent. */
	if (!may_go_on || (r < 0 && claim->attempts > 1)) {
		status->standing = TRIAL_SPENT;
		status->attempt -= may_go_on;
		if (may_go_on)
			snprintf(status->reason, sizeof(status->reason),
				 CLAUSE_BOOT_NOT_COUNTED, strerror(-r));
		plan_refuse_all(&survey->plan, status->attempt,
				may_go_on ? strerror(-r) : NULL);
	} else if (r < 0) {
		trial_unavailable(attempt, survey, TRIAL_VARIABLE, REMEDY_NO_STORE,
				  CLAUSE_NOT_COUNTED, strerror(-r));
	} else if (claim->state == TRIAL_STATE_CONFIRMED) {
		status->standing = TRIAL_CONFIRMED;
	} else {
		status->standing = TRIAL_TRYING;
		leave_flag(root, attempt, survey);
	}
}

static int find_key(const struct root *root, struct survey *survey, uint8_t *key)
{
	char **firmware = &survey->snapshot.platform.firmware;
	int r = *firmware ? 0 : platform_read_firmware(root, firmware);

	return r < 0 ? r :
		       trial_find_key(&survey->config, &survey->snapshot, &survey->plan,
				      key);
}

int attempt_count(const struct root *root, struct survey *survey, struct attempt *attempt)
{
	struct trial_record stored;
	time_t started = clock_boot_time();
	struct trial_box box;
	bool is_changed, may_go_on;
	int found, r;

	r = find_key(root, survey, attempt->status.key);
	if (r < 0)
		return r;
	found = trial_read(&attempt->store, &stored);
	if (found < 0 && found != -ENOENT && found != -EBADMSG) {
		trial_unavailable(attempt, survey, TRIAL_VARIABLE, REMEDY_NO_STORE,
				  CLAUSE_VARIABLE_UNREADABLE, strerror(-found));
		return 0;
	}
	trial_fill_box(&survey->snapshot, &box);
	trial_tell_box(&box, &survey->config, &survey->snapshot, &survey->plan, NULL);
	box.started = started > 0 ? started : 0;
	box.elapsed_ms = elapsed_ms(attempt);
	may_go_on = trial_decide(found == 0 ? &stored : NULL, survey->config.trial_limit,
				 attempt->status.key, &box, &attempt->record, &is_changed);
	r = is_changed ? trial_write(&attempt->store, &attempt->record) : 0;
	settle(root, survey, may_go_on, r, attempt);
	return 0;
}

/* GRUB's count ---------------------------------------------------------------------------------- */

/* One way to count at a time: EFI variables have the black boxes too. */
static bool is_counted_by_menu(const struct root *root, const struct config *config)
{
	return config->trial_limit && config->menu_trial.state != MENU_TRIAL_NONE &&
	       !efivar_is_efi(root);
}

void attempt_leave_menu_flag(const struct root *root, struct survey *survey)
{
	const struct menu_trial *menu = &survey->config.menu_trial;
	struct attempt attempt = { .status = { .attempt = menu->boots,
					       .limit = menu->limit } };

	/* Also in a boot that claims nothing: `confirm` then takes it back from GRUB's count. */
	if (menu->state == MENU_TRIAL_TRYING && is_counted_by_menu(root, &survey->config))
		leave_flag(root, &attempt, survey);
}

bool attempt_is_given_up(const struct root *root, struct config *config,
			 struct trial_status *ret_status)
{
	const struct menu_trial *menu = &config->menu_trial;
	bool is_uncounted = menu->state == MENU_TRIAL_UNCOUNTED && menu->boots;

	if (!config->n_wanted || (menu->state != MENU_TRIAL_SPENT && !is_uncounted) ||
	    !is_counted_by_menu(root, config))
		return false;
	*ret_status = (struct trial_status){ .standing = TRIAL_SPENT,
					     .attempt = menu->boots,
					     .limit = config->trial_limit };
	if (is_uncounted) {
		snprintf(ret_status->reason, sizeof(ret_status->reason),
			 CLAUSE_BOOT_NOT_COUNTED, CLAUSE_GRUB_CANNOT_WRITE);
		findings_add(&config->findings, NULL, SAY_MENU_TRIAL_UNCOUNTED);
	} else {
		findings_add(&config->findings, NULL, SAY_MENU_TRIAL_SPENT, menu->boots);
	}
	return true;
}

static void take_menu_count(struct attempt *attempt, struct survey *survey)
{
	const struct menu_trial *menu = &survey->config.menu_trial;

	if (menu->state == MENU_TRIAL_TRYING) {
		attempt->status.standing = TRIAL_TRYING;
		attempt->status.attempt = menu->boots;
		attempt->status.limit = menu->limit;
	} else if (menu->state == MENU_TRIAL_UNCOUNTED) {
		trial_unavailable(attempt, survey, "", REMEDY_GRUB_CANNOT_WRITE,
				  CLAUSE_NOT_COUNTED, CLAUSE_GRUB_CANNOT_WRITE);
	} else if (menu_trial_is_of(menu->digest, survey->config.sha256)) {
		attempt->status.standing = TRIAL_CONFIRMED;
	} else {
		trial_unavailable(attempt, survey, "", REMEDY_OTHER_ON_TRIAL,
				  CLAUSE_OTHER_ON_TRIAL);
	}
}

/* The attempt -------------------------------------------------------------------------------- */

int attempt_begin(const struct root *root, struct survey *survey, int64_t started_ms,
		  struct attempt *ret_attempt)
{
	struct attempt attempt = {
		.status.limit = survey->config.trial_limit,
		.store.fd = -1,
		.started_ms = started_ms,
	};
	int opened, r = 0;

	if (!survey->config.trial_limit) {
		attempt.status.standing = TRIAL_OFF;
		goto out;
	}
	if (is_counted_by_menu(root, &survey->config)) {
		take_menu_count(&attempt, survey);
		goto out;
	}
	if (!efivar_is_efi(root)) {
		attempt.status.standing = TRIAL_NONE;
		goto out;
	}
	/* Without the unit no boot is confirmed, and good boots would use up the trial too. */
	if (!record_is_confirmed_by(&survey->record)) {
		trial_unavailable(&attempt, survey, "", REMEDY_NO_UNIT, CLAUSE_NO_UNIT);
		goto out;
	}
	opened = open_store(root, survey, &attempt.store);
	if (opened == 0)
		r = attempt_count(root, survey, &attempt);
	else if (opened == -EOPNOTSUPP) /* efi=noruntime, a real-time kernel */
		attempt.status.standing = TRIAL_NONE;
	else
		trial_unavailable(&attempt, survey, TRIAL_VARIABLE, REMEDY_NO_STORE,
				  CLAUSE_NO_STORE, strerror(-opened));
	if (attempt.status.standing != TRIAL_TRYING)
		attempt_done(&attempt);
out:
	*ret_attempt = attempt;
	return r;
}

void attempt_tell(struct attempt *attempt, struct survey *survey,
		  const struct outcome *outcome)
{
	struct trial_box *box;
	int r;

	if (attempt->status.standing != TRIAL_TRYING || !attempt->status.has_key)
		return; /* GRUB keeps a count alone */
	box = &attempt->record.boxes[attempt->record.n_boxes - 1];
	trial_tell_box(box, &survey->config, &survey->snapshot, &survey->plan, outcome);
	box->elapsed_ms = elapsed_ms(attempt);
	r = trial_write(&attempt->store, &attempt->record);
	if (r < 0) /* the attempt is counted already; only its details are lost */
		findings_add(&survey->config.findings, TRIAL_VARIABLE,
			     SAY_BOX_NOT_WRITTEN, strerror(-r));
}

void attempt_done(struct attempt *attempt)
{
	root_done(&attempt->store);
}
