/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* Why a path is opened. */
enum root_use {
	ROOT_USE_LOOK, /* to see whether it exists or where it leads */
	ROOT_USE_READ,
	ROOT_USE_LIST,
};
typedef void root_trace(const char *path, enum root_use use, void *data);

/*
 * The system to inspect: "/" or a --sysroot tree. Paths are absolute as seen from inside it, and
 * links resolve inside it too. A sysroot is never written.
 */
struct root {
	int fd;
	bool is_live; /* the running system */
	char *prefix; /* for libraries that open by name; "" for the running system */
	root_trace *trace; /* called with each path before it is opened, unless NULL */
	void *trace_data;
	const char *near; /* "FOLDER/" of root_go_near(); NULL: none */
	int near_fd;
};

int MUST_CHECK root_open(struct root *root, const char *path);
void root_done(struct root *root);

/*
 * Opens a folder as a root of its own, live if this one is. root_mount() does so with a new
 * instance of a file system without a device, which is attached to no mount point, visible to no
 * other process, and gone when the root is closed. -EROFS below a sysroot.
 */
int MUST_CHECK root_open_folder(const struct root *root, const char *path,
				struct root *ret_root);
int MUST_CHECK root_mount(const struct root *root, const char *filesystem,
			  struct root *ret_root);
/* The same of the file system on a block device; nothing can be written through this mount. */
int MUST_CHECK root_mount_device(const struct root *root, const char *filesystem,
				 const char *device, struct root *ret_root);
/* The same for writing. -EBUSY: it is mounted read-only. */
int MUST_CHECK root_mount_device_writable(const struct root *root, const char *filesystem,
					  const char *device, struct root *ret_root);
/* The statfs(2) magic number of this root's file system; 0: unknown. */
unsigned long root_filesystem(const struct root *root);
/* The bytes that root may still write to the file system that holds this file. */
int MUST_CHECK root_free_size(const struct root *root, const char *path,
			      uint64_t *ret_size);
/* Writes the file system that holds this folder to its disk; errors of earlier writes show here. */
int MUST_CHECK root_sync(const struct root *root, const char *folder);
/* Is this root's mount read-only? */
bool root_is_read_only(const struct root *root);

/*
 * Keeps a folder of the running system open, for a series of looks at its files: the way to a device leads
 * through links, and costs more than most files. `folder` ends in a slash and outlives the series; *near is
 * the root to look with, and to be left. Where the folder cannot be opened, each look finds out for itself.
 */
void root_go_near(const struct root *root, const char *folder, struct root *near);
void root_leave(struct root *near);

/* "PREFIX/path" for a library that opens by name, to be freed. NULL: no memory. */
char *root_library_path(const struct root *root, const char *path);

bool root_exists(const struct root *root, const char *path);

struct stat;

/* Of the file itself, which is not opened for reading: also a device node below a sysroot. */
int MUST_CHECK root_stat(const struct root *root, const char *path,
			 struct stat *ret_status);

/*
 * Reads at most size - 1 bytes and appends a NUL; -EFBIG for a longer file. Returns the length,
 * or negative errno.
 */
ssize_t MUST_CHECK root_read(const struct root *root, const char *path, char *buffer,
			     size_t size);
/* Reads the first `size` bytes, or all of a shorter file. Returns their number, or negative errno. */
ssize_t MUST_CHECK root_read_start(const struct root *root, const char *path,
				   void *buffer, size_t size);
/* Reads one attribute of sysfs or procfs, without trailing white space. */
ssize_t MUST_CHECK root_read_line(const struct root *root, const char *path, char *buffer,
				  size_t size);
/* Reads a whole file, to be freed, and appends a NUL. -EFBIG above `most` bytes. */
int MUST_CHECK root_read_file(const struct root *root, const char *path, size_t most,
			      char **ret_text, size_t *ret_size);

/* The same for regular files only: -ELOOP for a link, -EINVAL for anything else. */
int MUST_CHECK root_read_plain(const struct root *root, const char *path, size_t most,
			       char **ret_text, size_t *ret_size);

/* Opens a device node read-write. -EROFS below a sysroot, whose nodes mean this machine's devices. */
int MUST_CHECK root_open_device(const struct root *root, const char *path);

/* Opens a block device for reading, as the only holder. -EBUSY: the kernel has it, for a file system that is
 * mounted anywhere, swap, a volume, an export. -EROFS below a sysroot. */
int MUST_CHECK root_open_exclusively(const struct root *root, const char *path);

/* Only for base/root*.c. Below a sysroot even absolute links resolve inside it. */
int MUST_CHECK root_open_below(const struct root *root, const char *path, int flags);

/* A read-only, close-on-exec descriptor, or negative errno. */
int MUST_CHECK root_open_file(const struct root *root, const char *path);

/* The target of a link, or only its last component. -EINVAL: not a link. */
int MUST_CHECK root_readlink(const struct root *root, const char *path, char *buffer,
			     size_t size);
int MUST_CHECK root_readlink_name(const struct root *root, const char *path, char *buffer,
				  size_t size);

/* Calls back for each entry but "." and "..", until one call returns non-zero; returns that value,
 * or negative errno. */
typedef int root_entry(const char *name, void *data);
int MUST_CHECK root_list(const struct root *root, const char *path, root_entry *callback,
			 void *data);

/* Writes a sysfs attribute with one write(2). -EROFS below a sysroot. */
int MUST_CHECK root_write(const struct root *root, const char *path, const char *text);

/* Writes folder/name atomically (temporary name, rename) with mode 0644; creates the folder. */
int MUST_CHECK root_replace(const struct root *root, const char *folder, const char *name,
			    const char *text, size_t size);

/* Writes all bytes with one write(2); creates the file, with mode 0644, if necessary. */
int MUST_CHECK root_write_bytes(const struct root *root, const char *path,
				const void *data, size_t size);
/* Clears the immutable flag, as chattr -i does. */
int MUST_CHECK root_make_mutable(const struct root *root, const char *path);

/* root_replace(), and the file is on disk on return: for data that must survive a power cut. */
int MUST_CHECK root_replace_durably(const struct root *root, const char *folder,
				    const char *name, const char *text, size_t size);

/* The same, for a program: with mode 0755. */
int MUST_CHECK root_replace_program(const struct root *root, const char *folder,
				    const char *name, const char *text, size_t size);

/* The same, but keeps the mode of an existing file: for files that are not ours. */
int MUST_CHECK root_restore(const struct root *root, const char *folder, const char *name,
			    const char *text, size_t size);

/* Makes folder/name a symbolic link to target, atomically replacing a file of that name. */
int MUST_CHECK root_link(const struct root *root, const char *folder, const char *name,
			 const char *target);

/* Removes a file; a missing one is no error. -EROFS below a sysroot. */
int MUST_CHECK root_remove(const struct root *root, const char *path);

/* Takes the lock folder/name without waiting; returns its descriptor, to be closed, or -EWOULDBLOCK
 * when another process holds it. Every process that inherits the descriptor holds the lock. */
int MUST_CHECK root_lock(const struct root *root, const char *folder, const char *name);
