// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Works on virtual functions of the running system: each write has a deadline, in a child, and what was done
 * is an event of this boot.
 */
#include "cmd/live/vf-live.h"

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/live/events.h"
#include "cmd/live/vf-users.h"
#include "model/finding.h"
#include "report/report-events.h"
#include "report/report.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define LOCK "vf.lock"
#define WAIT_MS 250

/* The running system --------------------------------------------------------------------------- */

struct running {
	struct live live;
	struct execute_ops inner;
	int64_t timeout_ms;
	int64_t driver_deadline_ms; /* of the physical functions' drivers, all together */
};

/* Each write has the whole of the configured time: firmware may need seconds for many functions. */
static int running_write(void *data, const char *path, const char *text)
{
	struct running *running = data;

	running->live.deadline_ms = clock_ms() + running->timeout_ms;
	return running->inner.write_bounded(running->inner.data, path, text);
}

static int running_unbind(void *data, const struct bdf *address)
{
	struct running *running = data;

	running->live.deadline_ms = clock_ms() + running->timeout_ms;
	return running->inner.unbind(running->inner.data, address);
}

static int running_load(void *data, const char *module)
{
	struct running *running = data;

	return running->inner.load(running->inner.data, module);
}

static int running_read_driver(void *data, const struct bdf *address, char **ret_driver)
{
	struct running *running = data;

	return running->inner.read_driver(running->inner.data, address, ret_driver);
}

static int running_find_driver(void *data, const char *module, char **ret_driver)
{
	struct running *running = data;

	return running->inner.find_driver(running->inner.data, module, ret_driver);
}

static int running_find_in_bars(void *data, const struct bdf *address,
				char ret_name[static IOMEM_NAME_SIZE])
{
	struct running *running = data;

	return running->inner.find_in_bars(running->inner.data, address, ret_name);
}

static bool running_wait(void *data)
{
	struct running *running = data;
	struct timespec moment = { .tv_nsec = WAIT_MS * 1000000L };

	if (clock_ms() >= running->driver_deadline_ms)
		return false;
	nanosleep(&moment, NULL);
	return true;
}

static int running_find_users(void *data, const struct bdf *address, char **ret_text)
{
	struct running *running = data;

	return vf_find_users(running->live.root, address, ret_text);
}

static struct vf_ops running_ops(struct running *running)
{
	running->inner = execute_live_ops(&running->live);
	return (struct vf_ops){
		.execute = {
			.write = running_write,
			.load = running_load,
			.read_driver = running_read_driver,
			.find_driver = running_find_driver,
			.unbind = running_unbind,
			.write_bounded = running_write,
			.find_in_bars = running_find_in_bars,
			.data = running,
		},
		.wait = running_wait,
		.find_users = running_find_users,
		.data = running,
	};
}

/* Telling -------------------------------------------------------------------------------------- */

void vf_live_print(const struct cmd *cmd, const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		(void)!page_wrap_format(&cmd->page, stdout, 0, 2, "%s: %s%s%s",
					finding->subject ?: "this machine", finding->text,
					finding->remedy ? "; remedy: " : "",
					finding->remedy ?: "");
	}
}

struct telling {
	const struct cmd *cmd;
	const struct vf_undo *undo; /* NULL: a start */
	struct report *report;	    /* NULL: people read it */
};

static bool is_dry_run(const struct vf_undo *undo)
{
	return undo && undo->is_dry_run;
}

static enum event_kind event_of(enum vf_end end, bool is_undo)
{
	if (end == VF_REFUSED)
		return EVENT_REFUSED;
	if (end == VF_FAILED)
		return EVENT_FAILED;
	return is_undo ? EVENT_RELEASED : EVENT_CLAIMED;
}

static void print(const struct telling *telling, const struct bdf *physical,
		  const struct vf_result *result)
{
	bool is_wish = is_dry_run(telling->undo) && result->end == VF_DONE;
	char address[PCI_ADDRESS_SIZE];

	printf("%s: %s%s\n", bdf_format(physical, address), is_wish ? "would remove " : "",
	       result->text			 ?:
		       result->end == VF_NOTHING ? "nothing to do" :
						   "virtual functions");
	vf_live_print(telling->cmd, &result->findings);
}

static void tell(void *data, const struct bdf *physical, const struct vf_result *result)
{
	const struct telling *telling = data;
	const struct event event = { .kind = event_of(result->end, telling->undo),
				     .cause = CAUSE_VF,
				     .address = *physical,
				     .text = result->text ?: "virtual functions",
				     .findings = &result->findings };
	bool is_dry = is_dry_run(telling->undo);
	int r;

	if (!telling->report)
		print(telling, physical, result);
	if (result->end == VF_NOTHING || (is_dry && result->end == VF_DONE))
		return;
	if (telling->report)
		report_add_event(telling->report, &event);
	r = is_dry ? 0 : event_tell(&telling->cmd->root, &event);
	if (r < 0 && r != -ENOENT)
		cmd_fail("the event cannot be recorded", r);
}

/* The work ------------------------------------------------------------------------------------- */

/* A signal must not leave the physical function half done. The children inherit this. */
static void ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &ignore, NULL);
}

int vf_live_work(const struct cmd *cmd, struct vf_view *view, const struct vf_undo *undo,
		 struct report *report)
{
	int64_t timeout_ms = view->survey.config.timeout_s * 1000ll;
	struct running running = {
		.live = { .root = &cmd->root,
			  .sources = survey_sources(&cmd->root, &view->survey),
			  .is_one_write = true },
		.timeout_ms = timeout_ms,
		.driver_deadline_ms = clock_ms() + timeout_ms,
	};
	struct vf_ops ops = running_ops(&running);
	struct telling telling = { cmd, undo, report };
	const struct vf_teller teller = { tell, &telling };
	_cleanup_close_ int lock = -1;

	if (!is_dry_run(undo)) {
		lock = root_lock(&cmd->root, REPORT_FOLDER, LOCK);
		if (lock < 0)
			return cmd_fail(REPORT_FOLDER "/" LOCK, lock);
		ignore_signals();
	}
	return undo ? vf_undo_all(&cmd->root, view, &ops, undo, &teller) :
		      vf_start_all(&cmd->root, view, &ops, &teller);
}
