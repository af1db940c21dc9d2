// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the watch on the running system: with the kernel's events, until a signal ends it. */
#include "cmd/live/watch-live.h"

#include "cmd/after/journal.h"
#include "cmd/cmd.h"
#include "cmd/live/events.h"
#include "cmd/live/monitor.h"
#include "cmd/live/watch.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

/* Between the unbind and the remove of a function lie milliseconds; an event is to be told in a second. */
#define QUIET_MS 150
#define MOST_MS 500

struct live_watch {
	const struct cmd *cmd;
	struct monitor *monitor;
};

static int receive(void *data, char **ret_path)
{
	const struct live_watch *live = data;

	return monitor_receive(live->monitor, ret_path);
}

/* In the journal of a unit the event has an entry of its own. */
static void tell(void *data, const struct event *event)
{
	const struct live_watch *live = data;
	char address[PCI_ADDRESS_SIZE];

	if (!journal_is_stdout())
		printf("%s: %s: %s\n", bdf_format(&event->address, address),
		       event_kind_name(event->kind), event->text);
	fflush(stdout);
	event_tell_or_warn(&live->cmd->root, event, NULL);
}

static int open_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int run(struct live_watch *live, int stop_fd)
{
	const struct watch_ops ops = {
		.receive = receive,
		.tell = tell,
		.data = live,
		.monitor_fd = monitor_fd(live->monitor),
		.stop_fd = stop_fd,
		.quiet_ms = QUIET_MS,
		.most_ms = MOST_MS,
	};
	struct watch watch;
	int r = watch_begin(&live->cmd->root, &ops, &watch);

	if (r == 0) {
		journal_tell_ready();
		r = watch_run(&watch);
	}
	watch_done(&watch);
	return r;
}

int watch_live(const struct cmd *cmd)
{
	struct live_watch live = { .cmd = cmd };
	_cleanup_close_ int stop_fd = open_signals();
	int r;

	if (stop_fd < 0)
		return cmd_fail("signals", stop_fd);
	/* Before the first look, so that nothing happens between them. */
	r = monitor_open(&live.monitor);
	if (r == 0)
		r = run(&live, stop_fd);
	monitor_close(live.monitor);
	return r < 0 ? cmd_fail("the kernel's events", r) : EXIT_AS_CONFIGURED;
}
