// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs programs that read a file for us, within limits. The program may read one file, write to a pipe, and
 * nothing else. Never uses a shell.
 */
#include "host/tool.h"

#include "base/clock.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define INPUT_FD 3
#define NOT_FOUND 127
#define NOBODY 65534

struct output {
	char *text;
	size_t size, capacity;
};

/* The child ------------------------------------------------------------------------------- */

/*
 * What cannot be given up was not there: a user's own process has no right to, and the service has neither
 * the capability nor the system calls.
 */
static void drop_rights(void)
{
	const struct rlimit none = {};

	if (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) < 0)
		_exit(NOT_FOUND - 1);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_FSIZE, &none);
	setrlimit(RLIMIT_CORE, &none);
}

static void become(const char *const *arguments, int input, int output)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigaction(SIGPIPE, &usual, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(NOT_FOUND - 1);
	if (input == INPUT_FD ? fcntl(input, F_SETFD, 0) < 0 : dup2(input, INPUT_FD) < 0)
		_exit(NOT_FOUND - 1);
	drop_rights();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* after setuid(), which clears it */
	setenv("LC_ALL", "C", 1);
	execvp(arguments[0], (char *const *)arguments);
	_exit(errno == ENOENT ? NOT_FOUND : NOT_FOUND - 1);
}

/* The parent -------------------------------------------------------------------------------- */

/* Until the descriptor can be read. */
static int wait_for(int fd, int64_t deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - clock_ms();
		int n = left > 0 ? poll(&poll_fd, 1, left < INT32_MAX ? left : INT32_MAX) :
				   0;

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Room for what comes next, and for a NUL. */
static int make_room(struct output *output)
{
	size_t capacity = output->capacity ? output->capacity * 2 : 1 << 14;
	char *text;

	if (output->size + 1 < output->capacity)
		return 0;
	text = realloc(output->text, capacity);
	if (!text)
		return -ENOMEM;
	output->text = text;
	output->capacity = capacity;
	return 0;
}

static int collect(int fd, int64_t deadline, size_t most, struct output *output)
{
	for (;;) {
		ssize_t n;
		int r;

		r = make_room(output);
		if (r == 0)
			r = wait_for(fd, deadline);
		if (r < 0)
			return r;
		n = read(fd, output->text + output->size,
			 output->capacity - output->size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		output->size += n;
		if (output->size > most)
			return -EFBIG;
	}
}

/* It may have closed its output and go on. */
static int wait_for_end(pid_t child, int64_t deadline)
{
	_cleanup_close_ int fd = syscall(SYS_pidfd_open, child, 0);

	return fd < 0 ? -errno : wait_for(fd, deadline);
}

/* Waits for the child, which is killed unless `r` is 0. */
static int finish(pid_t child, int64_t deadline, int r)
{
	int status;

	if (r == 0)
		r = wait_for_end(child, deadline);
	if (r < 0)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return -ENOPKG;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}

static int run(const char *const *arguments, int input, int64_t deadline, size_t most,
	       struct output *output)
{
	_cleanup_close_ int from_child = -1;
	int ends[2];
	pid_t child;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from_child = ends[0];
	child = fork();
	if (child == 0)
		become(arguments, input, ends[1]);
	r = child < 0 ? -errno : 0;
	close(ends[1]);
	if (r < 0)
		return r;
	r = collect(from_child, deadline, most, output);
	return finish(child, deadline, r);
}

int tool_run(const char *const *arguments, int input, int64_t deadline, size_t most,
	     char **ret_text, size_t *ret_size)
{
	struct output output = {};
	int r;

	r = run(arguments, input, deadline, most, &output);
	if (r < 0) {
		free(output.text);
		return r;
	}
	output.text[output.size] = '\0';
	*ret_text = output.text;
	*ret_size = output.size;
	return 0;
}
