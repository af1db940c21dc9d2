/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that the agent boots on, its valid states afterwards, and the runs. */
#pragma once

#include "layer.h"

enum card_state {
	CARD_OURS, /* every function has vfio-pci */
	CARD_FREE, /* no override, nothing of ours: free for the host's drivers */
	CARD_HELD, /* every override names a driver that does not exist */
	CARD_PARTLY_HELD,
	CARD_MIXED
};

struct scenario {
	const char *name;
	bool is_whole; /* every call and every fault; otherwise one error, death and blocking */
	const char *policy;
	const char *driver; /* the last function's driver before the agent */
	const char *refuses_vfio;
	bool has_no_remapping;
	bool is_on_trial;   /* the machine starts by EFI */
	const char *result; /* without a fault */
	enum card_state state;
};

struct run_result {
	bool has_ended, was_injected;
	int status;
	enum card_state state;
	bool has_report, has_functions, has_error, has_deadline,
		has_word,    /* in the kernel log */
		has_crashed; /* the supervisor's message there about itself */
	bool is_counted;     /* this boot, in the EFI variable */
	char result[24], gpu_result[24], trial[24];
	char problem[160]; /* a promise that was not kept; "": none */
};

struct job {
	unsigned site, nth, n_sites;
	enum kind kind;
	int error;
	struct run_result result;
};

#define JOBS_MAX 40000
struct jobs {
	unsigned n;
	struct job items[];
};

/* Shared with the processes of the runs. */
struct jobs *jobs_new(unsigned n);
void jobs_free(struct jobs *jobs);
void jobs_plan(const struct scenario *scenario, const struct site *sites,
	       unsigned n_sites, struct jobs *quick, struct jobs *blocked);
const char *job_describe(const struct job *job, const struct call *call);

void world_make(const char *tree, const struct scenario *scenario);
void world_reset(const struct scenario *scenario);
void world_look(const struct scenario *scenario, struct run_result *result);
void world_remove(void);

/* Sets result->problem. */
void judge_run(const struct scenario *scenario, const struct job *job,
	       const struct call *call, struct run_result *result);
