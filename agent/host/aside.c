// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs work that may never return in a child with a deadline, and takes the numbers that it finds. */
#include "host/aside.h"

#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

struct aside {
	int fd;
};

int aside_tell(const struct aside *aside, uint64_t number)
{
	ssize_t n;

	do
		n = write(aside->fd, &number, sizeof(number));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == sizeof(number) ? 0 : -EIO;
}

/* Until the child ends or the time is up. Writes of eight bytes arrive whole. */
static int receive(int fd, int64_t deadline, aside_take *take, void *data)
{
	for (;;) {
		struct pollfd pollfd = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_ms();
		uint64_t number;
		ssize_t n;
		int r;

		if (left <= 0 || poll(&pollfd, 1, left) == 0)
			return -ETIMEDOUT;
		if (!pollfd.revents)
			continue; /* a signal */
		n = read(fd, &number, sizeof(number));
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return 0;
		if (n != sizeof(number))
			return -EIO;
		r = take(number, data);
		if (r < 0)
			return r;
	}
}

static int finish(pid_t child, int r)
{
	int status = 0;

	if (r < 0) {
		kill(child, SIGKILL);
		/* a child that hangs in the kernel is not waited for */
		waitpid(child, NULL, WNOHANG);
		return r;
	}
	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		return -EIO;
	return 0;
}

int aside_run(unsigned milliseconds, aside_work *work, aside_take *take, void *data)
{
	int64_t deadline = clock_ms() + milliseconds;
	_cleanup_close_ int from_child = -1;
	int ends[2], r;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from_child = ends[0];
	child = fork();
	if (child == 0)
		_exit(work(&(struct aside){ ends[1] }, data) < 0);
	r = child < 0 ? -errno : 0;
	close(ends[1]);
	if (r < 0)
		return r;
	r = receive(from_child, deadline, take, data);
	return finish(child, r);
}
