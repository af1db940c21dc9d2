// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Composes the boot chain: finds the loader, then has its menu read. Runs nothing, writes nothing.
 */
#include "host/chain/chain-parts.h"

#include "host/chain/loader.h"
#include "host/chain/volume.h"

const char *loader_word(enum loader loader)
{
	static const char *const words[] = {
		[LOADER_UNKNOWN] = "unknown",
		[LOADER_GRUB] = "GRUB",
		[LOADER_SYSTEMD_BOOT] = "systemd-boot",
		[LOADER_OTHER] = "another loader",
	};

	return words[loader];
}

/* What the loader of this boot calls itself. */
static int read_name(const struct root *root, struct chain *chain)
{
	char name[128];

	if (!loader_variable(root, "LoaderInfo", name, sizeof(name)))
		return 0;
	chain->loader_name = strdup(name);
	if (!chain->loader_name)
		return -ENOMEM;
	chain->loader = has_prefix(name, "systemd-boot") ? LOADER_SYSTEMD_BOOT :
			has_prefix(name, "GRUB")	 ? LOADER_GRUB :
							   LOADER_OTHER;
	return 0;
}

/* Menus ------------------------------------------------------------------------------------ */

static int set_menu(struct chain *chain, const char *menu)
{
	if (chain->menu)
		return 0;
	chain->menu = strdup(menu);
	return chain->menu ? 0 : -ENOMEM;
}

static int read_files(struct reading *reading, const struct chain_volume *const *volumes,
		      size_t n_volumes)
{
	struct chain *chain = reading->chain;
	size_t before = chain->n_entries;
	int r;

	r = file_entries_read(reading, volumes, n_volumes, NULL, NULL);
	if (r == 0 && chain->n_entries > before && chain->loader == LOADER_UNKNOWN)
		chain->loader = LOADER_SYSTEMD_BOOT;
	return r < 0 || chain->n_entries == before ?
		       r :
		       set_menu(chain, chain->entries[before].config);
}

static bool has_file(const struct reading *reading, const struct chain_volume *volume,
		     const char *below)
{
	_cleanup_free_ char *path = NULL, *name = NULL;
	const struct root *root;

	return volume_locate(reading->root, volume, below, &root, &path, &name) == 0 &&
	       root_exists(root, path);
}

/* As proxmox-boot-tool decides it (zz-proxmox-boot), for each ESP. */
static bool is_grub_esp(const struct reading *reading, const struct chain_volume *volume)
{
	return has_file(reading, volume, "/EFI/proxmox/grubx64.efi") ||
	       (!root_exists(reading->root, "/sys/firmware/efi") &&
		has_file(reading, volume, "/grub/grub.cfg")) ||
	       !has_file(reading, volume, "/loader/loader.conf");
}

/* Each ESP has a menu of its own. */
static int read_proxmox(struct reading *reading)
{
	struct chain *chain = reading->chain;
	int r = 0;

	for (size_t i = 0; i < chain->n_volumes && r == 0; i++) {
		const struct chain_volume *volume = &chain->volumes[i];
		bool is_grub = false;

		if (volume->state != VOLUME_READ)
			continue;
		if (!is_grub_esp(reading, volume)) {
			r = read_files(reading, &volume, 1);
			continue;
		}
		r = grub_entries_read(reading, volume, "/grub", &is_grub);
		if (is_grub && chain->loader == LOADER_UNKNOWN)
			chain->loader = LOADER_GRUB;
	}
	return r;
}

static int read_grub(struct reading *reading)
{
	static const char *const folders[] = { "/boot/grub", "/boot/grub2" };
	bool is_there = false;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0 && !is_there; i++)
		r = grub_entries_read(reading, NULL, folders[i], &is_there);
	if (is_there)
		reading->chain->loader = LOADER_GRUB;
	return r;
}

static int read_all_files(struct reading *reading)
{
	const struct chain_volume *volumes[8];
	size_t n = 0;

	for (size_t i = 0; i < reading->chain->n_volumes && n < ARRAY_SIZE(volumes); i++)
		volumes[n++] = &reading->chain->volumes[i];
	return read_files(reading, volumes, n);
}

/* Of two menus the one of the loader that booted counts, or GRUB's if that is unknown. */
static int read_menu(struct reading *reading)
{
	struct chain *chain = reading->chain;
	int r = 0;

	if (chain->loader == LOADER_OTHER)
		return 0;
	if (chain->n_volumes && chain->volumes[0].is_proxmox)
		return read_proxmox(reading);
	if (chain->loader != LOADER_SYSTEMD_BOOT)
		r = read_grub(reading);
	if (r == 0 && chain->loader != LOADER_GRUB)
		r = read_all_files(reading);
	return r;
}

/* GRUB's menu is below /boot; other menus are on any of the volumes. */
static bool is_complete(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_volumes; i++) {
		const struct chain_volume *volume = &chain->volumes[i];

		if (volume->state != VOLUME_READ &&
		    (chain->loader != LOADER_GRUB || volume->is_proxmox ||
		     streq(volume->mount, "/boot")))
			return false;
	}
	return true;
}

int chain_read(const struct root *root, struct chain *ret_chain)
{
	struct chain chain = {};
	struct reading reading;
	int r;

	r = read_name(root, &chain);
	if (r == 0)
		r = volumes_read(root, &chain);
	if (r == 0)
		r = reading_open(root, &chain, &reading);
	if (r == 0) {
		r = read_menu(&reading);
		reading_done(&reading);
	}
	if (r < 0) {
		chain_done(&chain);
		return r;
	}
	chain.is_complete = is_complete(&chain);
	*ret_chain = chain;
	return 0;
}

void chain_unmount(struct chain *chain)
{
	for (size_t i = 0; i < chain->n_volumes; i++)
		volume_close(&chain->volumes[i]);
}

void chain_done(struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		entry_done(&chain->entries[i]);
	for (size_t i = 0; i < chain->n_volumes; i++)
		volume_done(&chain->volumes[i]);
	free(chain->entries);
	free(chain->volumes);
	free(chain->loader_name);
	free(chain->menu);
	*chain = (struct chain){};
}

const struct chain_entry *chain_find_default(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].is_default)
			return &chain->entries[i];
	return NULL;
}
