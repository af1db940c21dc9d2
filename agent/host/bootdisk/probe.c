// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads from the disks themselves which of them bears a UUID or label. The owner of libblkid. Only
 * for a running system without udev's records; a device that does not answer costs a second.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include "base/clock.h"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/wait.h>

#define DEADLINE_MS 1000

bool tag_matches(const struct tag *tag, const char *value)
{
	/* Written in either case: vfat's by mkfs in capitals, a partition's by hand. */
	if (tag->kind == TAG_UUID || tag->kind == TAG_PARTUUID)
		return strcasecmp(tag->value, value) == 0;
	return streq(tag->value, value);
}

static bool has_value(blkid_probe probe, const char *name, const struct tag *tag)
{
	const char *value;

	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 &&
	       tag_matches(tag, value);
}

static bool is_match(blkid_probe probe, const struct tag *tag)
{
	const char *type;

	switch (tag->kind) {
	case TAG_UUID:
		return has_value(probe, "UUID", tag);
	case TAG_LABEL:
		return has_value(probe, "LABEL", tag);
	case TAG_PARTUUID:
		return has_value(probe, "PART_ENTRY_UUID", tag);
	case TAG_PARTLABEL:
		return has_value(probe, "PART_ENTRY_NAME", tag);
	case TAG_ZFS_POOL:
		return blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0 &&
		       streq(type, "zfs_member") && has_value(probe, "LABEL", tag);
	case TAG_LINK:
		break;
	}
	return false;
}

static bool probe_device(const char *device, const struct tag *tag)
{
	bool is_partition_tag = tag->kind == TAG_PARTUUID || tag->kind == TAG_PARTLABEL;
	char path[PATH_MAX];
	blkid_probe probe;
	bool found = false;
	size_t n;

	n = snprintf(path, sizeof(path), "/dev/%s", device);
	if (n >= sizeof(path))
		return false;
	for (char *p = path; (p = strchr(p, '!'));) /* cciss!c0d0 is /dev/cciss/c0d0 */
		*p = '/';
	probe = blkid_new_probe_from_filename(path); /* read-only, non-blocking */
	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, !is_partition_tag);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL |
							 BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(probe, is_partition_tag);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	if (blkid_do_safeprobe(probe) == 0)
		found = is_match(probe, tag);
	blkid_free_probe(probe);
	return found;
}

static _Noreturn void work(int fd, const struct tag *tag, const struct strings *devices)
{
	for (size_t i = 0; i < devices->n; i++) {
		uint32_t index = i;

		if (probe_device(devices->items[i], tag) &&
		    write(fd, &index, sizeof(index)) != sizeof(index))
			_exit(1);
	}
	_exit(0);
}

/* Indexes, until the child ends or the time is up. Writes of four bytes arrive whole. */
static int receive(int fd, const struct strings *devices, struct strings *matches)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;

	for (;;) {
		struct pollfd pollfd = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_ms();
		uint32_t index;
		ssize_t n;
		int r;

		if (left <= 0 || poll(&pollfd, 1, left) == 0)
			return -ETIMEDOUT;
		if (!pollfd.revents)
			continue; /* a signal */
		n = read(fd, &index, sizeof(index));
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return 0;
		if (n != sizeof(index) || index >= devices->n)
			return -EIO;
		r = strings_add(matches, devices->items[index]);
		if (r < 0)
			return r;
	}
}

/* In a child: a read from a dead disk can hang beyond any signal, and a damaged superblock is parsed
 * where it can do no harm to the command. */
int probe_find(const struct tag *tag, const struct strings *devices,
	       struct strings *ret_matches)
{
	int fds[2], status = 0, r;
	pid_t pid;

	if (!devices->n)
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		r = -errno;
		close(fds[0]);
		close(fds[1]);
		return r;
	}
	if (pid == 0)
		work(fds[1], tag, devices);
	close(fds[1]);
	r = receive(fds[0], devices, ret_matches);
	close(fds[0]);
	if (r < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL,
			WNOHANG); /* a child that hangs in the kernel is not waited for */
		return r;
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		return -EIO;
	return 0;
}
