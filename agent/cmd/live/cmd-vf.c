// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim vf`: makes the virtual functions that the `vf =` lines want and takes those for VMs, or
 * undoes that. Runs from vfio-claim-vf.service. Each write has a deadline, in a child.
 */
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/live/events.h"
#include "cmd/live/vf-users.h"
#include "cmd/live/vf.h"
#include "model/finding.h"
#include "report/report.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define LOCK "vf.lock"
#define WAIT_MS 250

static struct {
	bool is_undo;
} options;

static const struct verb_option rows[] = {
	{ "undo", "give the virtual functions back and remove them",
	  .sets = &options.is_undo },
	{},
};

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

static void print_findings(const struct cmd *cmd, const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		(void)!page_wrap_format(&cmd->page, stdout, 0, 2, "%s: %s%s%s",
					finding->subject ?: "this machine", finding->text,
					finding->remedy ? "; remedy: " : "",
					finding->remedy ?: "");
	}
}

static enum event_kind event_of(enum vf_end end)
{
	if (end == VF_REFUSED)
		return EVENT_REFUSED;
	if (end == VF_FAILED)
		return EVENT_FAILED;
	return options.is_undo ? EVENT_RELEASED : EVENT_CLAIMED;
}

static void tell(const struct cmd *cmd, const struct vf_line *line,
		 const struct vf_result *result)
{
	const struct event event = { .kind = event_of(result->end),
				     .cause = CAUSE_VF,
				     .address = line->physical->address,
				     .text = result->text ?: "virtual functions",
				     .findings = &result->findings };
	char address[PCI_ADDRESS_SIZE];
	int r;

	bdf_format(&line->physical->address, address);
	printf("%s: %s\n", address,
	       result->text			 ?:
		       result->end == VF_NOTHING ? "nothing to do" :
						   "virtual functions");
	print_findings(cmd, &result->findings);
	r = result->end == VF_NOTHING ? 0 : event_tell(&cmd->root, &event);
	if (r < 0 && r != -ENOENT)
		cmd_fail("the event cannot be recorded", r);
}

/* The verb ------------------------------------------------------------------------------------- */

static int work_on(const struct cmd *cmd, const struct vf_view *view,
		   const struct vf_line *line, const struct vf_ops *ops)
{
	struct vf_result result;
	int r;

	if (!line->physical)
		return options.is_undo ? 0 : EXIT_NOT_AS_CONFIGURED;
	if (options.is_undo)
		vf_stop(&cmd->root, view, line, ops, &result);
	else
		vf_start(&cmd->root, view, line, ops, &result);
	tell(cmd, line, &result);
	r = result.end == VF_REFUSED || result.end == VF_FAILED ? EXIT_NOT_AS_CONFIGURED :
								  EXIT_AS_CONFIGURED;
	vf_result_done(&result);
	return r;
}

static int work_on_all(const struct cmd *cmd, struct vf_view *view)
{
	int64_t timeout_ms = view->survey.config.timeout_s * 1000ll;
	struct running running = {
		.live = { .root = &cmd->root,
			  .record = &view->survey.record,
			  .modules = view->survey.modules,
			  .is_one_write = true },
		.timeout_ms = timeout_ms,
		.driver_deadline_ms = clock_ms() + timeout_ms,
	};
	struct vf_ops ops = running_ops(&running);
	int r = EXIT_AS_CONFIGURED;

	for (size_t i = 0; i < view->lines.n; i++) {
		size_t k = options.is_undo ? view->lines.n - 1 - i : i;

		if (work_on(cmd, view, &view->lines.items[k], &ops))
			r = EXIT_NOT_AS_CONFIGURED;
	}
	return r;
}

/* A signal must not leave the physical function half done. The children inherit this. */
static void ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &ignore, NULL);
}

static int run(const struct cmd *cmd, struct vf_view *view)
{
	const struct config *config = &view->survey.config;
	_cleanup_close_ int lock = -1;
	int r;

	print_findings(cmd, &config->findings);
	print_findings(cmd, &view->findings);
	if (!options.is_undo && (findings_have_error(&config->findings)))
		return EXIT_USAGE;
	if (!options.is_undo && config->mode != MODE_CLAIM) {
		puts("switched off for this boot: no virtual function is made");
		return EXIT_AS_CONFIGURED;
	}
	if (!cmd->root.is_live)
		return findings_have_error(&view->findings) ? EXIT_USAGE :
							      EXIT_AS_CONFIGURED;
	lock = root_lock(&cmd->root, REPORT_FOLDER, LOCK);
	if (lock < 0)
		return cmd_fail(REPORT_FOLDER "/" LOCK, lock);
	ignore_signals();
	r = work_on_all(cmd, view);
	return findings_have_error(&view->findings) ? EXIT_USAGE : r;
}

static int cmd_vf(const struct cmd *cmd)
{
	struct vf_view view;
	int r = vf_view_read(&cmd->root, &view);

	if (r < 0)
		return cmd_fail("vf", r);
	r = run(cmd, &view);
	vf_view_done(&view);
	return r;
}

const struct verb verb_vf = {
	.name = "vf",
	.details =
		"For vfio-claim-vf.service: makes the virtual functions that the 'vf =' lines of the "
		"configuration want, claims those for VMs, and gives the others to the host's "
		"drivers. Changes nothing that is right already, and nothing that is in use. Below "
		"a sysroot it only reads the lines.",
	.exit_codes =
		"Exit code: 0 as configured; 1 not as configured; 2 the configuration is wrong.",
	.options = rows,
	.run = cmd_vf,
};
