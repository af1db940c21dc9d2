// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives back what a worker that did not finish left half claimed. Never waits beyond the deadline. */
#include "boot/repair.h"

#include "base/clock.h"
#include "boot/execute.h"
#include "facts/pci.h"
#include "model/function.h"
#include "report/report.h"

#include <sys/wait.h>

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

void repair(const struct root *root, struct json_object *report, pid_t worker,
	    int64_t deadline_ms)
{
	unsigned running = 0;

	if (!streq(report_string(report, "mode"), "claim"))
		return;
	for (size_t i = 0; i < report_count(report, "gpus"); i++) {
		struct json_object *gpu = report_item(report, "gpus", i);

		if (streq(report_string(gpu, "result"), "refused"))
			continue;
		refresh_drivers(root, gpu);
		if (!is_whole(gpu))
			running += start_giving_back(root, gpu, deadline_ms);
	}
	wait_children(running, worker, deadline_ms);
	for (size_t i = 0; i < report_count(report, "gpus"); i++) {
		struct json_object *gpu = report_item(report, "gpus", i);

		if (!streq(report_string(gpu, "result"), "refused"))
			refresh_drivers(root, gpu);
	}
	report_settle(report);
}
