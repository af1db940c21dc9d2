/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* What a path is opened for. */
enum root_use {
	ROOT_USE_LOOK, /* whether it is there, or where it leads */
	ROOT_USE_READ,
	ROOT_USE_LIST,
};
typedef void root_trace(const char *path, enum root_use use, void *data);

/*
 * The system that is looked at: "/" or a tree below --sysroot. All paths are absolute as seen
 * from inside it; links are followed inside it too. A tree below a sysroot is never written.
 */
struct root {
	int fd;
	bool is_live; /* the running system */
	char *prefix; /* for libraries that open by name; "" for the running system */
	root_trace *trace; /* told each path before it is opened; NULL: nothing is */
	void *trace_data;
};

int MUST_CHECK root_open(struct root *root, const char *path);
void root_done(struct root *root);

/*
 * A folder as a root of its own, as live as this one. root_mount() is the same of a new instance
 * of a file system without a device: it is mounted nowhere, nobody else can see it, and it is
 * gone with the root. -EROFS below a sysroot.
 */
int MUST_CHECK root_open_folder(const struct root *root, const char *path,
				struct root *ret_root);
int MUST_CHECK root_mount(const struct root *root, const char *filesystem,
			  struct root *ret_root);
/* The magic number of the file system that this root is on (statfs(2)); 0: not known. */
unsigned long root_filesystem(const struct root *root);
/* Is what is mounted there not to be written to? */
bool root_is_read_only(const struct root *root);

/* "PREFIX/path" for a library, to be freed. NULL: no memory. */
char *root_library_path(const struct root *root, const char *path);

bool root_exists(const struct root *root, const char *path);

/*
 * Reads at most size - 1 bytes and ends them with a NUL; a longer file is -EFBIG.
 * The length, or negative errno.
 */
ssize_t MUST_CHECK root_read(const struct root *root, const char *path, char *buffer,
			     size_t size);
/* One attribute of sysfs or the like, without the white space at its end. */
ssize_t MUST_CHECK root_read_line(const struct root *root, const char *path, char *buffer,
				  size_t size);
/* A whole file of at most `most` bytes, to be freed; a NUL follows it. -EFBIG when larger. */
int MUST_CHECK root_read_file(const struct root *root, const char *path, size_t most,
			      char **ret_text, size_t *ret_size);

/* The same of what must be a file itself: no link, no pipe (-ELOOP, -EINVAL). */
int MUST_CHECK root_read_plain(const struct root *root, const char *path, size_t most,
			       char **ret_text, size_t *ret_size);

/* A device node, for reading and writing. -EROFS below a sysroot: its nodes are this machine's. */
int MUST_CHECK root_open_device(const struct root *root, const char *path);

/* For the files of base/root alone: every link, an absolute one too, is resolved inside a sysroot. */
int MUST_CHECK root_open_below(const struct root *root, const char *path, int flags);

/* For calls that want a descriptor: read-only, close-on-exec. Negative errno. */
int MUST_CHECK root_open_file(const struct root *root, const char *path);

/* The target of a link, or only its last component. -EINVAL when it is not a link. */
int MUST_CHECK root_readlink(const struct root *root, const char *path, char *buffer,
			     size_t size);
int MUST_CHECK root_readlink_name(const struct root *root, const char *path, char *buffer,
				  size_t size);

/* Calls back for each entry but "." and ".." until it returns non-zero; returns that, or errno. */
typedef int root_entry(const char *name, void *data);
int MUST_CHECK root_list(const struct root *root, const char *path, root_entry *callback,
			 void *data);

/* One write to a sysfs file. 0, or negative errno, -EROFS below a sysroot. */
int MUST_CHECK root_write(const struct root *root, const char *path, const char *text);

/* Writes folder/name whole or not at all (temporary name, rename), 0644; makes the folder. */
int MUST_CHECK root_replace(const struct root *root, const char *folder, const char *name,
			    const char *text, size_t size);

/* One write of all bytes to a file, which is made when it is not there; 0644. */
int MUST_CHECK root_write_bytes(const struct root *root, const char *path,
				const void *data, size_t size);
/* Takes the immutable flag off a file, as chattr -i does. */
int MUST_CHECK root_make_mutable(const struct root *root, const char *path);

/* The same, and on the disk when it returns: for what must outlive a power cut. */
int MUST_CHECK root_replace_durably(const struct root *root, const char *folder,
				    const char *name, const char *text, size_t size);

/* The same, with the mode of the file that is there: for a file of somebody else's. */
int MUST_CHECK root_restore(const struct root *root, const char *folder, const char *name,
			    const char *text, size_t size);

/* Makes folder/name a link to target, in place of whatever file has the name. */
int MUST_CHECK root_link(const struct root *root, const char *folder, const char *name,
			 const char *target);

/* Takes a file away; one that is not there is no error. -EROFS below a sysroot. */
int MUST_CHECK root_remove(const struct root *root, const char *path);

/* Takes the lock folder/name, not waiting for it: its descriptor, to be closed; -EWOULDBLOCK when
 * another process has it. It is held until every process that has the descriptor ends. */
int MUST_CHECK root_lock(const struct root *root, const char *folder, const char *name);
