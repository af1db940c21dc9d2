// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens, reads and lists files below a system root: the only file that opens anything under /sys,
 * /proc, /dev, /etc and /run. Never interprets what it reads.
 */
#include "base/root.h"

#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

int root_open(struct root *root, const char *path)
{
	size_t length = strlen(path);

	*root = (struct root){ .fd = -1 };
	while (length && path[length - 1] == '/')
		length--;
	root->is_live = length == 0 && *path == '/';
	root->prefix = strndup(path, length);
	if (!root->prefix)
		return -ENOMEM;
	root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		int r = -errno;

		root_done(root);
		return r;
	}
	return 0;
}

void root_done(struct root *root)
{
	close_fdp(&root->fd);
	free(root->prefix);
	*root = (struct root){ .fd = -1 };
}

void root_go_near(const struct root *root, const char *folder, struct root *near)
{
	*near = *root;
	near->near = NULL;
	if (!root->is_live)
		return;
	near->near_fd = openat(root->fd, folder + strspn(folder, "/"),
			       O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (near->near_fd >= 0)
		near->near = folder;
}

void root_leave(struct root *near)
{
	if (near->near)
		close(near->near_fd);
	near->near = NULL;
}

char *root_library_path(const struct root *root, const char *path)
{
	return text_format("%s%s", root->prefix, path);
}

static void trace(const struct root *root, const char *path, int flags)
{
	if (root->trace)
		root->trace(path,
			    flags & O_PATH	? ROOT_USE_LOOK :
			    flags & O_DIRECTORY ? ROOT_USE_LIST :
						  ROOT_USE_READ,
			    root->trace_data);
}

/* The folder that the path is to be opened in; *path becomes relative to it. */
static int nearest(const struct root *root, const char **path)
{
	if (root->near && has_prefix(*path, root->near)) {
		*path += strlen(root->near);
		return root->near_fd;
	}
	while (**path == '/')
		++*path;
	if (!**path)
		*path = ".";
	return root->fd;
}

int root_open_below(const struct root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int folder, fd;

	trace(root, path, flags);
	folder = nearest(root, &path);
	if (root->is_live)
		fd = openat(folder, path, flags | O_CLOEXEC);
	else
		do /* EAGAIN: something was renamed during the walk (openat2(2)) */
			fd = syscall(SYS_openat2, folder, path, &how, sizeof(how));
		while (fd < 0 && errno == EAGAIN);
	return fd < 0 ? -errno : fd;
}

int root_open_folder(const struct root *root, const char *path, struct root *ret_root)
{
	int fd = root_open_below(root, path, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	*ret_root = (struct root){ .fd = fd, .is_live = root->is_live };
	return 0;
}

/* Never attached to the mount tree (fsmount(2)), so that it cannot outlive this process. */
static int finish_mount(int context, unsigned attributes, struct root *ret_root)
{
	int fd;

	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
		     attributes | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return -errno;
	*ret_root = (struct root){ .fd = fd, .is_live = true };
	return 0;
}

int root_mount(const struct root *root, const char *filesystem, struct root *ret_root)
{
	_cleanup_close_ int context = -1;

	if (!root->is_live)
		return -EROFS;
	context = syscall(SYS_fsopen, filesystem, FSOPEN_CLOEXEC);
	return context < 0 ? -errno : finish_mount(context, 0, ret_root);
}

static int mount_device(const char *filesystem, const char *device, bool is_read_only,
			unsigned attributes, struct root *ret_root)
{
	_cleanup_close_ int context = syscall(SYS_fsopen, filesystem, FSOPEN_CLOEXEC);

	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", device, 0) < 0 ||
	    (is_read_only &&
	     syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0))
		return -errno;
	return finish_mount(context, attributes, ret_root);
}

/* A file system has one state for all its mounts (kernel: get_tree_bdev()): where another process has mounted
 * it for writing, only our own mount can be read-only. */
int root_mount_device(const struct root *root, const char *filesystem, const char *device,
		      struct root *ret_root)
{
	int r;

	if (!root->is_live)
		return -EROFS;
	r = mount_device(filesystem, device, true, MOUNT_ATTR_RDONLY, ret_root);
	return r == -EBUSY ? mount_device(filesystem, device, false, MOUNT_ATTR_RDONLY,
					  ret_root) :
			     r;
}

int root_mount_device_writable(const struct root *root, const char *filesystem,
			       const char *device, struct root *ret_root)
{
	return root->is_live ? mount_device(filesystem, device, false, 0, ret_root) :
			       -EROFS;
}

int root_free_size(const struct root *root, const char *path, uint64_t *ret_size)
{
	_cleanup_close_ int fd = root_open_below(root, path, O_PATH);
	struct statvfs status;

	if (fd < 0)
		return fd;
	if (fstatvfs(fd, &status) < 0)
		return -errno;
	*ret_size = (uint64_t)status.f_bfree * status.f_frsize;
	return 0;
}

int root_sync(const struct root *root, const char *folder)
{
	_cleanup_close_ int fd = root_open_below(root, folder, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd;
	return syncfs(fd) < 0 ? -errno : 0;
}

unsigned long root_filesystem(const struct root *root)
{
	struct statfs status;

	return fstatfs(root->fd, &status) < 0 ? 0 : (unsigned long)status.f_type;
}

bool root_is_read_only(const struct root *root)
{
	struct statvfs status;

	return fstatvfs(root->fd, &status) == 0 && status.f_flag & ST_RDONLY;
}

bool root_exists(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_open_below(root, path, O_PATH);

	return fd >= 0;
}

int root_stat(const struct root *root, const char *path, struct stat *ret_status)
{
	_cleanup_close_ int fd = root_open_below(root, path, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_status) < 0 ? -errno : 0;
}

int root_open_file(const struct root *root, const char *path)
{
	return root_open_below(root, path, O_RDONLY | O_NOCTTY);
}

int root_open_device(const struct root *root, const char *path)
{
	return root->is_live ? root_open_below(root, path, O_RDWR | O_NOCTTY) : -EROFS;
}

int root_open_exclusively(const struct root *root, const char *path)
{
	return root->is_live ? root_open_below(root, path, O_RDONLY | O_EXCL | O_NONBLOCK) :
			       -EROFS;
}

/* Reads until the buffer is full or the file ends. */
static ssize_t read_all(int fd, void *buffer, size_t size)
{
	char *bytes = buffer;
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, bytes + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += n;
	}
	return used;
}

ssize_t root_read_start(const struct root *root, const char *path, void *buffer, size_t size)
{
	_cleanup_close_ int fd = root_open_below(root, path, O_RDONLY | O_NOCTTY);

	return fd < 0 ? fd : read_all(fd, buffer, size);
}

ssize_t root_read(const struct root *root, const char *path, char *buffer, size_t size)
{
	ssize_t n = root_read_start(root, path, buffer, size);

	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -EFBIG;
	buffer[n] = '\0';
	return n;
}

ssize_t root_read_line(const struct root *root, const char *path, char *buffer, size_t size)
{
	_cleanup_close_ int fd = root_open_below(root, path, O_RDONLY | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return fd;
	do /* one read returns a whole attribute; a second just to see EOF is expensive */
		n = read(fd, buffer, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -EFBIG;
	buffer[n] = '\0';
	while (n > 0 && (buffer[n - 1] == '\n' || buffer[n - 1] == ' '))
		buffer[--n] = '\0';
	return n;
}

static int read_whole(int fd, size_t most, char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t capacity = 16384, used = 0;

	for (;;) {
		char *grown = realloc(text, capacity + 1);
		ssize_t n;

		if (!grown)
			return -ENOMEM;
		text = grown;
		n = read_all(fd, text + used, capacity - used);
		if (n < 0)
			return n;
		used += n;
		if (used > most)
			return -EFBIG;
		if (used < capacity)
			break;
		capacity *= 2;
	}
	text[used] = '\0';
	*ret_text = steal(text);
	*ret_size = used;
	return 0;
}

int root_read_file(const struct root *root, const char *path, size_t most,
		   char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = root_open_below(root, path, O_RDONLY | O_NOCTTY);

	return fd < 0 ? fd : read_whole(fd, most, ret_text, ret_size);
}

int root_read_plain(const struct root *root, const char *path, size_t most,
		    char **ret_text, size_t *ret_size)
{
	/* O_NONBLOCK: opening a FIFO without a writer would block. */
	_cleanup_close_ int fd =
		root_open_below(root, path, O_RDONLY | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	return read_whole(fd, most, ret_text, ret_size);
}

int root_readlink(const struct root *root, const char *path, char *buffer, size_t size)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	if (root->is_live) {
		int folder;

		trace(root, path, O_PATH);
		folder = nearest(root, &path);
		n = readlinkat(folder, path, buffer, size);
	} else {
		fd = root_open_below(root, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		n = readlinkat(fd, "", buffer, size);
		if (n < 0 && errno == ENOENT) /* it exists but is not a link */
			return -EINVAL;
	}
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buffer[n] = '\0';
	return 0;
}

int root_readlink_name(const struct root *root, const char *path, char *buffer, size_t size)
{
	char target[PATH_MAX];
	const char *name;
	int r;

	r = root_readlink(root, path, target, sizeof(target));
	if (r < 0)
		return r;
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	strcpy(buffer, name);
	return 0;
}

int root_list(const struct root *root, const char *path, root_entry *callback, void *data)
{
	int fd = root_open_below(root, path, O_RDONLY | O_DIRECTORY);
	struct dirent *entry;
	DIR *folder;
	int r = 0;

	if (fd < 0)
		return fd;
	folder = fdopendir(fd);
	if (!folder) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0) {
		errno = 0;
		entry = readdir(folder);
		if (!entry) {
			r = -errno;
			break;
		}
		if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
			continue;
		r = callback(entry->d_name, data);
	}
	closedir(folder);
	return r;
}
