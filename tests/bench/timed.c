// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timed RESULT PROGRAM [ARGUMENT...]: runs the program and writes to RESULT the time from
 * before the fork to its end, and the largest memory of it and all its descendants, including
 * those it did not wait for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start, end = 0, all_end;
	long peak_kib = 0;
	int exit_code = -1;
	pid_t program, pid;
	struct rusage all;
	FILE *result;

	if (argc < 3) {
		fputs("Usage: timed RESULT PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	/* Orphaned descendants become our children, and are waited for and counted. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start = now_ns();
	program = fork();
	if (program == 0) {
		execv(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	do {
		struct rusage usage;
		int status;

		pid = wait4(-1, &status, 0, &usage);
		if (pid < 0)
			continue;
		if (usage.ru_maxrss > peak_kib)
			peak_kib = usage.ru_maxrss;
		if (pid == program) {
			end = now_ns();
			exit_code = WIFEXITED(status) ? WEXITSTATUS(status) :
							128 + WTERMSIG(status);
		}
	} while (pid >= 0 || errno == EINTR);
	all_end = now_ns();
	getrusage(RUSAGE_CHILDREN, &all);
	result = fopen(argv[1], "we");
	if (!result)
		return EXIT_FAILURE;
	fprintf(result, "ms %.4f\nall_ms %.4f\npeak_kib %ld\npage_faults %ld\nexit %d\n",
		(end - start) / 1e6, (all_end - start) / 1e6, peak_kib,
		all.ru_minflt + all.ru_majflt, exit_code);
	return fclose(result) == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
}
