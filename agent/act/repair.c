// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives back the cards that an unfinished worker left half claimed. Never waits past the deadline. */
#include "act/repair.h"

#include "base/clock.h"
#include "act/execute.h"
#include "facts/pci.h"
#include "model/function.h"
#include "report/report-change.h"

#include <sys/wait.h>

static void refresh_drivers(const struct root *root, struct report_gpu *gpu)
{
	for (size_t i = 0; i < gpu->functions.n; i++) {
		struct report_function *function = &gpu->functions.items[i];
		_cleanup_free_ char *driver = NULL;
		struct bdf address;

		if (bdf_parse(function->address, &address) &&
		    pci_read_driver(root, &address, &driver) == 0)
			report_set_driver(function, driver);
	}
}

/* Forks one child for each function: any of them may block for ever. */
static unsigned start_giving_back(const struct root *root, const struct report_gpu *gpu,
				  int64_t deadline_ms)
{
	unsigned started = 0;

	for (size_t i = 0; i < gpu->functions.n; i++) {
		const struct report_function *function = &gpu->functions.items[i];
		struct live live = { .root = root, .deadline_ms = deadline_ms };
		struct execute_ops ops = execute_live_ops(&live);
		struct bdf address;
		pid_t pid;

		if (!bdf_parse(function->address, &address) ||
		    is_vfio_driver(function->driver_before))
			continue;
		pid = fork();
		if (pid == 0) {
			execute_give_back(&address, 1,
					  function->may_hold ? ON_FAILURE_HOLD :
							       ON_FAILURE_RELEASE,
					  &ops);
			_exit(0);
		}
		started += pid > 0;
	}
	return started;
}

/* The killed worker is a child too: it may end now, or never. */
static void wait_children(unsigned running, pid_t worker, int64_t deadline_ms)
{
	while (running && clock_ms() < deadline_ms) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return;
		if (pid == 0)
			usleep(5000);
		else if (pid != worker)
			running--;
	}
}

void repair(const struct root *root, struct report *report, pid_t worker,
	    int64_t deadline_ms)
{
	unsigned running = 0;

	if (report->mode != MODE_CLAIM)
		return;
	for (size_t i = 0; i < report->n_gpus; i++) {
		struct report_gpu *gpu = &report->gpus[i];

		if (gpu->result == RESULT_REFUSED)
			continue;
		refresh_drivers(root, gpu);
		if (!report_is_whole(gpu))
			running += start_giving_back(root, gpu, deadline_ms);
	}
	wait_children(running, worker, deadline_ms);
	for (size_t i = 0; i < report->n_gpus; i++)
		if (report->gpus[i].result != RESULT_REFUSED)
			refresh_drivers(root, &report->gpus[i]);
	report_settle(report);
}
