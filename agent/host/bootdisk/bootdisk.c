// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the host need to boot? The mount table, the swap table, fstab and the kernel command
 * line say so; bootdisk-chase.c takes each of them to its PCI functions. Guesses nothing. What the
 * boot image needs before that, a network or a keyboard, is bootdisk-image.c's.
 */
#include "host/bootdisk/bootdisk-parts.h"

#include <limits.h>
#include <stdio.h>

#define FILE_SIZE_MAX (64 * 1024)
#define ROOT_USE "root file system"

static void bootdisk_done(struct bootdisk *bootdisk)
{
	mounts_done(&bootdisk->mounts);
	mounts_done(&bootdisk->fstab);
	free(bootdisk->cmdline);
	strings_done(&bootdisk->opened);
}

/* Needs ------------------------------------------------------------------------------- */

static int add_need(struct host_needs *needs, const char *use, const char *source)
{
	struct host_need *need;
	int r;

	r = array_reserve(&needs->items, needs->n, &needs->capacity, sizeof(*need));
	if (r < 0)
		return r;
	need = &needs->items[needs->n++];
	*need = (struct host_need){ .use = strdup(use), .source = strdup(source) };
	return need->use && need->source ? 0 : -ENOMEM;
}

int need_begin(struct bootdisk *bootdisk, struct chase *chase, const char *use,
	       const char *source)
{
	int r = add_need(bootdisk->needs, use, source);

	if (r < 0)
		return r;
	*chase = (struct chase){
		.root = bootdisk->root,
		.mounts = &bootdisk->mounts,
		.is_cut = &bootdisk->is_cut,
		.cmdline = bootdisk->cmdline,
		.opened = &bootdisk->opened,
		.need = &bootdisk->needs->items[bootdisk->needs->n - 1],
	};
	return 0;
}

static int compare_functions(const void *a, const void *b)
{
	return bdf_compare(a, b);
}

/*
 * Of a need that was followed only in part, the functions found stand, and what led nowhere
 * becomes a need of its own: an incomplete list must not look like a whole one.
 */
int need_end(struct bootdisk *bootdisk, struct chase *chase)
{
	struct host_need *need = chase->need;
	const char *use = need->use; /* the array may move */
	int r = 0;

	if (!need->n_functions) {
		need->is_virtual = chase->has_virtual && !chase->lost.n;
		return 0;
	}
	qsort(need->functions, need->n_functions, sizeof(*need->functions),
	      compare_functions);
	for (size_t i = 0; r == 0 && i < chase->lost.n; i++)
		r = add_need(bootdisk->needs, use, chase->lost.items[i]);
	return r;
}

static int need_mount(struct bootdisk *bootdisk, const char *use, const struct mount *mount)
{
	CLEANUP(chase_done) struct chase chase = {};
	int r;

	r = need_begin(bootdisk, &chase, use, mount->source);
	if (r == 0)
		r = chase_mount(&chase, mount);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

int need_name(struct bootdisk *bootdisk, const char *use, const char *name)
{
	CLEANUP(chase_done) struct chase chase = {};
	int r;

	r = need_begin(bootdisk, &chase, use, name);
	if (r == 0)
		r = *name == '/' ? chase_file(&chase, name) : chase_name(&chase, name);
	return r < 0 ? r : need_end(bootdisk, &chase);
}

/* A line of fstab whose file system is not mounted yet. */
static int need_entry(struct bootdisk *bootdisk, const char *use, const struct mount *entry)
{
	return is_remote_type(entry->type) ? need_mount(bootdisk, use, entry) :
					     need_name(bootdisk, use, entry->source);
}

/* The kernel command line ------------------------------------------------------------- */

static int need_resume(struct bootdisk *bootdisk)
{
	_cleanup_free_ char *name = NULL, *noresume = NULL;
	int r;

	r = cmdline_find(bootdisk->cmdline, "resume=", &name);
	if (r == 0)
		r = cmdline_find(bootdisk->cmdline, "noresume", &noresume);
	if (r < 0 || noresume || !name || !*name)
		return r;
	return need_name(bootdisk, "resume=", name);
}

/* In the image, before anything is opened: the parts that root= will be made of. */
static int need_encrypted(struct bootdisk *bootdisk)
{
	_cleanup_free_ char *line = strdup(bootdisk->cmdline);
	char *parameter, *rest = line;
	int r = 0;

	if (!line)
		return -ENOMEM;
	while (r == 0 && (parameter = cmdline_next(&rest))) {
		char *value = strchr(parameter, '='), name[256];

		if (!value)
			continue;
		*value++ = '\0';
		if (streq(parameter, "rd.luks.uuid") || streq(parameter, "rd.luks.name")) {
			value += has_prefix(value, "luks-") ? strlen("luks-") : 0;
			snprintf(name, sizeof(name), "UUID=%.*s",
				 (int)strcspn(value, "="), value);
		} else if (streq(parameter, "cryptdevice")) {
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(value, ":"),
				 value);
		} else {
			continue;
		}
		r = need_name(bootdisk, parameter, name);
	}
	return r;
}

/* Tables ------------------------------------------------------------------------------ */

bool has_need(const struct host_needs *needs, const char *use)
{
	for (size_t i = 0; i < needs->n; i++)
		if (streq(needs->items[i].use, use))
			return true;
	return false;
}

/* Other places that the running system mounted, and will want to mount again. */
static int need_fstab(struct bootdisk *bootdisk)
{
	bool has_mounts = bootdisk->mounts.n && !bootdisk->is_image;
	int r = 0;

	for (size_t i = 0; r == 0 && i < bootdisk->fstab.n; i++) {
		const struct mount *entry = &bootdisk->fstab.items[i], *mount;

		if (!fstab_is_required(entry) || streq(entry->point, "/") ||
		    has_need(bootdisk->needs, entry->point))
			continue;
		mount = mounts_at(&bootdisk->mounts, entry->point);
		if (!has_mounts)
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
		return r == -ENOMEM ? r : 0;
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

static int need_root(struct bootdisk *bootdisk)
{
	const struct mount *mount = mounts_at(&bootdisk->mounts, "/");
	const struct mount *entry = mounts_at(&bootdisk->fstab, "/");
	_cleanup_free_ char *name = NULL;
	int r;

	if (bootdisk->is_chroot)
		return add_need(bootdisk->needs, ROOT_USE, "chroot");
	if (mount && !bootdisk->is_image)
		return need_mount(bootdisk, ROOT_USE, mount);
	r = cmdline_find_root(bootdisk->cmdline, &name);
	if (r < 0)
		return r;
	if (name)
		return need_name(bootdisk, ROOT_USE, name);
	if (entry)
		return need_entry(bootdisk, ROOT_USE, entry);
	/* Perhaps found by its partition type (systemd-gpt-auto-generator): not known here. */
	return add_need(bootdisk->needs, ROOT_USE, "no root=");
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

/* Sources ----------------------------------------------------------------------------- */

static int ignore_missing(int r)
{
	return r == -ENOMEM ? r : 0;
}

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

static bool is_image(const struct bootdisk *bootdisk)
{
	/* dracut's and systemd's; initramfs-tools'. */
	static const char *const marks[] = { "/etc/initrd-release", "/conf/initramfs.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (root_exists(bootdisk->root, marks[i]))
			return true;
	return false;
}

static int read_sources(struct bootdisk *bootdisk)
{
	const struct mount *mount;
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
	if (r < 0 || !bootdisk->cmdline)
		return -ENOMEM;
	mount = mounts_at(&bootdisk->mounts, "/");
	bootdisk->is_image = is_image(bootdisk);
	if (mount && streq(mount->type, "rootfs") && !bootdisk->is_image) {
		_cleanup_free_ char *name = NULL;

		/* Another builder's image, or a system that lives in its initramfs for good. */
		r = cmdline_find_root(bootdisk->cmdline, &name);
		bootdisk->is_image = name != NULL;
	}
	return r;
}

static int find_needs(struct bootdisk *bootdisk)
{
	int r;

	r = read_sources(bootdisk);
	if (r == 0)
		r = need_root(bootdisk);
	if (r < 0 || bootdisk->is_chroot)
		return r;
	if (bootdisk->is_image)
		r = need_encrypted(bootdisk);
	else
		r = need_mounts(bootdisk);
	if (r == 0)
		r = need_fstab(bootdisk);
	if (r == 0)
		r = need_swaps(bootdisk);
	if (r == 0)
		r = need_resume(bootdisk);
	return r < 0 ? r : need_of_image(bootdisk);
}

int bootdisk_find(const struct root *root, struct host_needs *ret_needs)
{
	CLEANUP(bootdisk_done) struct bootdisk bootdisk = { .root = root };
	struct host_needs needs = {};
	int r;

	bootdisk.needs = &needs;
	r = find_needs(&bootdisk);
	if (r < 0) {
		host_needs_done(&needs);
		return r;
	}
	*ret_needs = needs;
	return 0;
}
