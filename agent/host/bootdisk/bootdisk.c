// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists what the host needs to boot, as the mount table, the swap table, fstab and the kernel command
 * line have it; need.c takes each to its PCI functions. Never guesses. early.c adds what the boot
 * image needs before that, a network or a keyboard. Lists likewise what is mounted now, and all block devices.
 */
#include "host/bootdisk/bootdisk-parts.h"

#define FILE_SIZE_MAX (64 * 1024)
#define ROOT_USE "root file system"

static void bootdisk_done(struct bootdisk *bootdisk)
{
	mounts_done(&bootdisk->mounts);
	mounts_done(&bootdisk->fstab);
	free(bootdisk->cmdline);
	strings_done(&bootdisk->opened);
}

static int ignore_missing(int r)
{
	return r == -ENOMEM ? r : 0;
}

/* Needs ------------------------------------------------------------------------------- */

/* A line of fstab whose file system is not mounted yet. */
static int need_entry(struct bootdisk *bootdisk, const char *use, const struct mount *entry)
{
	return remote_kind(span_of(entry->type)) ? need_mount(bootdisk, use, entry) :
						   need_name(bootdisk, use, entry->source);
}

static int need_root(struct bootdisk *bootdisk)
{
	const struct mount *mount = mounts_at(&bootdisk->mounts, "/");
	const struct mount *entry = mounts_at(&bootdisk->fstab, "/");
	_cleanup_free_ char *name = NULL;
	int r;

	r = cmdline_find_root(bootdisk->cmdline, &name);
	if (r < 0)
		return r;
	/* A system lives in its initramfs for good only where no root= is to follow. */
	if (mount && !(name && streq(mount->type, "rootfs")))
		return need_mount(bootdisk, ROOT_USE, mount);
	if (name)
		return need_name(bootdisk, ROOT_USE, name);
	if (entry)
		return need_entry(bootdisk, ROOT_USE, entry);
	/* Perhaps found by its partition type (systemd-gpt-auto-generator): not known here. */
	return need_add(bootdisk->needs, ROOT_USE, "no root=");
}

static int need_mounts(struct bootdisk *bootdisk)
{
	static const char *const points[] = { "/boot", "/boot/efi", "/efi", "/usr", "/var" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(points); i++) {
		const struct mount *mount = mounts_at(&bootdisk->mounts, points[i]);

		if (mount && !streq(mount->type, "autofs"))
			r = need_mount(bootdisk, points[i], mount);
	}
	return r;
}

/* Other places that the running system mounted, and will want to mount again. */
static int need_fstab(struct bootdisk *bootdisk)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < bootdisk->fstab.n; i++) {
		const struct mount *entry = &bootdisk->fstab.items[i], *mount;

		if (!fstab_is_required(entry) || streq(entry->point, "/") ||
		    needs_have(bootdisk->needs, entry->point))
			continue;
		mount = mounts_at(&bootdisk->mounts, entry->point);
		if (!bootdisk->mounts.n)
			r = need_entry(bootdisk, entry->point, entry);
		else if (mount && !streq(mount->type, "autofs"))
			r = need_mount(bootdisk, entry->point, mount);
		/* else: it booted without */
	}
	return r;
}

static int need_swaps(struct bootdisk *bootdisk)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	size_t size;
	int r;

	r = root_read_file(bootdisk->root, "/proc/swaps", FILE_SIZE_MAX, &text, &size);
	if (r < 0)
		return ignore_missing(r);
	rest = text;
	strsep(&rest, "\n"); /* the heading */
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		char *file = strsep(&line, " \t");

		unescape_octal(file);
		if (*file == '/')
			r = need_name(bootdisk, "swap", file);
	}
	return r;
}

static int need_resume(struct bootdisk *bootdisk)
{
	_cleanup_free_ char *name = NULL;
	struct parameter noresume;
	struct span value;

	if (!parameter_find_value(bootdisk->cmdline, "resume", &value) || !value.size ||
	    parameter_find(bootdisk->cmdline, "noresume", &noresume))
		return 0;
	name = strndup(value.text, value.size);
	return name ? need_name(bootdisk, "resume=", name) : -ENOMEM;
}

/* In use now -------------------------------------------------------------------------- */

/* Network file systems are left out: the interface shows that it is in use. So is FUSE: a process has the
 * device open. */
static bool is_on_disk(const struct mount *mount)
{
	static const char *const without_number[] = { "btrfs", "zfs", "bcachefs" };
	size_t n = ARRAY_SIZE(without_number);

	return mount->major || text_find(without_number, n, mount->type) < n;
}

static int need_mounted(struct bootdisk *bootdisk)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < bootdisk->mounts.n; i++) {
		const struct mount *mount = &bootdisk->mounts.items[i];

		if (is_on_disk(mount))
			r = need_mount(bootdisk, mount->point, mount);
	}
	return r;
}

static int need_devices(struct bootdisk *bootdisk)
{
	CLEANUP(strings_done) struct strings names = {};
	int r = names_list(bootdisk->root, BLOCK_CLASS, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = need_device(bootdisk, names.items[i]);
	return r;
}

/* Sources ----------------------------------------------------------------------------- */

/* PID 1's table is the system's; ours may be that of a chroot, where an image is being built for
 * another system, and then nothing that is mounted here tells what that one will need. */
static int read_mounts(struct bootdisk *bootdisk)
{
	const struct root *root = bootdisk->root;
	CLEANUP(mounts_done) struct mounts own = {};
	const struct mount *system_root, *own_root;
	int r, own_r;

	r = mounts_read(root, "/proc/1/mountinfo", &bootdisk->mounts);
	own_r = mounts_read(root, "/proc/self/mountinfo", &own);
	if (r == -ENOMEM || own_r == -ENOMEM)
		return -ENOMEM;
	if (r < 0) { /* not root: PID 1's is closed to us */
		mounts_done(&bootdisk->mounts);
		bootdisk->mounts = own;
		own = (struct mounts){};
		return 0;
	}
	system_root = mounts_at(&bootdisk->mounts, "/");
	own_root = mounts_at(&own, "/");
	bootdisk->is_chroot = own_r == 0 && system_root &&
			      (!own_root || own_root->major != system_root->major ||
			       own_root->minor != system_root->minor);
	return 0;
}

static int read_sources(struct bootdisk *bootdisk)
{
	size_t size;
	int r;

	r = read_mounts(bootdisk);
	if (r == 0)
		r = ignore_missing(
			fstab_read(bootdisk->root, "/etc/fstab", &bootdisk->fstab));
	if (r == 0)
		r = ignore_missing(root_read_file(bootdisk->root, "/proc/cmdline",
						  FILE_SIZE_MAX, &bootdisk->cmdline, &size));
	if (r == 0 && !bootdisk->cmdline)
		bootdisk->cmdline = strdup("");
	return r == 0 && bootdisk->cmdline ? 0 : -ENOMEM;
}

/* -------------------------------------------------------------------------------------- */

static int need_boot(struct bootdisk *bootdisk)
{
	static int (*const steps[])(struct bootdisk * bootdisk) = {
		need_root, need_mounts, need_fstab, need_swaps, need_resume, need_early,
	};
	int r = 0;

	if (bootdisk->is_chroot)
		return need_add(bootdisk->needs, ROOT_USE, "chroot");
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](bootdisk);
	return r;
}

static int need_in_use(struct bootdisk *bootdisk)
{
	int r = need_mounted(bootdisk);

	return r < 0 ? r : need_swaps(bootdisk);
}

static int find(const struct root *root, int (*list)(struct bootdisk *bootdisk),
		struct host_needs *ret_needs)
{
	CLEANUP(bootdisk_done) struct bootdisk bootdisk = { .root = root };
	struct host_needs needs = {};
	int r;

	bootdisk.needs = &needs;
	r = read_sources(&bootdisk);
	if (r == 0)
		r = list(&bootdisk);
	if (r < 0) {
		host_needs_done(&needs);
		return r;
	}
	*ret_needs = needs;
	return 0;
}

int bootdisk_find(const struct root *root, struct host_needs *ret_needs)
{
	return find(root, need_boot, ret_needs);
}

int bootdisk_find_in_use(const struct root *root, struct host_needs *ret_needs)
{
	return find(root, need_in_use, ret_needs);
}

int bootdisk_find_devices(const struct root *root, struct host_needs *ret_needs)
{
	return find(root, need_devices, ret_needs);
}
