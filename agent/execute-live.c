// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The executor's hands on the running system. An unbind runs in a child of its own with a
 * deadline: a driver's remove may block for ever and cannot be killed then.
 */
#include "execute.h"

#include "pci.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define UNBIND_MOST_MS 3000 /* for one function; half of what is left when that is less */
#define DEATH_MS 100	    /* for a killed child that is in no driver */

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int live_write(void *data, const char *path, const char *text)
{
	const struct live *live = data;

	return root_write(live->root, path, text);
}

static int live_load(void *data, const char *module)
{
	const struct live *live = data;

	return loader_load(live->root, live->record, live->modules, module, live->never);
}

static int live_read_driver(void *data, const struct bdf *address, char **ret_driver)
{
	const struct live *live = data;

	return pci_read_driver(live->root, address, ret_driver);
}

static int live_find_driver(void *data, const char *module, char **ret_driver)
{
	const struct live *live = data;

	return loader_find_driver(live->root, module, ret_driver);
}

/* Ends when the other end of the pipe is closed, which is when the child is gone. */
static int wait_closed(int fd, int64_t timeout_ms)
{
	struct pollfd pollfd = { .fd = fd };
	int64_t deadline = now_ms() + timeout_ms;
	int n;

	do {
		int64_t left = deadline - now_ms();

		n = poll(&pollfd, 1, left > 0 ? left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n == 0 ? -ETIMEDOUT : -errno;
}

/* Without a look at the clock, which may be why the time was up. */
static bool is_closed_after(int fd, int wait_ms)
{
	return poll(&(struct pollfd){ .fd = fd }, 1, wait_ms) > 0;
}

static int live_unbind_device(void *data, const char *path, const char *name)
{
	const struct live *live = data;
	int64_t left = (live->deadline_ms - now_ms()) / 2;
	_cleanup_close_ int reader = -1;
	int ends[2], status, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	reader = ends[0];
	pid = fork();
	if (pid < 0) {
		r = -errno;
		close(ends[1]);
		return r;
	}
	if (pid == 0) {
		r = root_write(live->root, path, name);
		_exit(-r & 0xff);
	}
	close(ends[1]);
	r = wait_closed(reader, left < UNBIND_MOST_MS ? left : UNBIND_MOST_MS);
	if (r < 0) {
		kill(pid, SIGKILL);
		if (!is_closed_after(reader, DEATH_MS))
			return r; /* stuck in the driver, which may let go at any time */
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (!WIFEXITED(status))
		return -EINTR;
	return -WEXITSTATUS(status);
}

static int live_unbind(void *data, const struct bdf *address)
{
	char file[PCI_FILE_SIZE], text[PCI_ADDRESS_SIZE];

	return live_unbind_device(data, pci_file(address, "driver/unbind", file),
				  bdf_format(address, text));
}

struct execute_ops execute_live_ops(struct live *live)
{
	return (struct execute_ops){
		.write = live_write,
		.load = live_load,
		.read_driver = live_read_driver,
		.find_driver = live_find_driver,
		.unbind = live_unbind,
		.unbind_device = live_unbind_device,
		.data = live,
	};
}
