// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever becomes of the work (done, crashed, killed, stuck), the boot goes on in time and the
 * report is true. The parent here does nothing that can block; it never waits for a child
 * beyond its deadline.
 */
#include "boot/supervise.h"

#include "decide/config.h"
#include "boot/distress.h"
#include "boot/execute.h"
#include "facts/pci.h"
#include "decide/judge.h"
#include "report/report.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* Of `timeout`, kept back for giving a half-claimed card back. */
#define RESERVE_MOST_MS 2000

/* Beyond `timeout`, for the report. Nothing of it blocks, says the kernel; should it do so after
 * all, the boot goes on without a report. */
#define GUARD_S 5

struct frame {
	uint32_t size;
	uint32_t timeout_s;
	uint32_t is_final;
};

struct supervisor {
	const struct root *root;
	int fd;
	pid_t pid;
	int64_t started_ms;
	unsigned timeout_s;
	char *buffer; /* bytes received and not yet a whole frame */
	size_t used, capacity;
	char *last; /* text of the last whole frame */
	size_t last_size;
	bool has_final;
};

static int64_t work_ms(unsigned timeout_s)
{
	int64_t all = (int64_t)timeout_s * 1000, reserve = all / 4;

	return all - (reserve < RESERVE_MOST_MS ? reserve : RESERVE_MOST_MS);
}

/* The worker's side --------------------------------------------------------------------- */

static int write_all(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= n;
	}
	return 0;
}

int supervised_tell(struct supervised *worker, struct json_object *report,
		    unsigned timeout_s, bool is_final)
{
	struct frame frame = { .timeout_s = timeout_s, .is_final = is_final };
	const char *text;
	size_t size;
	int r;

	if (!report)
		return -ENOMEM;
	worker->deadline_ms = worker->started_ms + work_ms(timeout_s);
	text = report_serialize(report, &size);
	if (!text)
		return -ENOMEM;
	frame.size = size;
	r = write_all(worker->fd, &frame, sizeof(frame));
	if (r == 0)
		r = write_all(worker->fd, text, size);
	if (r == -EPIPE) {
		worker->unheard = strdup(text);
		worker->is_unheard_final = is_final;
	}
	return r;
}

/* The parent's side --------------------------------------------------------------------- */

static double clock_seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static const struct root *guarded;

/* Says so, in a call that is safe in a handler; if that blocks too, the next alarm ends it. */
static void give_up(int signal_number)
{
	int r;

	signal(SIGALRM, SIG_DFL);
	signal(signal_number, SIG_DFL);
	alarm(1);
	r = root_write(guarded, "/dev/kmsg",
		       signal_number == SIGALRM ?
			       "<3>vfio-claim: stuck beyond its time; no report of this boot\n" :
			       "<3>vfio-claim: crashed; no report of this boot\n");
	(void)r;
	_exit(EXIT_FAILURE);
}

/*
 * Whatever becomes of the parent itself, the boot waits no longer than this; nor does it end
 * without a word. json-c, say, ends the program when there is no memory.
 */
static void set_guard(const struct supervisor *supervisor)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT };
	int64_t end = supervisor->started_ms + (supervisor->timeout_s + GUARD_S) * 1000ll;
	struct sigaction action = { .sa_handler = give_up, .sa_flags = SA_NODEFER };

	guarded = supervisor->root;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm((end - now_ms()) / 1000 + 1);
}

static void take_frames(struct supervisor *supervisor)
{
	struct frame frame;

	while (supervisor->used >= sizeof(frame)) {
		size_t whole;
		char *text;

		memcpy(&frame, supervisor->buffer, sizeof(frame));
		whole = sizeof(frame) + frame.size;
		if (frame.size > REPORT_SIZE_MAX || supervisor->used < whole)
			return;
		text = malloc(frame.size + 1);
		if (!text)
			return;
		memcpy(text, supervisor->buffer + sizeof(frame), frame.size);
		text[frame.size] = '\0';
		free(supervisor->last);
		supervisor->last = text;
		supervisor->last_size = frame.size;
		if (frame.timeout_s >= 1 && frame.timeout_s <= TIMEOUT_MAX_S &&
		    frame.timeout_s != supervisor->timeout_s) {
			supervisor->timeout_s = frame.timeout_s;
			set_guard(supervisor);
		}
		supervisor->has_final = frame.is_final;
		supervisor->used -= whole;
		memmove(supervisor->buffer, supervisor->buffer + whole, supervisor->used);
	}
}

/* 1: something was read; 0: the other end is closed; negative errno. */
static int receive(struct supervisor *supervisor)
{
	ssize_t n;

	if (supervisor->capacity - supervisor->used < 65536) {
		size_t capacity = supervisor->capacity + 65536;
		char *grown;

		if (capacity > 2 * REPORT_SIZE_MAX)
			return -EFBIG;
		grown = realloc(supervisor->buffer, capacity);
		if (!grown)
			return -ENOMEM;
		supervisor->buffer = grown;
		supervisor->capacity = capacity;
	}
	n = read(supervisor->fd, supervisor->buffer + supervisor->used,
		 supervisor->capacity - supervisor->used);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	supervisor->used += n;
	take_frames(supervisor);
	return n > 0;
}

/* Until the final frame, the end of the child, or the deadline: 0, -EPIPE, -ETIMEDOUT. */
static int follow(struct supervisor *supervisor)
{
	while (!supervisor->has_final) {
		struct pollfd pollfd = { .fd = supervisor->fd, .events = POLLIN };
		int64_t deadline = supervisor->started_ms + work_ms(supervisor->timeout_s);
		int64_t left = deadline - now_ms();
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
		if (n == 0 && !supervisor->has_final)
			return -EPIPE;
	}
	return 0;
}

/* How it ended, for the report; true: by SIGKILL. Never waits long: it may be beyond killing. */
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

/* Giving back ---------------------------------------------------------------------------- */

static void refresh_drivers(const struct root *root, struct json_object *gpu)
{
	for (size_t i = 0; i < report_count(gpu, "functions"); i++) {
		struct json_object *function = report_item(gpu, "functions", i);
		_cleanup_free_ char *driver = NULL;
		struct bdf address;

		if (bdf_parse(report_string(function, "address"), &address) &&
		    pci_read_driver(root, &address, &driver) == 0)
			report_set_driver(function, driver);
	}
}

static bool is_whole(const struct json_object *gpu)
{
	for (size_t i = 0; i < report_count(gpu, "functions"); i++)
		if (!streq(report_string(report_item(gpu, "functions", i), "result"),
			   "claimed"))
			return false;
	return report_count(gpu, "functions") > 0;
}

/* One child for each function: any of them may block for ever. */
static unsigned start_giving_back(const struct root *root, const struct json_object *gpu,
				  int64_t deadline_ms)
{
	unsigned started = 0;

	for (size_t i = 0; i < report_count(gpu, "functions"); i++) {
		const struct json_object *function = report_item(gpu, "functions", i);
		struct live live = { .root = root, .deadline_ms = deadline_ms };
		struct execute_ops ops = execute_live_ops(&live);
		struct bdf address;
		pid_t pid;

		if (!bdf_parse(report_string(function, "address"), &address) ||
		    is_vfio_driver(report_string(function, "driver_before")))
			continue;
		pid = fork();
		if (pid == 0) {
			execute_give_back(&address, 1,
					  report_number(function, "hold") ?
						  ON_FAILURE_HOLD :
						  ON_FAILURE_RELEASE,
					  &ops);
			_exit(0);
		}
		started += pid > 0;
	}
	return started;
}

/* The worker, killed, may be among those that end, or may never end. */
static void wait_children(unsigned running, pid_t worker, int64_t deadline_ms)
{
	while (running && now_ms() < deadline_ms) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return;
		if (pid == 0)
			usleep(5000);
		else if (pid != worker)
			running--;
	}
}

static void repair(struct supervisor *supervisor, struct json_object *report)
{
	int64_t deadline = supervisor->started_ms + (int64_t)supervisor->timeout_s * 1000;
	unsigned running = 0;

	if (!streq(report_string(report, "mode"), "claim"))
		return;
	for (size_t i = 0; i < report_count(report, "gpus"); i++) {
		struct json_object *gpu = report_item(report, "gpus", i);

		if (streq(report_string(gpu, "result"), "refused"))
			continue;
		refresh_drivers(supervisor->root, gpu);
		if (!is_whole(gpu))
			running += start_giving_back(supervisor->root, gpu, deadline);
	}
	wait_children(running, supervisor->pid, deadline);
	for (size_t i = 0; i < report_count(report, "gpus"); i++) {
		struct json_object *gpu = report_item(report, "gpus", i);

		if (!streq(report_string(gpu, "result"), "refused"))
			refresh_drivers(supervisor->root, gpu);
	}
	report_settle(report);
}

/* The report ----------------------------------------------------------------------------- */

/* What is said when the child ended before it said anything. */
static struct json_object *empty_report(double started_at)
{
	struct config config;
	struct run run = {
		.config = &config,
		.started_at = started_at,
		.unfinished = RESULT_FAILED,
	};

	config_init(&config);
	return report_build(&run);
}

/* The work was not done, by no decision of ours. Nobody but the kernel kills a boot agent. */
static void add_end(const struct root *root, bool is_killed, const char *end,
		    struct json_object *report)
{
	const char *remedy =
		"please report this with the output of 'vfio-claim log --json'";
	const char *why = is_killed ? distress_find(root, &remedy) : NULL;
	char text[320];

	snprintf(text, sizeof(text), "%s%s%s", end, why ? ": " : "", why ? why : "");
	report_add_failure(report, FINDING_INTERNAL, text, remedy);
}

static struct json_object *conclude(struct supervisor *supervisor, int followed,
				    double started_at)
{
	struct json_object *report = NULL;
	const char *problem;
	char text[160];
	bool is_lost, is_killed;

	if (followed < 0 && supervisor->pid > 0)
		kill(supervisor->pid, SIGKILL);
	if (supervisor->last)
		report = report_parse(supervisor->last, supervisor->last_size, &problem);
	is_lost = supervisor->last && !report;
	if (!report)
		report = empty_report(started_at);
	if (report && is_lost) {
		report_add_failure(report, FINDING_INTERNAL,
				   "what the worker told of this boot is lost", NULL);
		report_settle(report);
	}
	if (!report || followed == 0)
		return report;
	/* What it is at in the kernel comes to its end before anything is given back, or never. */
	is_killed = describe_end(supervisor->pid, text, sizeof(text));
	if (followed == -ETIMEDOUT) {
		snprintf(text, sizeof(text),
			 "the work was not done within %lld ms and was stopped",
			 (long long)work_ms(supervisor->timeout_s));
		report_add_failure(report, FINDING_DEADLINE, text,
				   "look in the kernel log for what was slow; 'timeout' in "
				   "/etc/vfio-claim.conf allows more");
	} else if (followed == -EOWNERDEAD) {
		add_end(supervisor->root, true,
			"the supervising process was killed; its worker made this report",
			report);
	} else {
		add_end(supervisor->root, is_killed, text, report);
	}
	if (!supervisor->has_final)
		repair(supervisor, report);
	if (!supervisor->last)
		report_settle(report);
	return report;
}

/*
 * The child's part. It comes back only when its parent was killed: then it stands in for it. What
 * nobody heard before anything was touched has stopped the work; what nobody heard at the end
 * is true, and only the report is missing.
 */
static struct json_object *run_worker(struct supervisor *supervisor,
				      supervised_work *work, int fd, double started_at)
{
	struct supervised worker = {
		.root = supervisor->root,
		.fd = fd,
		.started_ms = supervisor->started_ms,
		.deadline_ms = supervisor->started_ms + work_ms(TIMEOUT_DEFAULT_S),
	};
	int r;

	signal(SIGPIPE, SIG_IGN);
	r = work(&worker, started_at);
	if (!worker.unheard)
		_exit(-r & 0xff);
	supervisor->last = worker.unheard;
	supervisor->last_size = strlen(worker.unheard);
	supervisor->has_final = worker.is_unheard_final;
	set_guard(supervisor);
	return conclude(supervisor, -EOWNERDEAD, started_at);
}

struct json_object *supervise(const struct root *root, supervised_work *work)
{
	double started_at = clock_seconds(CLOCK_BOOTTIME),
	       begun = clock_seconds(CLOCK_MONOTONIC);
	struct supervisor supervisor = {
		.root = root,
		.fd = -1,
		.started_ms = now_ms(),
		.timeout_s = TIMEOUT_DEFAULT_S,
	};
	struct json_object *report;
	int ends[2], followed;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	supervisor.fd = ends[0];
	supervisor.pid = fork();
	if (supervisor.pid == 0) {
		close(ends[0]);
		report = run_worker(&supervisor, work, ends[1], started_at);
	} else {
		set_guard(&supervisor);
		close(ends[1]);
		followed = supervisor.pid < 0 ? -EPIPE : follow(&supervisor);
		report = conclude(&supervisor, followed, started_at);
		close(ends[0]);
	}
	free(supervisor.buffer);
	free(supervisor.last);
	if (report)
		report_set_duration(report,
				    (clock_seconds(CLOCK_MONOTONIC) - begun) * 1000);
	return report;
}
