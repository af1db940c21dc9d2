// SPDX-License-Identifier: GPL-2.0-or-later
/* The faults to try, and the promises to check after each. */
#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct jobs *jobs_new(unsigned n)
{
	struct jobs *jobs = mmap(NULL, sizeof(*jobs) + (n ? n : 1) * sizeof(*jobs->items),
				 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (jobs == MAP_FAILED)
		abort();
	return jobs;
}

void jobs_free(struct jobs *jobs)
{
	munmap(jobs, sizeof(*jobs) + JOBS_MAX * sizeof(*jobs->items));
}

/* Each with the errors of its manual page and the kernel's sources; 0 ends. */
static const struct {
	int errors[6];
	int late; /* fails after its effect */
	bool can_be_short, can_be_empty, can_be_rubbish, can_block;
} ways[OPS] = {
	[OP_OPEN] = { { ENOENT, EACCES, EIO, EMFILE, ENOMEM }, .can_block = true },
	[OP_READ] = { { EIO, EINTR, ENODEV }, 0, true, true, true, true },
	[OP_WRITE] = { { EIO, EINVAL, ENODEV, ENOSPC, EINTR }, EIO, true, .can_block = true },
	[OP_CLOSE] = { { EIO }, .can_block = true },
	[OP_READLINK] = { { ENOENT, EACCES, EIO }, 0, true, false, true, true },
	[OP_LIST] = { { ENOENT, EACCES, ENOMEM }, .can_block = true },
	[OP_ENTRY] = { { EIO }, 0, false, true, true, true },
	[OP_MKDIR] = { { EROFS, ENOSPC, EACCES }, .can_block = true },
	[OP_RENAME] = { { EROFS, ENOSPC, EIO }, .can_block = true },
	[OP_UNLINK] = { { EROFS, EIO }, .can_block = true },
	[OP_CHMOD] = { { EROFS, EIO }, .can_block = true },
	[OP_LOCK] = { { EWOULDBLOCK, ENOLCK } },
	[OP_LOAD] = { { ENOENT, ENOEXEC, EKEYREJECTED, EPERM, ENOMEM },
		      EIO,
		      .can_block = true },
	[OP_MOUNT] = { { ENODEV, EPERM, ENOMEM }, .can_block = true },
	[OP_FLAGS] = { { EIO, EPERM, ENOTTY }, .can_block = true },
	[OP_PIPE] = { { EMFILE, ENFILE } },
	[OP_FORK] = { { EAGAIN, ENOMEM } },
	[OP_POLL] = { { EINTR, ENOMEM } },
	[OP_WAIT] = { { ECHILD, EINTR } },
	[OP_KILL] = { { ESRCH, EPERM } },
	[OP_SLEEP] = { { EINTR } },
	[OP_CLOCK] = { {}, EINVAL, .can_be_rubbish = true }, /* the clock jumps back, or ahead */
	[OP_SETUP] = { { ENOSYS, ENOMEM } },
	[OP_MEMORY] = { { ENOMEM } },
};

static void add(struct jobs *jobs, struct job job)
{
	if (jobs->n == JOBS_MAX)
		abort();
	jobs->items[jobs->n++] = job;
}

/* The number of the supervisor's polls depends on the machine's load. */
static bool is_by_chance(const struct call *call)
{
	if (call->role == ROLE_WORKER)
		return false;
	return call->op == OP_POLL || call->op == OP_WAIT || call->op == OP_SLEEP ||
	       call->op == OP_CLOCK || call->op == OP_ALARM ||
	       (call->op == OP_READ && strstr(call->text, "pipe"));
}

static void plan_call(const struct scenario *scenario, struct job job, enum op op,
		      struct jobs *quick, struct jobs *blocked)
{
	bool is_memory = op == OP_MEMORY;

	for (size_t i = 0; ways[op].errors[i] && i < ARRAY_SIZE(ways[op].errors); i++) {
		job.kind = KIND_ERRNO;
		job.error = ways[op].errors[i];
		if (i == 0 || scenario->is_whole)
			add(quick, job);
	}
	job.error = ways[op].late;
	job.kind = KIND_LATE;
	if (job.error)
		add(quick, job);
	job.error = 0;
	job.kind = KIND_SHORT;
	if (ways[op].can_be_short && scenario->is_whole)
		add(quick, job);
	job.kind = KIND_EMPTY;
	if (ways[op].can_be_empty && scenario->is_whole)
		add(quick, job);
	job.kind = KIND_RUBBISH;
	if (ways[op].can_be_rubbish && scenario->is_whole)
		add(quick, job);
	job.kind = KIND_KILL;
	if (!is_memory || job.nth == 1)
		add(quick, job);
	job.kind = KIND_CRASH;
	if (!is_memory && scenario->is_whole)
		add(quick, job);
	job.kind = KIND_BLOCK;
	if (ways[op].can_block && (scenario->is_whole || op == OP_WRITE || op == OP_LOAD))
		add(blocked, job);
}

/* The firmware's variables, their module and file system, and the message of a trial boot. */
static bool is_of_trial(const struct call *call)
{
	return strcasestr(call->text, "efi") || strcasestr(call->text, "trial");
}

void jobs_plan(const struct scenario *scenario, const struct site *sites,
	       unsigned n_sites, struct jobs *quick, struct jobs *blocked)
{
	for (unsigned i = 0; i < n_sites; i++) {
		unsigned times = is_by_chance(&sites[i].call) ? 1 : sites[i].n;

		if (sites[i].call.op == OP_MEMORY && !scenario->is_whole)
			continue;
		if (scenario->is_on_trial && !is_of_trial(&sites[i].call))
			continue; /* as in the earlier scenarios */
		for (unsigned nth = 1; nth <= times; nth++)
			plan_call(scenario,
				  (struct job){ .site = i, .nth = nth, .n_sites = n_sites },
				  sites[i].call.op, quick, blocked);
	}
}

const char *job_describe(const struct job *job, const struct call *call)
{
	static const char *const roles[] = { "supervisor", "worker", "helper" };
	static const char *const kinds[] = { "",       "fails",	  "fails late",
					     "short",  "empty",	  "rubbish",
					     "killed", "crashes", "blocks" };
	static char text[256];

	snprintf(text, sizeof(text), "%s, call %d of '%s', number %u: %s %s",
		 roles[call->role], call->op, call->text, job->nth, kinds[job->kind],
		 job->error ? strerrorname_np(job->error) : "");
	return text;
}

/* The promises ------------------------------------------------------------------------------ */

#define PROMISE(condition, text)                                                         \
	do {                                                                             \
		if (!(condition)) {                                                      \
			snprintf(result->problem, sizeof(result->problem),               \
				 "%s (exit %x, %s %s, card %d)", text, result->status,   \
				 result->has_report ? "report" : "no report",            \
				 result->result, result->state);                         \
			return;                                                          \
		}                                                                        \
	} while (0)

static bool is_good(const char *result)
{
	return streq(result, "claimed") || streq(result, "off") ||
	       streq(result, "nothing-configured");
}

static bool is_deadly(enum kind kind)
{
	return kind == KIND_KILL || kind == KIND_CRASH;
}

/* The undo itself failed: one function may stay behind, and is reported. */
static bool may_be_mixed(const struct scenario *scenario, const struct job *job,
			 const struct call *call)
{
	if (call->role == ROLE_HELPER && job->kind == KIND_BLOCK)
		return true; /* the blocked process holds that function's lock in the kernel */
	return scenario->refuses_vfio && job->site != SITE_NONE;
}

static void judge_card(const struct scenario *scenario, const struct job *job,
		       const struct call *call, struct run_result *result)
{
	bool is_hold = is_string_equal(scenario->policy, "hold");

	PROMISE(!streq(result->result, "claimed") || result->state == CARD_OURS,
		"says claimed, and is not");
	PROMISE(!streq(result->gpu_result, "claimed") || result->state == CARD_OURS,
		"says that the card is claimed, and is not");
	PROMISE(result->state != CARD_MIXED || may_be_mixed(scenario, job, call),
		"the card is in parts");
	/* A function that cannot be seen is neither held nor on vfio-pci. */
	PROMISE(result->state != CARD_PARTLY_HELD ||
			(is_hold && streq(result->result, "refused")) ||
			may_be_mixed(scenario, job, call),
		"held in parts");
	PROMISE(result->state != CARD_HELD || is_hold, "held against the policy");
	/* A function not yet known is not held. */
	PROMISE(!is_hold || result->state != CARD_FREE || !result->has_functions ||
			job->kind != KIND_NONE,
		"not held against the policy");
	PROMISE(job->kind != KIND_NONE || !scenario->is_on_trial ||
			streq(result->trial, "on-trial"),
		"is on no trial");
	PROMISE(!streq(result->trial, "on-trial") || result->is_counted,
		"says that this boot is on trial, and did not count it");
	if (result->has_report && streq(result->gpu_result, "failed") &&
	    !may_be_mixed(scenario, job, call))
		PROMISE(result->state != CARD_OURS, "says failed, and is claimed");
}

/*
 * json-c uses the result of a failed strdup() as a name (json_tokener.c), and asserts other
 * allocations. The supervisor's handler reports the crash, and the boot goes on.
 */
static bool may_crash(const struct job *job, const struct call *call)
{
	return job->kind == KIND_CRASH ||
	       (call->op == OP_MEMORY && streq(call->text, "in a library"));
}

void judge_run(const struct scenario *scenario, const struct job *job,
	       const struct call *call, struct run_result *result)
{
	bool is_supervisor = call->role == ROLE_SUPERVISOR;

	PROMISE(result->has_ended, "the boot hangs");
	PROMISE(job->site == SITE_NONE || result->was_injected,
		"the fault did not come about");
	/*
	 * A card that reads as another id is another card; its twin is then the configured
	 * one.
	 */
	PROMISE(!layer->foreign_writes || job->kind == KIND_SHORT ||
			job->kind == KIND_RUBBISH,
		"writes to a function that nobody wants");
	PROMISE(!layer->unknown_paths, layer->unknown_path);
	PROMISE(!layer->aborts, "a process of the agent harms its memory");
	PROMISE(may_crash(job, call) || (!layer->crashes && !result->has_crashed),
		"a process of the agent crashes");
	judge_card(scenario, job, call, result);
	if (is_supervisor && is_deadly(job->kind) && WIFSIGNALED(result->status))
		return;
	if (is_supervisor && job->kind == KIND_BLOCK && WIFSIGNALED(result->status) &&
	    WTERMSIG(result->status) == SIGALRM)
		return; /* stopped by its own alarm, in time */
	PROMISE(WIFEXITED(result->status), "was killed");
	if (WEXITSTATUS(result->status) == 2 && !result->has_report)
		return; /* without a root directory only standard error is left for the message */
	PROMISE(result->has_report || result->has_word, "no report, and not a word why");
	PROMISE((WEXITSTATUS(result->status) ==
		 0) == (result->has_report && !result->has_word && is_good(result->result)),
		"the exit status is wrong");
	PROMISE(!streq(result->result, "nothing-configured") ||
			streq(call->text, "/etc/vfio-claim.conf"),
		"says that nothing is configured");
	PROMISE(!streq(result->result, "failed") || result->has_error,
		"failed, and does not say why");
}
