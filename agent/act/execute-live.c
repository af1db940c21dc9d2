// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The executor's operations on the running system. Each write that may block for ever, such as an
 * unbind, runs in a child of its own with a deadline: a driver's remove cannot be killed.
 */
#include "act/execute.h"

#include "base/clock.h"
#include "facts/pci.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define UNBIND_MOST_MS 3000 /* for one function; half of what is left when that is less */
#define DEATH_MS 100	    /* for a killed child that no driver holds */

static int live_write(void *data, const char *path, const char *text)
{
	const struct live *live = data;

	return root_write(live->root, path, text);
}

static int live_load(void *data, const char *module)
{
	const struct live *live = data;

	return loader_load(&live->sources, module, live->never);
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

/* Waits for the child to end, which closes the other end of the pipe. */
static int wait_closed(int fd, int64_t timeout_ms)
{
	struct pollfd pollfd = { .fd = fd };
	int64_t deadline = clock_ms() + timeout_ms;
	int n;

	do {
		int64_t left = deadline - clock_ms();

		n = poll(&pollfd, 1, left > 0 ? left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n == 0 ? -ETIMEDOUT : -errno;
}

/* The same without reading the clock: a clock that jumped may be why the time was up. */
static bool is_closed_after(int fd, int wait_ms)
{
	return poll(&(struct pollfd){ .fd = fd }, 1, wait_ms) > 0;
}

struct bounded {
	const struct root *root;
	int (*work)(const struct bounded *bounded);
	bool is_whole; /* never killed: must run to its end, however late */
	int64_t deadline_ms;
	const struct bdf *address, *bridge;
	const char *path, *text;
};

/* The child's result. It is in the kernel by now and may never come back. */
static int await(pid_t pid, int reader, int64_t most_ms, bool is_killable)
{
	int status, r;

	r = wait_closed(reader, most_ms);
	if (r < 0 && !is_killable)
		return r;
	if (r < 0) {
		kill(pid, SIGKILL);
		if (!is_closed_after(reader, DEATH_MS))
			return r; /* stuck in the driver, which may return at any time */
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (!WIFEXITED(status))
		return -EINTR;
	return -WEXITSTATUS(status);
}

static int run_bounded(const struct live *live, struct bounded *bounded)
{
	int64_t left = live->deadline_ms - clock_ms();
	int64_t most = live->is_one_write	 ? left :
		       left / 2 < UNBIND_MOST_MS ? left / 2 :
						   UNBIND_MOST_MS;
	_cleanup_close_ int reader = -1;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	reader = ends[0];
	bounded->deadline_ms = clock_ms() + most;
	pid = fork();
	if (pid < 0) {
		r = -errno;
		close(ends[1]);
		return r;
	}
	if (pid == 0) {
		r = bounded->work(bounded);
		_exit(-r & 0xff);
	}
	close(ends[1]);
	return await(pid, reader, most, !bounded->is_whole);
}

static int write_text(const struct bounded *bounded)
{
	return root_write(bounded->root, bounded->path, bounded->text);
}

static int live_write_bounded(void *data, const char *path, const char *text)
{
	const struct live *live = data;
	struct bounded bounded = {
		.root = live->root, .work = write_text, .path = path, .text = text
	};

	return run_bounded(live, &bounded);
}

/* The card stays as it was: the driver gets the function back that it released too late. */
static int unbind_in_time(const struct bounded *bounded)
{
	char file[PCI_FILE_SIZE], text[PCI_ADDRESS_SIZE];
	int r = write_text(bounded);

	if (clock_ms() < bounded->deadline_ms)
		return r;
	pci_file(bounded->address, "driver_override", file);
	if (root_write(bounded->root, file, "\n") == 0)
		r = root_write(bounded->root, "/sys/bus/pci/drivers_probe",
			       bdf_format(bounded->address, text));
	return r;
}

static int live_unbind(void *data, const struct bdf *address)
{
	const struct live *live = data;
	char file[PCI_FILE_SIZE], text[PCI_ADDRESS_SIZE];
	struct bounded bounded = {
		.root = live->root,
		.work = unbind_in_time,
		.is_whole = true,
		.address = address,
		.path = pci_file(address, "driver/unbind", file),
		.text = bdf_format(address, text),
	};

	if (live->gives_back_late)
		return run_bounded(live, &bounded);
	return live_write_bounded(data, pci_file(address, "driver/unbind", file),
				  bdf_format(address, text));
}

/* How many BARs have an address. A rescan may leave one without (drivers/pci/setup-bus.c). */
static unsigned count_bars(const struct root *root, const struct bdf *address)
{
	struct pci_bar bars[PCI_BARS];
	unsigned count = 0;

	if (pci_read_bars(root, address, bars) < 0)
		return 0;
	for (unsigned bar = 0; bar < PCI_BARS; bar++)
		count += bars[bar].start > 0;
	return count;
}

/*
 * The bridge's own rescan file also wakes the bridge, which may have gone to sleep
 * (drivers/pci/probe.c: pci_scan_bridge_extend()). The new function has no override until one is
 * written, and a driver that is already loaded may take it: do nothing else in between.
 */
static int remove_and_scan(const struct bounded *bounded)
{
	const struct bdf *address = bounded->address;
	char file[PCI_FILE_SIZE];
	unsigned bars = count_bars(bounded->root, address);
	int r;

	r = root_write(bounded->root, pci_file(address, "remove", file), "1");
	if (r < 0)
		return r;
	if (bounded->bridge)
		pci_file(bounded->bridge, "rescan", file);
	else
		snprintf(file, sizeof(file), "/sys/class/pci_bus/%04x:%02x/rescan",
			 address->domain, address->bus);
	r = root_write(bounded->root, file, "1");
	if (clock_ms() >= bounded->deadline_ms)
		return -ETIMEDOUT; /* the parent has given up: the host's drivers may have it */
	if (r == 0)
		r = root_write(bounded->root, pci_file(address, "driver_override", file),
			       HOLD_DRIVER);
	if (r == 0 && count_bars(bounded->root, address) < bars)
		r = -ENOSPC;
	return r;
}

/* Never killed: half-way through, the machine is without the function. */
static int live_rescan(void *data, const struct bdf *address, const struct bdf *bridge)
{
	const struct live *live = data;
	struct bounded bounded = { .root = live->root,
				   .work = remove_and_scan,
				   .is_whole = true,
				   .address = address,
				   .bridge = bridge };

	return run_bounded(live, &bounded);
}

static int live_find_in_bars(void *data, const struct bdf *address,
			     char ret_name[static IOMEM_NAME_SIZE])
{
	const struct live *live = data;

	return iomem_find_in_bars(live->root, address, ret_name);
}

static int live_read(void *data, const char *path, char *buffer, size_t size)
{
	const struct live *live = data;
	ssize_t n = root_read_line(live->root, path, buffer, size);

	return n < 0 ? n : 0;
}

static int live_read_bar(void *data, const struct bdf *address, unsigned bar,
			 uint64_t *ret_size)
{
	const struct live *live = data;
	struct pci_bar bars[PCI_BARS];
	int r = pci_read_bars(live->root, address, bars);

	if (r == 0)
		*ret_size = bars[bar].size;
	return r;
}

struct execute_ops execute_live_ops(struct live *live)
{
	return (struct execute_ops){
		.write = live_write,
		.load = live_load,
		.read_driver = live_read_driver,
		.find_driver = live_find_driver,
		.unbind = live_unbind,
		.write_bounded = live_write_bounded,
		.rescan = live_rescan,
		.find_in_bars = live_find_in_bars,
		.read = live_read,
		.read_bar = live_read_bar,
		.data = live,
	};
}
