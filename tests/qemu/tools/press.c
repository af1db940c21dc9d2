// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * press KIB MS COMMAND...: run a command while hardly any memory is free.
 *
 * Takes memory until about KIB are free beyond the kernel's own reserve, and holds it until
 * the command has ended. MS milliseconds after the command has started a process of its own,
 * the kernel's OOM killer is triggered (never: "-"); it cannot choose this process. Prints how
 * the command ended.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
}

/* Without stdio, which allocates. */
static const char *read_text(const char *path)
{
	static char text[64 << 10];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, used = 0;

	while (fd >= 0 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	if (!used) {
		perror(path);
		exit(2);
	}
	close(fd);
	text[used] = '\0';
	return text;
}

static long number_after(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	return found ? strtol(found + strlen(name), NULL, 10) : 0;
}

/* "min" of each zone, and a low zone's reserve against users of a higher one. */
static long kept_kib(void)
{
	const char *at = read_text("/proc/zoneinfo");
	long pages = 0;

	while ((at = strstr(at, "\n        min "))) {
		pages += number_after(at, "min ");
		at = strstr(at, "protection: (");
		if (!at)
			break;
		at = strchr(at, ')');
		while (at[-1] >= '0' && at[-1] <= '9')
			at--;
		pages += strtol(at, NULL, 10);
	}
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* In ever smaller pieces: per-CPU lists hold some pages that do not count as free. */
static void take_all_but(long kib)
{
	long left;

	while ((left = number_after(read_text("/proc/meminfo"), "MemFree:")) > kib) {
		size_t size = (left - kib > 128 ? (size_t)(left - kib) / 2 : 64) << 10;

		if (mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED) {
			perror("mmap");
			exit(2);
		}
	}
}

/* False: the command ended without starting one. */
static bool wait_for_child_of(pid_t pid)
{
	char path[64], byte;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, &byte, 1);
		siginfo_t info = {};

		if (fd >= 0)
			close(fd);
		if (n > 0)
			return true;
		if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid)
			return false;
		usleep(500);
	}
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 4)
		return 2;
	write_text("/proc/self/oom_score_adj", "-1000");
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	take_all_but(kept_kib() + atol(argv[1]));
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
		write_text("/proc/self/oom_score_adj", "0");
		execv(argv[3], argv + 3);
		_exit(127);
	}
	if (*argv[2] != '-' && pid > 0 && wait_for_child_of(pid)) {
		usleep(atoi(argv[2]) * 1000);
		write_text("/proc/sysrq-trigger", "f");
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("press");
		return 2;
	}
	if (WIFSIGNALED(status))
		printf("signal-%d\n", WTERMSIG(status));
	else
		printf("%d\n", WEXITSTATUS(status));
	return 0;
}
