// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the file systems that hold kernels, images and menus: the customary places, Proxmox's ESPs, and the one
 * that the loader came from. Mounts what is mounted nowhere, read-only and for this process alone.
 */
#include "host/chain/volume.h"

#include "host/bootdisk/bootdisk-parts.h"
#include "host/chain/loader.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define PROXMOX_LIST "/etc/kernel/proxmox-boot-uuids"

struct finding_volumes {
	const struct root *root;
	struct chain *chain;
	struct mounts mounted, wanted; /* now; by fstab */
	bool is_mounted_known;
};

void volume_close(struct chain_volume *volume)
{
	if (volume->state == VOLUME_READ && !volume->mount)
		root_done(&volume->root);
}

void volume_done(struct chain_volume *volume)
{
	volume_close(volume);
	free(volume->name);
	free(volume->mount);
	free(volume->device);
	*volume = (struct chain_volume){};
}

static int add_volume(struct finding_volumes *finding, struct chain_volume *volume)
{
	struct chain *chain = finding->chain;
	const char *top = volume->mount ?: "/";
	const struct root *root = volume->mount ? finding->root : &volume->root;

	if (volume->state == VOLUME_READ &&
	    root_free_size(root, top, &volume->free_size) < 0)
		volume->free_size = 0;
	if (!volume->name || array_reserve(&chain->volumes, chain->n_volumes,
					   &chain->volumes_capacity, sizeof(*volume)) < 0) {
		volume_done(volume);
		return -ENOMEM;
	}
	chain->volumes[chain->n_volumes++] = *volume;
	return 0;
}

/* Places ------------------------------------------------------------------------------------ */

/* fstab says that a file system belongs there, and there is none. */
static bool is_unmounted(const struct finding_volumes *finding, const char *place)
{
	return finding->is_mounted_known && mounts_at(&finding->wanted, place) &&
	       !mounts_at(&finding->mounted, place);
}

static int add_place(struct finding_volumes *finding, const char *place)
{
	struct chain_volume volume = { .state = VOLUME_READ };

	if (is_unmounted(finding, place))
		volume.state = VOLUME_NOT_MOUNTED;
	else if (!root_exists(finding->root, place))
		return 0;
	volume.name = strdup(place);
	volume.mount = strdup(place);
	if (!volume.mount) {
		volume_done(&volume);
		return -ENOMEM;
	}
	return add_volume(finding, &volume);
}

/* Devices ----------------------------------------------------------------------------------- */

/* Where the device is mounted: by its number, or by its name where the number says nothing. */
static const struct mount *find_mounted(const struct finding_volumes *finding,
					const char *link)
{
	char name[128];

	if (!block_by_link(finding->root, link, name, sizeof(name)))
		return NULL;
	for (size_t i = finding->mounted.n; i-- > 0;) {
		const struct mount *mount = &finding->mounted.items[i];

		if (has_prefix(mount->source, "/dev/") &&
		    streq(mount->source + strlen("/dev/"), name))
			return mount;
	}
	return NULL;
}

static bool has_volume_at(const struct chain *chain, const char *mount)
{
	for (size_t i = 0; i < chain->n_volumes; i++)
		if (is_string_equal(chain->volumes[i].mount, mount))
			return true;
	return false;
}

static void open_device(struct finding_volumes *finding, struct chain_volume *volume)
{
	int r;

	if (!root_exists(finding->root, volume->device)) {
		volume->state = VOLUME_ABSENT;
		return;
	}
	r = root_mount_device(finding->root, VOLUME_FILESYSTEM, volume->device,
			      &volume->root);
	volume->state = r == 0					   ? VOLUME_READ :
			r == -EROFS || r == -EPERM || r == -EACCES ? VOLUME_NOT_MOUNTED :
								     VOLUME_UNREADABLE;
	volume->error = r;
}

/* `folder` is one of /dev/disk. */
static int add_device(struct finding_volumes *finding, const char *folder, const char *id,
		      bool is_proxmox)
{
	struct chain_volume volume = { .is_proxmox = is_proxmox };
	const struct mount *mount;

	volume.device = text_format("/dev/disk/%s/%s", folder, id);
	if (!volume.device)
		return -ENOMEM;
	mount = find_mounted(finding, volume.device);
	if (mount && !is_proxmox && has_volume_at(finding->chain, mount->point)) {
		volume_done(&volume);
		return 0;
	}
	volume.name = text_format("ESP %s", id);
	if (mount && !(volume.mount = strdup(mount->point))) {
		volume_done(&volume);
		return -ENOMEM;
	}
	if (!mount)
		open_device(finding, &volume);
	return add_volume(finding, &volume);
}

/* proxmox-boot-tool skips a line that does not look like one. */
static bool is_id(struct span id)
{
	size_t n_dashes = 0;

	for (size_t i = 0; i < id.size; i++) {
		n_dashes += id.text[i] == '-';
		if (!isxdigit((unsigned char)id.text[i]) && id.text[i] != '-')
			return false;
	}
	return n_dashes && id.size < 64;
}

/* One UUID on a line; '#' begins a comment. */
static int add_proxmox(struct finding_volumes *finding)
{
	_cleanup_free_ char *text = NULL;
	struct span rest;
	size_t size;
	int r = 0;

	if (root_read_file(finding->root, PROXMOX_LIST, 64 * 1024, &text, &size) < 0)
		return 0;
	rest = (struct span){ text, strlen(text) };
	while (rest.size && r == 0) {
		struct span line = span_trim(span_next(&rest, "\n"));
		char id[64];

		if (!is_id(line))
			continue;
		snprintf(id, sizeof(id), "%.*s", (int)line.size, line.text);
		r = add_device(finding, "by-uuid", id, true);
	}
	return r;
}

/* The partition that systemd-boot or a unified image was started from. */
static int add_loaders_own(struct finding_volumes *finding)
{
	char id[64];

	if (!loader_variable(finding->root, "LoaderDevicePartUUID", id, sizeof(id)))
		return 0;
	for (char *c = id; *c; c++)
		*c = tolower((unsigned char)*c);
	if (!is_id((struct span){ id, strlen(id) }))
		return 0;
	return add_device(finding, "by-partuuid", id, false);
}

/* ------------------------------------------------------------------------------------------- */

static int find_all(struct finding_volumes *finding)
{
	static const char *const places[] = { "/boot", "/efi", "/boot/efi" };
	int r = add_proxmox(finding);

	/* There the ESPs are what boots, whatever else is mounted. */
	if (r == 0 && finding->chain->n_volumes)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++)
		r = add_place(finding, places[i]);
	return r < 0 ? r : add_loaders_own(finding);
}

int volumes_read(const struct root *root, struct chain *chain)
{
	struct finding_volumes finding = { .root = root, .chain = chain };
	int r;

	r = mounts_read(root, "/proc/self/mountinfo", &finding.mounted);
	finding.is_mounted_known = r == 0 && finding.mounted.n;
	if (r != -ENOMEM)
		r = fstab_read(root, "/etc/fstab", &finding.wanted);
	if (r != -ENOMEM)
		r = find_all(&finding);
	mounts_done(&finding.mounted);
	mounts_done(&finding.wanted);
	return r;
}

int volume_locate(const struct root *root, const struct chain_volume *volume,
		  const char *path, const struct root **ret_root, char **ret_path,
		  char **ret_name)
{
	path += strspn(path, "/");
	*ret_root = volume->mount ? root : &volume->root;
	*ret_path = text_format("%s/%s", volume->mount ?: "", path);
	*ret_name = volume->mount ? text_format("%s/%s", volume->mount, path) :
				    text_format("%s:/%s", volume->name, path);
	return *ret_path && *ret_name ? 0 : -ENOMEM;
}
