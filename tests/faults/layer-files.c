// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Defines the C library's calls for files and folders: paths that the agent and its libraries
 * open lead into the layer's folder. Outside the agent's processes the calls are unchanged.
 */
#include "layer-parts.h"

#include "kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FILES 256
static char files[FILES][CALL_TEXT]; /* what each descriptor is */

/* Paths ------------------------------------------------------------------------------------ */

/* The paths that the agent may open, by docs/design.md. */
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

const char *layer_file_name(int fd)
{
	return fd >= 0 && fd < FILES && *files[fd] ? files[fd] : "another file";
}

void layer_name_file(int fd, const char *path)
{
	if (fd >= 0 && fd < FILES)
		snprintf(files[fd], CALL_TEXT, "%s", path);
}

struct place {
	char seen[512]; /* from "/" */
	char real[600];
	enum kind kind; /* of fault */
};

/* Resolves a path; false: the call fails. */
static bool may_reach(enum op op, int folder, const char *path, struct place *place)
{
	const char *base = *path == '/' ? "" : layer_file_name(folder);

	if (streq(base, "/"))
		base = "";
	snprintf(place->seen, sizeof(place->seen), "%s%s%s", base,
		 *path == '/' ? "" : "/", path);
	if (!is_allowed(place->seen)) {
		layer->unknown_paths++;
		snprintf(layer->unknown_path, CALL_TEXT, "%.*s", CALL_TEXT - 1,
			 place->seen);
	}
	snprintf(place->real, sizeof(place->real), "%s%s", layer->folder, place->seen);
	place->kind = layer_fault(op, place->seen);
	return place->kind != KIND_ERRNO;
}

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
	struct place place;
	int fd;

	if (!layer_is_ours())
		return syscall(SYS_openat, folder, path, flags, mode);
	if (!may_reach(OP_OPEN, folder, path, &place))
		return -1;
	/* Written files belong to the small kernel, and each write is whole. */
	fd = syscall(SYS_openat, AT_FDCWD, place.real,
		     flags | (streq(place.seen, "/dev/kmsg") ? O_APPEND : 0), mode);
	if (fd >= 0)
		layer_name_file(fd, place.seen);
	return fd;
}

/* The third argument of open(), if any. */
#define MODE_AFTER(flags)                                                                \
	({                                                                               \
		mode_t mode_ = 0;                                                        \
		if (O_CREAT & (flags)) {                                                 \
			va_list arguments_;                                              \
			va_start(arguments_, flags);                                     \
			mode_ = va_arg(arguments_, mode_t);                              \
			va_end(arguments_);                                              \
		}                                                                        \
		mode_;                                                                   \
	})

int openat(int folder, const char *path, int flags, ...)
{
	return open_any(folder, path, flags, MODE_AFTER(flags));
}

int open(const char *path, int flags, ...)
{
	return open_any(AT_FDCWD, path, flags, MODE_AFTER(flags));
}

int open64(const char *path, int flags, ...)
{
	return open_any(AT_FDCWD, path, flags, MODE_AFTER(flags));
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
	enum kind kind = layer_fault(OP_READ, layer_file_name(fd));

	return kind == KIND_ERRNO ?
		       -1 :
		       after_read(kind, buffer, syscall(SYS_read, fd, buffer, size));
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
	enum kind kind = layer_fault(OP_READ, layer_file_name(fd));

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

	if (!layer_is_ours())
		return syscall(SYS_write, fd, buffer, size);
	kind = layer_fault(OP_WRITE, layer_file_name(fd));
	error = errno;

	if (kind == KIND_ERRNO)
		return -1;
	if (kind == KIND_SHORT && size > 1)
		size /= 2;
	layer_is_inside = true;
	if (kernel_is_attribute(layer_file_name(fd)))
		n = kernel_write(layer_file_name(fd), buffer, size);
	else
		n = syscall(SYS_write, fd, buffer, size);
	layer_is_inside = false;
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

	snprintf(name, sizeof(name), "%s", layer_is_ours() ? layer_file_name(fd) : "");
	kind = layer_is_ours() ? layer_fault(OP_CLOSE, name) : KIND_NONE;
	r = syscall(SYS_close, fd);
	if (layer_is_ours() && fd >= 0 && fd < FILES)
		*files[fd] = '\0';
	if (kind == KIND_ERRNO) { /* the descriptor is gone anyway: close(2) */
		errno = layer->error;
		return -1;
	}
	return r;
}

static ssize_t read_link(int folder, const char *path, char *buffer, size_t size)
{
	struct place place;

	if (!layer_is_ours())
		return syscall(SYS_readlinkat, folder, path, buffer, size);
	if (!may_reach(OP_READLINK, folder, path, &place))
		return -1;
	return after_read(place.kind, buffer,
			  syscall(SYS_readlinkat, AT_FDCWD, place.real, buffer, size));
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

static void note_list(DIR *folder, const char *name)
{
	listed = folder;
	snprintf(listed_name, CALL_TEXT, "%.*s", CALL_TEXT - 1, name);
}

DIR *fdopendir(int fd)
{
	DIR *folder;

	if (layer_fault(OP_LIST, layer_file_name(fd)) == KIND_ERRNO)
		return NULL;
	folder = REAL(fdopendir)(fd);
	if (layer_is_ours())
		note_list(folder, layer_file_name(fd));
	return folder;
}

DIR *opendir(const char *path)
{
	struct place place;
	DIR *folder;

	if (!layer_is_ours())
		return REAL(opendir)(path);
	if (!may_reach(OP_LIST, AT_FDCWD, path, &place))
		return NULL;
	layer_is_inside = true;
	folder = REAL(opendir)(place.real);
	layer_is_inside = false;
	note_list(folder, place.seen);
	return folder;
}

struct dirent *readdir(DIR *folder)
{
	static struct dirent rubbish = { .d_name = "\x81\x8f 0000:zz" };
	enum kind kind = layer_is_ours() ?
				 layer_fault(OP_ENTRY, folder == listed ? listed_name : "") :
				 KIND_NONE;

	if (kind == KIND_ERRNO || kind == KIND_EMPTY) {
		errno = kind == KIND_EMPTY ? 0 : errno;
		return NULL;
	}
	return kind == KIND_RUBBISH ? &rubbish : REAL(readdir)(folder);
}

int mkdir(const char *path, mode_t mode)
{
	struct place place;

	if (!layer_is_ours())
		return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	if (!may_reach(OP_MKDIR, AT_FDCWD, path, &place))
		return -1;
	return syscall(SYS_mkdirat, AT_FDCWD, place.real, mode);
}

static bool may_change(enum op op, int folder, const char *name)
{
	char path[CALL_TEXT];

	snprintf(path, sizeof(path), "%.60s/%.30s", layer_file_name(folder), name);
	return layer_fault(op, path) != KIND_ERRNO;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	if (!may_change(OP_RENAME, to_folder, to))
		return -1;
	return syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
	if (!may_change(OP_UNLINK, folder, name))
		return -1;
	return syscall(SYS_unlinkat, folder, name, flags);
}

int fchmod(int fd, mode_t mode)
{
	if (layer_fault(OP_CHMOD, layer_file_name(fd)) == KIND_ERRNO)
		return -1;
	return syscall(SYS_fchmod, fd, mode);
}

int flock(int fd, int operation)
{
	if (layer_fault(OP_LOCK, layer_file_name(fd)) == KIND_ERRNO)
		return -1;
	return syscall(SYS_flock, fd, operation);
}
