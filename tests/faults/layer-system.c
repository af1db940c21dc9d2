// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Defines the calls for processes, clock, modules and memory, for the agent and its libraries.
 * Outside the agent's processes the calls are unchanged.
 */
#include "layer-parts.h"

#include "trial/efivar.h"
#include "kernel.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static bool has_worker;

/* Processes -------------------------------------------------------------------------------- */

pid_t fork(void)
{
	pid_t pid;

	if (layer_fault(OP_FORK, "") == KIND_ERRNO)
		return -1;
	pid = REAL(fork)();
	if (pid == 0 && layer_is_ours()) {
		layer_role = layer_role == ROLE_SUPERVISOR && !has_worker ? ROLE_WORKER :
									    ROLE_HELPER;
		has_worker = true;
	} else if (pid > 0 && layer_is_ours()) {
		has_worker = true;
	}
	return pid;
}

int pipe2(int ends[2], int flags)
{
	int r;

	if (layer_fault(OP_PIPE, "") == KIND_ERRNO)
		return -1;
	r = syscall(SYS_pipe2, ends, flags);
	if (r == 0 && layer_is_ours()) {
		layer_name_file(ends[0], "the pipe to the supervisor");
		layer_name_file(ends[1], "the pipe to the supervisor");
	}
	return r;
}

int poll(struct pollfd *items, nfds_t n, int timeout)
{
	if (layer_fault(OP_POLL, "") == KIND_ERRNO)
		return -1;
	if (layer_is_ours() && timeout > 0)
		timeout = timeout / layer->speed + 1;
	return syscall(SYS_poll, items, n, timeout);
}

/* json-c ends the program like this when memory runs out: a known crash, and survived. */
void __assert_fail(const char *assertion, const char *file, unsigned line,
		   const char *function)
{
	if (layer_is_ours())
		layer->asserted = getpid();
	REAL(__assert_fail)(assertion, file, line, function);
}

static bool is_crash(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
	       number == SIGILL;
}

static void note_end(pid_t pid, int status)
{
	if (pid <= 0 || !WIFSIGNALED(status))
		return;
	if (is_crash(WTERMSIG(status)) && layer->kind != KIND_CRASH)
		layer->crashes++;
	if (WTERMSIG(status) == SIGABRT && pid != layer->asserted)
		layer->aborts++;
}

pid_t waitpid(pid_t pid, int *status, int flags)
{
	pid_t ended;
	int how = 0;

	if (layer_fault(OP_WAIT, "") == KIND_ERRNO)
		return -1;
	ended = syscall(SYS_wait4, pid, &how, flags, NULL);
	if (layer_is_ours())
		note_end(ended, how);
	if (status && ended > 0)
		*status = how;
	return ended;
}

int kill(pid_t pid, int number)
{
	if (layer_fault(OP_KILL, "") == KIND_ERRNO)
		return -1;
	if (layer_is_ours() && pid == layer->blocked)
		return 0; /* in the kernel, where no signal reaches it */
	return syscall(SYS_kill, pid, number);
}

int usleep(useconds_t microseconds)
{
	struct timespec time;

	if (layer_fault(OP_SLEEP, "") == KIND_ERRNO)
		return -1;
	if (layer_is_ours())
		microseconds = microseconds / layer->speed + 1;
	time = (struct timespec){ microseconds / 1000000, microseconds % 1000000 * 1000 };
	return syscall(SYS_nanosleep, &time, NULL);
}

unsigned alarm(unsigned seconds)
{
	struct itimerval timer = {};
	int64_t us;

	if (!layer_is_ours())
		return REAL(alarm)(seconds);
	(void)layer_fault(OP_ALARM, "");
	us = (int64_t)seconds * 1000000 / layer->speed;
	timer.it_value = (struct timeval){ us / 1000000, us % 1000000 };
	setitimer(ITIMER_REAL, &timer, NULL);
	return 0;
}

#define HOUR_NS 3600000000000ll

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int r = syscall(SYS_clock_gettime, clock, time);
	enum kind kind;
	int64_t ns;

	if (r < 0 || !layer_is_ours())
		return r;
	kind = layer_fault(OP_CLOCK, clock == CLOCK_MONOTONIC ? "" : "of the boot");
	if (clock != CLOCK_MONOTONIC)
		return r;
	ns = time->tv_sec * 1000000000ll + time->tv_nsec;
	ns = layer->base_ns + (ns - layer->base_ns) * layer->speed;
	if (kind == KIND_RUBBISH)
		ns += HOUR_NS;
	if (kind == KIND_LATE)
		ns -= layer->base_ns / 2;
	*time = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	return 0;
}

/* Setting up ------------------------------------------------------------------------------- */

int close_range(unsigned first, unsigned last, int flags)
{
	(void)first, (void)last, (void)flags; /* the test's own are among them */
	return layer_fault(OP_SETUP, "") == KIND_ERRNO ? -1 : 0;
}

int clearenv(void)
{
	return layer_fault(OP_SETUP, "") == KIND_ERRNO ? -1 : REAL(clearenv)();
}

/* Modules ---------------------------------------------------------------------------------- */

static long load_module(int fd)
{
	enum kind kind = layer_fault(OP_LOAD, layer_file_name(fd));

	if (kind == KIND_ERRNO)
		return -1;
	layer_is_inside = true;
	kernel_load(layer_file_name(fd));
	layer_is_inside = false;
	if (kind != KIND_LATE)
		return 0;
	errno = layer->error;
	return -1;
}

/* The folder replaces the mounted file system: fsopen(2), fsconfig(2), fsmount(2). */
static long mount_step(long number)
{
	char folder[600];
	int fd;

	if (layer_fault(OP_MOUNT, EFIVAR_FOLDER) == KIND_ERRNO)
		return -1;
	if (number == SYS_fsconfig)
		return 0;
	snprintf(folder, sizeof(folder), "%s" EFIVAR_FOLDER, layer->folder);
	fd = REAL(syscall)(SYS_openat, AT_FDCWD, folder, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		layer_name_file(fd, EFIVAR_FOLDER);
	return fd;
}

/* Variables are immutable until the flag is cleared. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	int *flags;

	va_start(arguments, request);
	flags = va_arg(arguments, int *);
	va_end(arguments);
	if (!layer_is_ours() || (request != FS_IOC_GETFLAGS && request != FS_IOC_SETFLAGS))
		return REAL(syscall)(SYS_ioctl, fd, request, flags);
	if (layer_fault(OP_FLAGS, layer_file_name(fd)) == KIND_ERRNO)
		return -1;
	if (request == FS_IOC_GETFLAGS)
		*flags = FS_IMMUTABLE_FL;
	return 0;
}

long syscall(long number, ...)
{
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (layer_is_ours() && number == SYS_finit_module)
		return load_module(a[0]);
	if (layer_is_ours() &&
	    (number == SYS_fsopen || number == SYS_fsconfig || number == SYS_fsmount))
		return mount_step(number);
	return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Memory ----------------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

extern const char __executable_start, etext;

/* The caller: our own code, or a library for it. */
static bool has_memory(const void *caller)
{
	const char *text = caller;
	bool is_library = text < &__executable_start || text >= &etext;

	return !layer_is_ours() ||
	       layer_fault(OP_MEMORY, is_library ? "in a library" : "") == KIND_NONE;
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

void *malloc(size_t size)
{
	return has_memory(CALLER) ? __libc_malloc(size) : NULL;
}

void *calloc(size_t n, size_t size)
{
	return has_memory(CALLER) ? __libc_calloc(n, size) : NULL;
}

void *realloc(void *old, size_t size)
{
	return has_memory(CALLER) ? __libc_realloc(old, size) : NULL;
}

void *reallocarray(void *old, size_t n, size_t size)
{
	return has_memory(CALLER) ? __libc_realloc(old, n * size) : NULL;
}
