// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes files, links, locks and sysfs attributes of the running system. Never writes to a sysroot. */
#include "base/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static int write_at_once(int fd, const void *data, size_t size)
{
	ssize_t n;
	int r = 0;

	n = write(fd, data, size);
	if (n < 0)
		r = -errno;
	else if ((size_t)n != size)
		r = -EIO;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int root_write(const struct root *root, const char *path, const char *text)
{
	int fd;

	if (!root->is_live)
		return -EROFS;
	fd = root_open_below(root, path, O_WRONLY | O_NOCTTY);
	return fd < 0 ? fd : write_at_once(fd, text, strlen(text));
}

int root_write_bytes(const struct root *root, const char *path, const void *data,
		     size_t size)
{
	int fd;

	if (!root->is_live)
		return -EROFS;
	fd = openat(root->fd, path + strspn(path, "/"),
		    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : write_at_once(fd, data, size);
}

int root_make_mutable(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = -1;
	int flags; /* the kernel reads and writes an int, though the ioctl number encodes a long */

	if (!root->is_live)
		return -EROFS;
	fd = root_open_below(root, path, O_RDONLY | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return errno == ENOTTY ? 0 : -errno; /* this file system has no flags */
	if (!(flags & FS_IMMUTABLE_FL))
		return 0;
	flags &= ~FS_IMMUTABLE_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

/* Creates, fills and closes a file in `folder`; removes it on failure. */
static int write_new(int folder, const char *name, const char *text, size_t size,
		     mode_t mode, bool is_durable)
{
	size_t written = 0;
	int fd, r = 0;

	if (unlinkat(folder, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    mode & 0644);
	if (fd < 0)
		return -errno;
	while (written < size && r == 0) {
		ssize_t n = write(fd, text + written, size - written);

		if (n > 0)
			written += n;
		else if (n == 0 || errno != EINTR)
			r = n == 0 ? -EIO : -errno;
	}
	if (r == 0 && fchmod(fd, mode) < 0) /* regardless of the umask */
		r = -errno;
	if (r == 0 && is_durable && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder, name, 0);
	return r;
}

/* Opens the folder, creating it if necessary. Never follows a link in its place. */
static int open_folder(const struct root *root, const char *folder)
{
	if (!root->is_live)
		return -EROFS;
	if (mkdirat(root->fd, folder + strspn(folder, "/"), 0755) < 0 && errno != EEXIST)
		return -errno;
	return root_open_below(root, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

static bool format_temporary(const char *name, char temporary[static NAME_MAX + 1])
{
	return (size_t)snprintf(temporary, NAME_MAX + 1, ".%s.new", name) < NAME_MAX + 1;
}

enum replacing {
	REPLACE_PLAIN,
	REPLACE_DURABLY,
	REPLACE_KEEPING_MODE, /* and durably */
	REPLACE_PROGRAM,      /* and durably */
};

static int replace(const struct root *root, const char *folder, const char *name,
		   const char *text, size_t size, enum replacing how)
{
	_cleanup_close_ int fd = open_folder(root, folder);
	bool is_durable = how != REPLACE_PLAIN;
	char temporary[NAME_MAX + 1];
	mode_t mode = how == REPLACE_PROGRAM ? 0755 : 0644;
	struct stat old;
	int r;

	if (fd < 0)
		return fd;
	if (!format_temporary(name, temporary))
		return -ENAMETOOLONG;
	if (how == REPLACE_KEEPING_MODE &&
	    fstatat(fd, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode))
		mode = old.st_mode & 0777;
	r = write_new(fd, temporary, text, size, mode, is_durable);
	if (r < 0)
		return r;
	if (renameat(fd, temporary, fd, name) < 0) {
		r = -errno;
		unlinkat(fd, temporary, 0);
		return r;
	}
	if (is_durable) /* the rename has already happened: its fsync may fail */
		(void)fsync(fd);
	return 0;
}

int root_replace(const struct root *root, const char *folder, const char *name,
		 const char *text, size_t size)
{
	return replace(root, folder, name, text, size, REPLACE_PLAIN);
}

int root_replace_durably(const struct root *root, const char *folder, const char *name,
			 const char *text, size_t size)
{
	return replace(root, folder, name, text, size, REPLACE_DURABLY);
}

int root_replace_program(const struct root *root, const char *folder, const char *name,
			 const char *text, size_t size)
{
	return replace(root, folder, name, text, size, REPLACE_PROGRAM);
}

int root_restore(const struct root *root, const char *folder, const char *name,
		 const char *text, size_t size)
{
	return replace(root, folder, name, text, size, REPLACE_KEEPING_MODE);
}

int root_link(const struct root *root, const char *folder, const char *name,
	      const char *target)
{
	_cleanup_close_ int fd = open_folder(root, folder);
	char temporary[NAME_MAX + 1];
	int r = 0;

	if (fd < 0)
		return fd;
	if (!format_temporary(name, temporary))
		return -ENAMETOOLONG;
	if (unlinkat(fd, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	if (symlinkat(target, fd, temporary) < 0)
		return -errno;
	if (renameat(fd, temporary, fd, name) < 0) {
		r = -errno;
		unlinkat(fd, temporary, 0);
	}
	return r;
}

int root_remove(const struct root *root, const char *path)
{
	if (!root->is_live)
		return -EROFS;
	if (unlinkat(root->fd, path + strspn(path, "/"), 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int root_lock(const struct root *root, const char *folder, const char *name)
{
	_cleanup_close_ int fd = open_folder(root, folder);
	int lock, r;

	if (fd < 0)
		return fd;
	lock = openat(fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		      0600);
	if (lock < 0)
		return -errno;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		close(lock);
		return r;
	}
	return lock;
}
