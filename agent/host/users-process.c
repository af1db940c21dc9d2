// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the processes that have device files open, or mapped after they closed them. Works in a child with
 * a deadline: a process whose address space is locked, by a driver that hangs, shows no mappings.
 */
#include "host/users-parts.h"

#include "host/aside.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEADLINE_MS 2000
#define MAPS_SIZE_MAX (64 * 1024 * 1024)
#define DELETED " (deleted)"
#define NOT_OURS (-1)

struct search {
	const struct root *root;
	const struct devices *devices;
	struct users *users;
	pid_t self; /* 0: this process is none of those that are looked at */
	int error;  /* for which a process could not be read */
	/* Of the child alone: */
	const struct aside *aside;
	const char *pid;
	bool *is_told; /* of this process, for each device */
};

/* What the child tells: a process and a device, or an error in place of the device. */
static uint64_t pack(const char *pid, int32_t value)
{
	return (uint64_t)strtoul(pid, NULL, 10) << 32 | (uint32_t)value;
}

static int tell(struct search *search, int index)
{
	if (search->is_told[index])
		return 0;
	search->is_told[index] = true;
	return aside_tell(search->aside, pack(search->pid, index));
}

/* Processes end while they are looked at. */
static bool is_gone(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

static int tell_error(struct search *search, int r)
{
	return is_gone(r) ? 0 : aside_tell(search->aside, pack(search->pid, r));
}

/* Names ------------------------------------------------------------------------------------ */

static int find_name(const struct search *search, const char *path)
{
	size_t length = strlen(path);

	if (has_suffix(path, DELETED)) /* the node alone is gone, or the device too */
		length -= strlen(DELETED);
	for (size_t i = 0; i < search->devices->n; i++) {
		const char *name = search->devices->items[i].name;

		if (strlen(name) == length && has_prefix(path, name))
			return i;
	}
	return NOT_OURS;
}

/*
 * Looking at a file of a network file system or of FUSE may wait for ever for a server, so only names that
 * may be device files are looked at: those below /dev, and in a container's root those that end like ours.
 */
static bool may_be_device(const struct search *search, const char *path)
{
	if (*path != '/')
		return false; /* a socket, a pipe */
	if (has_prefix(path, "/dev/"))
		return true;
	for (size_t i = 0; i < search->devices->n; i++)
		if (has_suffix(path, strrchr(search->devices->items[i].name, '/')))
			return true;
	return false;
}

static int find_number(const struct search *search, const struct stat *status)
{
	bool is_block = S_ISBLK(status->st_mode);

	if (!is_block && !S_ISCHR(status->st_mode))
		return NOT_OURS;
	for (size_t i = 0; i < search->devices->n; i++) {
		const struct device *device = &search->devices->items[i];

		if (device->is_block == is_block &&
		    device->major == major(status->st_rdev) &&
		    device->minor == minor(status->st_rdev))
			return i;
	}
	return NOT_OURS;
}

/* Open files ------------------------------------------------------------------------------- */

/* Below a sysroot the links are text. */
static int take_file(const char *name, void *data)
{
	struct search *search = data;
	char link[80], path[PATH_MAX];
	struct stat status;
	int r, index;

	snprintf(link, sizeof(link), "/proc/%s/fd/%s", search->pid, name);
	r = root_readlink(search->root, link, path, sizeof(path));
	if (r == -ENAMETOOLONG)
		return 0; /* longer than any name below /dev */
	if (r < 0)
		return tell_error(search, r);
	index = find_name(search, path);
	if (search->root->is_live) {
		if (!may_be_device(search, path))
			return 0;
		r = root_stat(search->root, link, &status);
		if (r < 0)
			return tell_error(search, r);
		index = find_number(search, &status);
	}
	return index == NOT_OURS ? 0 : tell(search, index);
}

/* "7f01-7f02 rw-s 00000000 00:06 123   /dev/nvidia0" */
static int take_mappings(struct search *search)
{
	_cleanup_free_ char *text = NULL;
	char path[64], *line, *rest;
	size_t size;
	int r;

	snprintf(path, sizeof(path), "/proc/%s/maps", search->pid);
	r = root_read_file(search->root, path, MAPS_SIZE_MAX, &text, &size);
	if (r < 0)
		return tell_error(search, r);
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		const char *file = strchr(line, '/');
		int index = file ? find_name(search, file) : NOT_OURS;

		if (index != NOT_OURS)
			r = tell(search, index);
	}
	return r;
}

/* This process and its child, which looks. */
static bool is_own(const struct search *search, pid_t pid)
{
	return search->self && (pid == search->self || pid == getpid());
}

static int take_process(const char *name, void *data)
{
	struct search *search = data;
	char folder[64];
	int r;

	if (!isdigit((unsigned char)*name) || strlen(name) > 10 ||
	    is_own(search, strtol(name, NULL, 10)))
		return 0;
	search->pid = name;
	memset(search->is_told, 0, search->devices->n);
	snprintf(folder, sizeof(folder), "/proc/%s/fd", name);
	r = root_list(search->root, folder, take_file, search);
	if (r < 0)
		return tell_error(search, r);
	return take_mappings(search);
}

static int walk(const struct aside *aside, void *data)
{
	struct search *search = data;

	search->aside = aside;
	search->is_told = calloc(search->devices->n, 1);
	return search->is_told ? root_list(search->root, "/proc", take_process, search) :
				 -ENOMEM;
}

/* What the child has told ------------------------------------------------------------------ */

static int take_record(uint64_t record, void *data)
{
	struct search *search = data;
	int32_t value = record;
	pid_t pid = record >> 32;
	char path[64], name[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (value < 0) {
		*strrchr(path, '/') = '\0';
		search->error = users_lose(search->users, path, value);
		return search->error == -ENOMEM ? -ENOMEM : 0;
	}
	if ((size_t)value >= search->devices->n)
		return -EIO;
	if (root_read_line(search->root, path, name, sizeof(name)) < 0)
		strcpy(name, "a process");
	return users_add(search->users, USER_PROCESS, pid, name,
			 search->devices->items[value].name);
}

int users_find_processes(const struct root *root, const struct devices *devices,
			 struct users *users)
{
	struct search search = {
		.root = root,
		.devices = devices,
		.users = users,
		.self = root->is_live ? getpid() : 0,
	};
	int r;

	if (!devices->n)
		return 0;
	r = aside_run(DEADLINE_MS, walk, take_record, &search);
	if (r < 0 && r != -ENOMEM)
		return users_lose(users, "/proc", r);
	return r < 0 ? r : search.error;
}
