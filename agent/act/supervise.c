// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the work in a child, so that the boot goes on in time and the report is true whether the
 * work ends, crashes, is killed or gets stuck. Never makes a call that can block, and never waits
 * for a child past its deadline.
 */
#include "act/supervise.h"

#include "base/clock.h"
#include "act/distress.h"
#include "act/repair.h"
#include "decide/config.h"
#include "model/finding.h"
#include "report/report-change.h"
#include "report/report-document.h"
#include "report/report-pack.h"
#include "report/report.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* Time past `timeout` for writing the report. None of its calls should block; if one does, the boot
 * goes on without a report. */
#define GUARD_S 5

struct supervisor {
	const struct root *root;
	pid_t pid;
	double begun; /* seconds of CLOCK_MONOTONIC */
	int64_t started_ms;
	struct channel channel;
	bool expects_kept; /* the worker writes the final report */
};

/* Deadlines ------------------------------------------------------------------------------ */

static const struct root *guarded;

/* Logs, in calls that are safe in a handler. If they block too, the next alarm ends the process. */
static void give_up(int signal_number)
{
	int r;

	signal(SIGALRM, SIG_DFL);
	signal(signal_number, SIG_DFL);
	alarm(1);
	r = root_write(guarded, "/dev/kmsg",
		       signal_number == SIGALRM ?
			       "<3>vfio-claim: stuck past its deadline; no report of this boot\n" :
			       "<3>vfio-claim: crashed; no report of this boot\n");
	(void)r;
	_exit(EXIT_FAILURE);
}

/*
 * Bounds how long the boot waits for the parent itself, and makes a crash log a line. json-c, for
 * one, aborts the program when there is no memory.
 */
static void set_guard(const struct supervisor *supervisor)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT };
	int64_t end = supervisor->started_ms +
		      (supervisor->channel.timeout_s + GUARD_S) * 1000ll;
	struct sigaction action = { .sa_handler = give_up, .sa_flags = SA_NODEFER };

	guarded = supervisor->root;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm((end - clock_ms()) / 1000 + 1);
}

/* Reads once. A frame may carry another timeout. */
static int receive(struct supervisor *supervisor)
{
	unsigned before = supervisor->channel.timeout_s;
	int r = channel_receive(&supervisor->channel);

	if (supervisor->channel.timeout_s != before)
		set_guard(supervisor);
	return r;
}

static bool has_all(const struct supervisor *supervisor)
{
	const struct channel *channel = &supervisor->channel;

	return supervisor->expects_kept ? channel->is_kept : channel->has_final;
}

/* Receives until all is told (0), the end of the child (-EPIPE) or the deadline (-ETIMEDOUT). */
static int follow(struct supervisor *supervisor)
{
	while (!has_all(supervisor)) {
		struct pollfd pollfd = { .fd = supervisor->channel.fd, .events = POLLIN };
		int64_t deadline = supervisor->started_ms +
				   channel_work_ms(supervisor->channel.timeout_s);
		int64_t left = deadline - clock_ms();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&pollfd, 1, left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		n = receive(supervisor);
		if (n < 0)
			return n;
		if (n == 0 && !has_all(supervisor))
			return -EPIPE;
	}
	return 0;
}

/* Describes how the child ended; true: by SIGKILL. Never waits long: it may be unkillable. */
static bool describe_end(pid_t pid, char *buffer, size_t size)
{
	int status;

	for (int i = 0; pid > 0 && i < 50; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFSIGNALED(status))
				snprintf(buffer, size,
					 "the agent was killed by signal %d (%s)",
					 WTERMSIG(status), strsignal(WTERMSIG(status)));
			else
				snprintf(buffer, size, "the agent stopped early: %s",
					 strerror(WEXITSTATUS(status)));
			return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		}
		usleep(2000);
	}
	snprintf(buffer, size, "the agent stopped early");
	return false;
}

/* The report ----------------------------------------------------------------------------- */

/* The report of a child that ended before its first one. */
static struct report *empty_report(double started_at)
{
	struct config config;
	struct run run = {
		.config = &config,
		.started_at = started_at,
		.unfinished = RESULT_FAILED,
	};

	config_init(&config);
	return report_take(report_build(&run));
}

/* NULL: it is not whole, as the worker had no memory. */
static struct report *unpack_report(const struct channel *channel)
{
	struct json_object *document = document_unpack(channel->last, channel->last_size);
	const char *problem;

	if (document_is_report(document, &problem))
		return report_take(document);
	document_put(document);
	return NULL;
}

/* Adds the finding for work that ended early. Only the kernel itself would kill a boot agent. */
static void add_end(const struct root *root, bool is_killed, const char *end,
		    struct report *report)
{
	const char *remedy = REMEDY_TELL_US;
	const char *why = is_killed ? distress_find(root, &remedy) : NULL;
	char text[320];

	snprintf(text, sizeof(text), "%s%s%s", end, why ? ": " : "", why ? why : "");
	report_add_error(report, FINDING_INTERNAL, NULL, text, remedy);
}

static struct report *conclude(struct supervisor *supervisor, int followed,
			       double started_at)
{
	struct report *report = NULL;
	char text[160];
	bool is_lost, is_killed;

	if (followed < 0 && supervisor->pid > 0)
		kill(supervisor->pid, SIGKILL);
	if (supervisor->channel.last)
		report = unpack_report(&supervisor->channel);
	is_lost = supervisor->channel.last && !report;
	if (!report)
		report = empty_report(started_at);
	if (report && is_lost) {
		report_add_error(report, FINDING_INTERNAL, NULL, TEXT_WORK_LOST, NULL);
		report_settle(report);
	}
	/* A worker that ended after its final report could not write it, which is all that is missing. */
	if (!report || (supervisor->channel.has_final && followed != -EOWNERDEAD))
		return report;
	/* Lets a killed child finish its present call in the kernel before a card is given back. */
	is_killed = describe_end(supervisor->pid, text, sizeof(text));
	if (followed == -ETIMEDOUT) {
		snprintf(text, sizeof(text), TEXT_DEADLINE,
			 (long long)channel_work_ms(supervisor->channel.timeout_s));
		report_add_error(report, FINDING_DEADLINE, NULL, text, REMEDY_DEADLINE);
	} else if (followed == -EOWNERDEAD) {
		add_end(supervisor->root, true, TEXT_SUPERVISOR_KILLED, report);
	} else {
		add_end(supervisor->root, is_killed, text, report);
	}
	if (!supervisor->channel.has_final)
		repair(supervisor->root, report, supervisor->pid,
		       supervisor->started_ms +
			       (int64_t)supervisor->channel.timeout_s * 1000);
	if (!supervisor->channel.last)
		report_settle(report);
	return report;
}

/*
 * The child's part. It returns only when its parent was killed, and takes the parent's place. If the
 * unheard report is from before the first step, the work stopped there; if it is the final one,
 * it is true, and only remains to be written.
 */
static struct report *run_worker(struct supervisor *supervisor, supervised_work *work,
				 int fd, double started_at)
{
	struct supervised worker = {
		.root = supervisor->root,
		.fd = fd,
		.begun = supervisor->begun,
		.started_ms = supervisor->started_ms,
		.deadline_ms = supervisor->started_ms + channel_work_ms(TIMEOUT_DEFAULT_S),
	};
	int r;

	signal(SIGPIPE, SIG_IGN);
	r = work(&worker, started_at);
	if (!worker.unheard)
		_exit(-r & 0xff);
	supervisor->channel.last = worker.unheard;
	supervisor->channel.last_size = worker.unheard_size;
	supervisor->channel.has_final = worker.is_unheard_final;
	set_guard(supervisor);
	return conclude(supervisor, -EOWNERDEAD, started_at);
}

struct report *supervise(const struct root *root, supervised_work *work, int *ret_exit_code)
{
	double started_at = clock_seconds(CLOCK_BOOTTIME);
	struct supervisor supervisor = {
		.root = root,
		.begun = clock_seconds(CLOCK_MONOTONIC),
		.started_ms = clock_ms(),
		.channel = { .fd = -1, .timeout_s = TIMEOUT_DEFAULT_S },
		.expects_kept = ret_exit_code,
	};
	struct report *report = NULL;
	int ends[2], followed;

	if (ret_exit_code)
		*ret_exit_code = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	supervisor.channel.fd = ends[0];
	supervisor.pid = fork();
	if (supervisor.pid == 0) {
		close(ends[0]);
		report = run_worker(&supervisor, work, ends[1], started_at);
	} else {
		set_guard(&supervisor);
		close(ends[1]);
		followed = supervisor.pid < 0 ? -EPIPE : follow(&supervisor);
		if (followed == 0 && supervisor.expects_kept)
			*ret_exit_code = supervisor.channel.exit_code;
		else
			report = conclude(&supervisor, followed, started_at);
		close(ends[0]);
	}
	channel_done(&supervisor.channel);
	if (report)
		report_set_duration(report, clock_ms_since(supervisor.begun));
	return report;
}
