// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a program and sends a signal to its first, second or third process just before its n-th system call. Prints the number of calls, and how the first process ended.
 *
 * usage: kill-at PROCESS N SIGNAL PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 16

static pid_t processes[PROCESSES];
static int n_processes;
static unsigned long entries[PROCESSES];
static char is_in_call[PROCESSES];

static int find(pid_t pid)
{
	for (int i = 0; i < n_processes; i++)
		if (processes[i] == pid)
			return i;
	if (n_processes == PROCESSES)
		exit(2);
	processes[n_processes] = pid;
	return n_processes++;
}

int main(int argc, char **argv)
{
	int status, first_status = 0, which, signal_number;
	unsigned long n;
	pid_t pid;

	if (argc < 5)
		return 2;
	which = atoi(argv[1]);
	n = strtoul(argv[2], NULL, 10);
	signal_number = atoi(argv[3]);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(argv[4], argv + 4);
		_exit(127);
	}
	find(pid);
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int i = find(pid), pass = 0;

		if (!WIFSTOPPED(status)) {
			if (i == 0)
				first_status = status;
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			is_in_call[i] = !is_in_call[i];
			if (is_in_call[i] && ++entries[i] == n && i == which)
				kill(pid, signal_number);
		} else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
			pass = WSTOPSIG(status);
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, pass);
	}
	printf("%lu %d\n", which < n_processes ? entries[which] : 0, first_status);
	return 0;
}
