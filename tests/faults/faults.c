// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boot goes on and every promise is kept, whatever single call of the agent fails. The whole boot path runs in processes of its own, as at boot, on the folder of layer.c: once without a fault, then once for each call and each way in which it can fail.
 *
 * usage: faults TREE TABLE     compares its table of faults with TABLE; VFIO_CLAIM_REWRITE=1
 *                              writes it
 */
#include "decide/judge.h"
#include "kernel.h"
#include "layer.h"
#include "report/report.h"
#include "fault-table.h"
#include "world.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

int agent_main(int argc, char **argv);

#define RUNNERS 3
#define BLOCKED_RUNNERS 16 /* they sleep */
#define LIMIT_MS 8000
#define TRIES 4

static const struct scenario scenarios[] = {
	{ "a claim", true, .result = "claimed", .state = CARD_OURS },
	{ "a claim, on-failure = hold", .policy = "hold", .result = "claimed",
	  .state = CARD_OURS },
	{ "a driver to be taken off first", .driver = "xhci_hcd", .result = "claimed",
	  .state = CARD_OURS },
	{ "a claim that fails and is undone", .refuses_vfio = "0000:02:00.2",
	  .result = "failed", .state = CARD_FREE },
	{ "a claim on trial", true, .is_on_trial = true, .result = "claimed",
	  .state = CARD_OURS },
	{ "a refusal, on-failure = hold", .policy = "hold", .has_no_remapping = true,
	  .result = "refused", .state = CARD_HELD },
};

/* One run ---------------------------------------------------------------------------------- */

static int64_t real_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static void begin(const struct job *job)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	layer->base_ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	layer->site = job->site;
	layer->nth = job->nth;
	layer->kind = job->kind;
	layer->error = job->error;
	layer->n_sites = job->n_sites;
	for (unsigned i = 0; i < SITES; i++) {
		layer->sites[i].n = 0;
		layer->sites[i].is_there &= i < job->n_sites;
	}
	layer->injected = layer->foreign_writes = layer->unknown_paths = 0;
	layer->crashes = layer->aborts = 0;
	layer->asserted = layer->blocked = 0;
}

static bool is_only_child(pid_t pid)
{
	char path[64], text[256], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strtol(text, &end, 10) == pid && !end[strspn(end, " ")];
}

/* Waits for the agent, then for its children, of which only the blocked one may remain. */
static bool follow(pid_t agent, int *ret_status)
{
	int64_t end = real_ms() + LIMIT_MS;
	bool has_ended = false;

	while (real_ms() < end) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid < 0)
			break;
		if (pid == agent) {
			*ret_status = status;
			has_ended = true;
		} else if (pid == 0 && has_ended && layer->blocked &&
			   is_only_child(layer->blocked)) {
			break;
		} else if (pid == 0) {
			usleep(200);
		}
	}
	kill(-agent, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return has_ended;
}

static void run(const struct scenario *scenario, const struct job *job,
		struct run_result *result)
{
	char program[] = "agent", *arguments[] = { program, NULL };
	pid_t agent;

	*result = (struct run_result){};
	world_reset(scenario);
	begin(job);
	agent = fork();
	if (agent == 0) {
		setpgid(0, 0);
		if (!getenv("VFIO_CLAIM_ONLY")) /* libraries print each fault, too */
			dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		layer_is_active = true;
		_exit(agent_main(1, arguments));
	}
	setpgid(agent, agent);
	result->has_ended = follow(agent, &result->status);
	result->was_injected = layer->injected;
	world_look(scenario, result);
}

/* On a busy machine the agent may run out of time. */
static bool is_late_by_chance(const struct job *job, const struct run_result *result)
{
	bool was_stopped = WIFSIGNALED(result->status) &&
			   WTERMSIG(result->status) == SIGALRM;

	return job->kind != KIND_BLOCK && (result->has_deadline || was_stopped);
}

static void run_settled(const struct scenario *scenario, const struct job *job,
			struct run_result *result)
{
	for (int i = 0; i < TRIES; i++) {
		run(scenario, job, result);
		if (job->site == SITE_NONE ||
		    (result->was_injected && !is_late_by_chance(job, result)))
			return;
	}
}

/* All faults ------------------------------------------------------------------------------ */

static void run_jobs(const char *tree, const struct scenario *scenario,
		     const struct site *sites, struct jobs *jobs, unsigned first,
		     unsigned step)
{
	layer = mmap(NULL, sizeof(*layer), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (layer == MAP_FAILED)
		abort();
	layer->speed = 8;
	world_make(tree, scenario);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	memcpy(layer->sites, sites, sizeof(layer->sites));
	for (unsigned i = first; i < jobs->n; i += step) {
		struct job *job = &jobs->items[i];

		const char *only = getenv("VFIO_CLAIM_ONLY"); /* to debug one fault */

		if (only && job->site != SITE_NONE &&
		    !strstr(job_describe(job, &sites[job->site].call), only))
			continue;
		/* An effect of a busy machine does not repeat; a bug does. */
		for (int k = 0; k < TRIES && (k == 0 || *job->result.problem); k++) {
			run_settled(scenario, job, &job->result);
			judge_run(scenario, job, &sites[job->site].call, &job->result);
		}
	}
	world_remove();
}

static void run_parallel(const char *tree, const struct scenario *scenario,
			 const struct site *sites, struct jobs *jobs, unsigned runners)
{
	for (unsigned i = 0; i < runners; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			run_jobs(tree, scenario, sites, jobs, i, runners);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < runners; i++) {
		int status;

		if (wait(&status) < 0 || status) {
			fprintf(stderr, "faults: a runner ended with %d\n", status);
			exit(EXIT_FAILURE);
		}
	}
}

/* Counts the calls of a run without a fault, and checks its outcome. */
static int find_sites(const char *tree, const struct scenario *scenario,
		      struct site sites[static SITES], unsigned *ret_n)
{
	struct jobs *jobs = jobs_new(1);
	struct site *seen = mmap(NULL, SITES * sizeof(*seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned *n = (unsigned *)jobs_new(0);
	const struct run_result *result = &jobs->items[0].result;
	pid_t pid;

	jobs->n = 1;
	jobs->items[0] = (struct job){ .site = SITE_NONE };
	pid = fork();
	if (pid == 0) {
		run_jobs(tree, scenario, sites, jobs, 0, 1);
		memcpy(seen, layer->sites, SITES * sizeof(*seen));
		*n = layer->n_sites;
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) < 0)
		return -errno;
	memcpy(sites, seen, SITES * sizeof(*seen));
	*ret_n = *n;
	if (*result->problem || !streq(result->result, scenario->result)) {
		fprintf(stderr, "faults: %s, without a fault: '%s' %s\n", scenario->name,
			result->result, result->problem);
		return -EIO;
	}
	return 0;
}

static int try_scenario(const char *tree, const struct scenario *scenario,
			struct table *table)
{
	static struct site sites[SITES];
	unsigned n_sites = 0, problems = 0;
	struct jobs *quick, *blocked;
	int r;

	memset(sites, 0, sizeof(sites));
	r = find_sites(tree, scenario, sites, &n_sites);
	if (r < 0)
		return r;
	quick = jobs_new(JOBS_MAX);
	blocked = jobs_new(JOBS_MAX);
	jobs_plan(scenario, sites, n_sites, quick, blocked);
	run_parallel(tree, scenario, sites, quick, RUNNERS);
	run_parallel(tree, scenario, sites, blocked, BLOCKED_RUNNERS);
	for (unsigned i = 0; i < quick->n + blocked->n; i++) {
		const struct job *job = i < quick->n ? &quick->items[i] :
						       &blocked->items[i - quick->n];

		table_add(table, scenario, &sites[job->site], job);
		if (*job->result.problem && problems++ < 20)
			fprintf(stderr, "faults: %s: %s: %s\n", scenario->name,
				job_describe(job, &sites[job->site].call),
				job->result.problem);
	}
	printf("faults: %s: %u injected, %u survived\n", scenario->name,
	       table_injected(table, scenario), table_injected(table, scenario) - problems);
	fflush(stdout);
	jobs_free(quick);
	jobs_free(blocked);
	return problems ? -EIO : 0;
}

int main(int argc, char **argv)
{
	static struct table table;
	int failed = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: faults TREE TABLE\n");
		return 2;
	}
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		failed |= try_scenario(argv[1], &scenarios[i], &table);
	return failed || table_compare(&table, argv[2]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
