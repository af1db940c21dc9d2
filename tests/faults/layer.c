// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The calls themselves, under their own names: what is linked into a program comes before the C
 * library, for the libraries too. Outside of the agent's processes they do what they always do.
 */
#include "layer.h"

#include "kernel.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

struct layer *layer;
bool layer_is_active;

static enum role role;
static bool has_worker;
static bool is_inside; /* the layer's own calls are not the agent's */

#define FILES 256
static char files[FILES][CALL_TEXT]; /* what each descriptor is */

#define REAL(name)                                                                       \
	({                                                                               \
		static __typeof__(&name) real_;                                          \
		if (!real_)                                                              \
			real_ = (__typeof__(real_))dlsym(RTLD_NEXT, #name);              \
		real_;                                                                   \
	})

static bool is_ours(void)
{
	return layer && layer_is_active && !is_inside;
}

/* The fault ------------------------------------------------------------------------------ */

/* "0000:01:00.0" is '*', numbers of interrupts and groups too, so that a row is one kind of call. */
static void generalize(const char *path, char text[static CALL_TEXT])
{
	size_t used = 0;

	while (*path && used + 2 < CALL_TEXT) {
		size_t hex = strspn(path, "0123456789abcdef");
		bool is_start = !used || text[used - 1] == '/';

		if (is_start && hex == 4 && path[4] == ':') {
			path += strcspn(path, "/");
			text[used++] = '*';
		} else if (is_start && strspn(path, "0123456789") &&
			   strchr("/", path[strspn(path, "0123456789")])) {
			path += strspn(path, "0123456789");
			text[used++] = '*';
		} else {
			text[used++] = *path++;
		}
	}
	text[used] = '\0';
}

static bool is_site(const struct site *site, const struct call *call)
{
	return __atomic_load_n(&site->is_there, __ATOMIC_ACQUIRE) &&
	       site->call.role == call->role && site->call.op == call->op &&
	       streq(site->call.text, call->text);
}

/*
 * Supervisor, worker and helpers find theirs at the same time, and each can be killed at any
 * moment: no lock, but a place for each that comes.
 */
static struct site *find_site(enum op op, const char *path)
{
	struct call call = { .role = role, .op = op };
	unsigned n = __atomic_load_n(&layer->n_sites, __ATOMIC_ACQUIRE);
	struct site *site;

	generalize(path, call.text);
	for (unsigned i = 0; i < n; i++)
		if (is_site(&layer->sites[i], &call))
			return &layer->sites[i];
	n = __atomic_fetch_add(&layer->n_sites, 1, __ATOMIC_ACQ_REL);
	if (n >= SITES)
		abort();
	site = &layer->sites[n];
	*site = (struct site){ .call = call };
	__atomic_store_n(&site->is_there, true, __ATOMIC_RELEASE);
	return site;
}

static void block_for_ever(void)
{
	layer->blocked = getpid();
	for (;;)
		pause(); /* the supervisor's own alarm comes through, as it would */
}

/* What is to go wrong with this call; KIND_NONE almost always. */
static enum kind fault(enum op op, const char *path)
{
	struct site *site;
	unsigned n;

	if (!is_ours())
		return KIND_NONE;
	is_inside = true;
	site = find_site(op, path);
	n = __atomic_add_fetch(&site->n, 1, __ATOMIC_RELAXED);
	is_inside = false;
	if (site != &layer->sites[layer->site] || n != layer->nth)
		return KIND_NONE;
	layer->injected++;
	if (layer->kind == KIND_KILL)
		syscall(SYS_kill, getpid(), SIGKILL);
	if (layer->kind == KIND_CRASH)
		syscall(SYS_kill, getpid(), SIGSEGV);
	if (layer->kind == KIND_BLOCK)
		block_for_ever();
	errno = layer->error;
	return layer->kind;
}

/* Paths ------------------------------------------------------------------------------------ */

/* All that the agent may open, by docs/design.md. */
static const char *const allowed[] = {
	"/sys",
	"/proc",
	"/dev",
	"/run",
	"/etc/vfio-claim.conf",
	"/usr/lib/vfio-claim",
	"/lib/modules",
};

static bool is_allowed(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		size_t length = strlen(allowed[i]);

		if (has_prefix(path, allowed[i]) && strchr("/", path[length]))
			return true;
	}
	return streq(path, "/");
}

static const char *file_name(int fd)
{
	return fd >= 0 && fd < FILES && *files[fd] ? files[fd] : "another file";
}

static void name_file(int fd, const char *path)
{
	if (fd >= 0 && fd < FILES)
		snprintf(files[fd], CALL_TEXT, "%s", path);
}

/* As seen from "/", and where it really is. */
static void locate(int folder, const char *path, char seen[static 512],
		   char real[static 600])
{
	const char *base = *path == '/' ? "" : file_name(folder);

	if (streq(base, "/"))
		base = "";
	snprintf(seen, 512, "%s%s%s", base, *path == '/' ? "" : "/", path);
	if (!is_allowed(seen)) {
		layer->unknown_paths++;
		snprintf(layer->unknown_path, CALL_TEXT, "%s", seen);
	}
	snprintf(real, 600, "%s%s", layer->folder, seen);
}

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
	char seen[512], real[600];
	enum kind kind;
	int fd;

	if (!is_ours())
		return syscall(SYS_openat, folder, path, flags, mode);
	locate(folder, path, seen, real);
	kind = fault(OP_OPEN, seen);
	if (kind == KIND_ERRNO)
		return -1;
	/* What is written to is the little kernel's, and whole each time. */
	fd = syscall(SYS_openat, AT_FDCWD, real,
		     flags | (streq(seen, "/dev/kmsg") ? O_APPEND : 0), mode);
	if (fd >= 0)
		name_file(fd, seen);
	return fd;
}

int openat(int folder, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return open_any(folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	return open_any(AT_FDCWD, path, flags, mode);
}

int __openat_2(int folder, const char *path, int flags);
int __openat_2(int folder, const char *path, int flags)
{
	return open_any(folder, path, flags, 0);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_any(AT_FDCWD, path, flags, 0);
}

int open64(const char *path, int flags, ...)
{
	return open_any(AT_FDCWD, path, flags, 0);
}

/* Reading and writing --------------------------------------------------------------------- */

static ssize_t after_read(enum kind kind, char *buffer, ssize_t n)
{
	if (n <= 0)
		return n;
	switch (kind) {
	case KIND_LATE:
		return -1;
	case KIND_SHORT:
		return n > 1 ? n / 2 : n;
	case KIND_EMPTY:
		return 0;
	case KIND_RUBBISH:
		for (ssize_t i = 0; i < n; i++)
			buffer[i] = 0x81 + i * 7;
		return n;
	default:
		return n;
	}
}

ssize_t read(int fd, void *buffer, size_t size)
{
	enum kind kind = fault(OP_READ, file_name(fd));

	return kind == KIND_ERRNO ?
		       -1 :
		       after_read(kind, buffer, syscall(SYS_read, fd, buffer, size));
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
	enum kind kind = fault(OP_READ, file_name(fd));

	return kind == KIND_ERRNO ?
		       -1 :
		       after_read(kind, buffer,
				  syscall(SYS_pread64, fd, buffer, size, offset));
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	enum kind kind;
	int error;
	ssize_t n;

	if (!is_ours())
		return syscall(SYS_write, fd, buffer, size);
	kind = fault(OP_WRITE, file_name(fd));
	error = errno;

	if (kind == KIND_ERRNO)
		return -1;
	if (kind == KIND_SHORT && size > 1)
		size /= 2;
	is_inside = true;
	if (kernel_is_attribute(file_name(fd)))
		n = kernel_write(file_name(fd), buffer, size);
	else
		n = syscall(SYS_write, fd, buffer, size);
	is_inside = false;
	if (kind == KIND_LATE) {
		errno = error;
		return -1;
	}
	return n;
}

int close(int fd)
{
	char name[CALL_TEXT];
	enum kind kind;
	int r;

	snprintf(name, sizeof(name), "%s", is_ours() ? file_name(fd) : "");
	kind = is_ours() ? fault(OP_CLOSE, name) : KIND_NONE;
	r = syscall(SYS_close, fd);
	if (is_ours() && fd >= 0 && fd < FILES)
		*files[fd] = '\0';
	if (kind == KIND_ERRNO) { /* the descriptor is gone all the same: close(2) */
		errno = layer->error;
		return -1;
	}
	return r;
}

static ssize_t read_link(int folder, const char *path, char *buffer, size_t size)
{
	char seen[512], real[600];
	enum kind kind;
	ssize_t n;

	if (!is_ours())
		return syscall(SYS_readlinkat, folder, path, buffer, size);
	locate(folder, path, seen, real);
	kind = fault(OP_READLINK, seen);
	if (kind == KIND_ERRNO)
		return -1;
	n = syscall(SYS_readlinkat, AT_FDCWD, real, buffer, size);
	return after_read(kind, buffer, n);
}

ssize_t readlinkat(int folder, const char *path, char *buffer, size_t size)
{
	return read_link(folder, path, buffer, size);
}

ssize_t readlink(const char *path, char *buffer, size_t size)
{
	return read_link(AT_FDCWD, path, buffer, size);
}

/* Folders --------------------------------------------------------------------------------- */

static DIR *listed; /* one at a time, and what it is */
static char listed_name[CALL_TEXT];

DIR *fdopendir(int fd)
{
	DIR *folder;

	if (fault(OP_LIST, file_name(fd)) == KIND_ERRNO)
		return NULL;
	folder = REAL(fdopendir)(fd);
	if (is_ours()) {
		listed = folder;
		snprintf(listed_name, CALL_TEXT, "%s", file_name(fd));
	}
	return folder;
}

DIR *opendir(const char *path)
{
	char seen[512], real[600];
	DIR *folder;

	if (!is_ours())
		return REAL(opendir)(path);
	locate(AT_FDCWD, path, seen, real);
	if (fault(OP_LIST, seen) == KIND_ERRNO)
		return NULL;
	is_inside = true;
	folder = REAL(opendir)(real);
	is_inside = false;
	listed = folder;
	snprintf(listed_name, CALL_TEXT, "%.*s", CALL_TEXT - 1, seen);
	return folder;
}

struct dirent *readdir(DIR *folder)
{
	static struct dirent rubbish = { .d_name = "\x81\x8f 0000:zz" };
	enum kind kind = is_ours() ? fault(OP_ENTRY, folder == listed ? listed_name : "") :
				     KIND_NONE;

	if (kind == KIND_ERRNO || kind == KIND_EMPTY) {
		errno = kind == KIND_EMPTY ? 0 : errno;
		return NULL;
	}
	return kind == KIND_RUBBISH ? &rubbish : REAL(readdir)(folder);
}

int mkdir(const char *path, mode_t mode)
{
	char seen[512], real[600];

	if (!is_ours())
		return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	locate(AT_FDCWD, path, seen, real);
	if (fault(OP_MKDIR, seen) == KIND_ERRNO)
		return -1;
	return syscall(SYS_mkdirat, AT_FDCWD, real, mode);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	char path[CALL_TEXT];

	snprintf(path, sizeof(path), "%.60s/%.30s", file_name(to_folder), to);
	if (is_ours() && fault(OP_RENAME, path) == KIND_ERRNO)
		return -1;
	return syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
	char path[CALL_TEXT];

	snprintf(path, sizeof(path), "%.60s/%.30s", file_name(folder), name);
	if (is_ours() && fault(OP_UNLINK, path) == KIND_ERRNO)
		return -1;
	return syscall(SYS_unlinkat, folder, name, flags);
}

int fchmod(int fd, mode_t mode)
{
	if (fault(OP_CHMOD, file_name(fd)) == KIND_ERRNO)
		return -1;
	return syscall(SYS_fchmod, fd, mode);
}

int flock(int fd, int operation)
{
	if (fault(OP_LOCK, file_name(fd)) == KIND_ERRNO)
		return -1;
	return syscall(SYS_flock, fd, operation);
}

/* Processes -------------------------------------------------------------------------------- */

pid_t fork(void)
{
	pid_t pid;

	if (fault(OP_FORK, "") == KIND_ERRNO)
		return -1;
	pid = REAL(fork)();
	if (pid == 0 && is_ours()) {
		role = role == ROLE_SUPERVISOR && !has_worker ? ROLE_WORKER : ROLE_HELPER;
		has_worker = true;
	} else if (pid > 0 && is_ours()) {
		has_worker = true;
	}
	return pid;
}

int pipe2(int ends[2], int flags)
{
	int r;

	if (fault(OP_PIPE, "") == KIND_ERRNO)
		return -1;
	r = syscall(SYS_pipe2, ends, flags);
	if (r == 0 && is_ours()) {
		name_file(ends[0], "the pipe to the supervisor");
		name_file(ends[1], "the pipe to the supervisor");
	}
	return r;
}

int poll(struct pollfd *items, nfds_t n, int timeout)
{
	if (fault(OP_POLL, "") == KIND_ERRNO)
		return -1;
	if (is_ours() && timeout > 0)
		timeout = timeout / layer->speed + 1;
	return syscall(SYS_poll, items, n, timeout);
}

pid_t waitpid(pid_t pid, int *status, int flags)
{
	if (fault(OP_WAIT, "") == KIND_ERRNO)
		return -1;
	return syscall(SYS_wait4, pid, status, flags, NULL);
}

int kill(pid_t pid, int number)
{
	if (fault(OP_KILL, "") == KIND_ERRNO)
		return -1;
	if (is_ours() && pid == layer->blocked)
		return 0; /* in the kernel, where no signal reaches it */
	return syscall(SYS_kill, pid, number);
}

int usleep(useconds_t microseconds)
{
	struct timespec time;

	if (fault(OP_SLEEP, "") == KIND_ERRNO)
		return -1;
	if (is_ours())
		microseconds = microseconds / layer->speed + 1;
	time = (struct timespec){ microseconds / 1000000, microseconds % 1000000 * 1000 };
	return syscall(SYS_nanosleep, &time, NULL);
}

unsigned alarm(unsigned seconds)
{
	struct itimerval timer = {};
	int64_t us;

	if (!is_ours())
		return REAL(alarm)(seconds);
	(void)fault(OP_ALARM, "");
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

	if (r < 0 || !is_ours())
		return r;
	kind = fault(OP_CLOCK, clock == CLOCK_MONOTONIC ? "" : "of the boot");
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
	return fault(OP_SETUP, "") == KIND_ERRNO ? -1 : 0;
}

int clearenv(void)
{
	return fault(OP_SETUP, "") == KIND_ERRNO ? -1 : REAL(clearenv)();
}

/* Modules ---------------------------------------------------------------------------------- */

long syscall(long number, ...)
{
	long a[6];
	va_list arguments;
	enum kind kind;
	long r = 0;

	va_start(arguments, number);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number != SYS_finit_module)
		return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	kind = fault(OP_LOAD, file_name(a[0]));
	if (kind == KIND_ERRNO)
		return -1;
	is_inside = true;
	kernel_load(file_name(a[0]));
	is_inside = false;
	if (kind == KIND_LATE) {
		errno = layer->error;
		r = -1;
	}
	return r;
}

/* Memory ----------------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

extern const char __executable_start, etext;

/* By whom: our own code, or a library for it. */
static bool has_memory(const void *caller)
{
	const char *text = caller;
	bool is_library = text < &__executable_start || text >= &etext;

	return !is_ours() ||
	       fault(OP_MEMORY, is_library ? "in a library" : "") == KIND_NONE;
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
