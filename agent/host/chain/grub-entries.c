// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads GRUB's menu: grub.cfg, its environment block, and the entries in files that it refers to. */
#include "host/chain/chain-parts.h"

#include "host/chain/grub-config.h"
#include "host/chain/volume.h"

#include <limits.h>
#include <stdio.h>

#define CONFIG_SIZE_MAX (4 << 20)
#define ENVIRONMENT_SIZE_MAX (64 << 10)

static int read_file(const struct reading *reading, const struct chain_volume *volume,
		     const char *folder, const char *name, size_t most, char **ret_text,
		     char **ret_name)
{
	_cleanup_free_ char *below = text_format("%s/%s", folder, name), *path = NULL;
	const struct root *root = reading->root;
	size_t size;
	int r;

	if (!below)
		return -ENOMEM;
	if (volume) {
		r = volume_locate(reading->root, volume, below, &root, &path, ret_name);
		if (r < 0)
			return r;
	} else if (!(path = strdup(below)) || !(*ret_name = strdup(below))) {
		return -ENOMEM;
	}
	return root_read_file(root, path, most, ret_text, &size);
}

static int add_entry(struct reading *reading, const struct chain_volume *volume,
		     const char *config_name, const struct grub_config *config,
		     const struct grub_entry *from)
{
	struct chain_entry *entry;
	int r;

	if (!from->kernel)
		return 0;
	entry = entry_append(reading, ENTRY_GRUB, *from->id ? from->ids : from->titles,
			     from->title);
	if (!entry)
		return -ENOMEM;
	entry->volume = volume;
	entry->config = strdup(config_name);
	entry->options = strdup(from->options);
	if (!entry->config || !entry->options)
		return -ENOMEM;
	r = file_find(reading, volume, from->kernel, &entry->kernel);
	for (size_t i = 0; i < from->images.n && r == 0; i++)
		r = entry_add_image(reading, entry, volume, from->images.items[i]);
	entry->is_default = grub_config_chooses(config, from);
	entry->is_foreign = from->is_foreign;
	return r < 0 ? r : entry_finish(reading, entry);
}

/* GRUB starts the first entry where none is the chosen one. */
static void choose_first(struct chain *chain, size_t begin)
{
	for (size_t i = begin; i < chain->n_entries; i++)
		if (chain->entries[i].is_default)
			return;
	if (begin < chain->n_entries)
		chain->entries[begin].is_default = true;
}

/* The entries of blscfg are in the file system that holds /boot. */
static int add_files(struct reading *reading, const struct grub_config *config,
		     const char *environment)
{
	const struct chain_volume *volumes[8];
	size_t n = 0;

	for (size_t i = 0; i < reading->chain->n_volumes && n < ARRAY_SIZE(volumes); i++)
		if (is_string_equal(reading->chain->volumes[i].mount, "/boot"))
			volumes[n++] = &reading->chain->volumes[i];
	return file_entries_read(reading, volumes, n, config, environment);
}

static int add_entries(struct reading *reading, const struct chain_volume *volume,
		       const char *config_name, const struct grub_config *config,
		       const char *environment)
{
	size_t begin = reading->chain->n_entries;
	int r = 0;

	if (config->has_blscfg)
		r = add_files(reading, config, environment);
	for (size_t i = 0; i < config->n && r == 0; i++)
		r = add_entry(reading, volume, config_name, config, &config->entries[i]);
	if (r == 0)
		choose_first(reading->chain, begin);
	return r;
}

int grub_entries_read(struct reading *reading, const struct chain_volume *volume,
		      const char *folder, bool *ret_is_there)
{
	_cleanup_free_ char *text = NULL, *environment = NULL, *name = NULL;
	_cleanup_free_ char *environment_name = NULL;
	CLEANUP(grub_config_done) struct grub_config config = {};
	int r;

	*ret_is_there = false;
	r = read_file(reading, volume, folder, "grub.cfg", CONFIG_SIZE_MAX, &text, &name);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = read_file(reading, volume, folder, "grubenv", ENVIRONMENT_SIZE_MAX,
		      &environment, &environment_name);
	if (r == -ENOMEM)
		return r;
	r = grub_config_parse(text, environment ?: "", &config);
	if (r == 0)
		r = add_entries(reading, volume, name, &config, environment ?: "");
	if (r < 0)
		return r;
	*ret_is_there = config.n || config.has_blscfg;
	reading->chain->is_menu_hidden = config.is_menu_hidden;
	if (*ret_is_there && !reading->chain->menu)
		reading->chain->menu = steal(name);
	return 0;
}
