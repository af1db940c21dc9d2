// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the files that an entry names, and what follows from their names: the kernel's release, and whether the
 * entry is a rescue entry, another system's, or the one without the claim. Opens no image.
 */
#include "host/chain/chain-parts.h"

#include "base/parameter.h"
#include "facts/platform.h"
#include "host/chain/loader.h"
#include "host/chain/volume.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* This system ------------------------------------------------------------------------------ */

static int add_installed(const char *release, void *data)
{
	struct reading *reading = data;
	struct installed *installed;
	char path[PATH_MAX], package[128] = "";

	if (array_reserve(&reading->installed, reading->n_installed,
			  &reading->installed_capacity, sizeof(*installed)) < 0)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/lib/modules/%s/pkgbase", release);
	if (root_read_line(reading->root, path, package, sizeof(package)) <= 0)
		*package = '\0';
	installed = &reading->installed[reading->n_installed++];
	*installed = (struct installed){ strdup(release), strdup(package) };
	return installed->release && installed->package ? 0 : -ENOMEM;
}

int reading_open(const struct root *root, struct chain *chain, struct reading *reading)
{
	char *suffix;
	int r;

	*reading = (struct reading){ .root = root, .chain = chain };
	if (root_read_line(root, "/etc/machine-id", reading->machine_id,
			   sizeof(reading->machine_id)) <= 0)
		*reading->machine_id = '\0';
	loader_variable(root, "LoaderEntrySelected", reading->selected,
			sizeof(reading->selected));
	suffix = strstr(reading->selected, ".conf");
	if (suffix)
		*suffix = '\0';
	r = root_list(root, "/lib/modules", add_installed, reading);
	if (r != -ENOMEM)
		r = platform_read_cmdline(root, &reading->cmdline);
	if (r == -ENOMEM)
		reading_done(reading);
	return r == -ENOMEM ? r : 0;
}

void reading_done(struct reading *reading)
{
	for (size_t i = 0; i < reading->n_installed; i++) {
		free(reading->installed[i].release);
		free(reading->installed[i].package);
	}
	free(reading->installed);
	free(reading->cmdline);
}

/* Files ------------------------------------------------------------------------------------ */

void chain_file_done(struct chain_file *file)
{
	free(file->name);
	free(file->path);
	free(file->source);
	*file = (struct chain_file){};
}

int chain_file_copy(const struct chain_file *file, struct chain_file *ret_copy)
{
	struct chain_file copy = *file;

	copy.name = file->name ? strdup(file->name) : NULL;
	copy.path = file->path ? strdup(file->path) : NULL;
	copy.source = file->source ? strdup(file->source) : NULL;
	*ret_copy = copy;
	return (file->name && !copy.name) || (file->path && !copy.path) ||
			       (file->source && !copy.source) ?
		       -ENOMEM :
		       0;
}

/*
 * Where a path of GRUB's may be in this system: its file system may be /boot or hold it, in a subvolume or
 * dataset of whatever name.
 */
static char *find_in_system(const struct root *root, const char *path)
{
	const char *below = strstr(path, "/boot/"), *slash = strrchr(path, '/');
	char *candidates[] = {
		has_prefix(path, "/boot/") ? strdup(path) : NULL,
		text_format("/boot/%s", path + strspn(path, "/")),
		below ? strdup(below) : NULL,
		below ? NULL : text_format("/boot/%s", slash ? slash + 1 : path),
		strdup(path),
	};
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (!found && candidates[i] && root_exists(root, candidates[i]))
			found = steal(candidates[i]);
	if (!found)
		found = steal(candidates[below == path ? 0 : 1]);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		free(candidates[i]);
	return found;
}

int file_find(const struct reading *reading, const struct chain_volume *volume,
	      const char *path, struct chain_file *ret_file)
{
	struct chain_file file = { .volume = volume, .root = reading->root };
	int r = 0;

	if (volume)
		r = volume_locate(reading->root, volume, path, &file.root, &file.path,
				  &file.name);
	/* Entries below /boot may name paths from the root of the file system that holds it. */
	if (r == 0 && volume && !root_exists(file.root, file.path) &&
	    strstr(path, "/boot/") && is_string_equal(volume->mount, "/boot"))
		chain_file_done(&file);
	if (r == 0 && !file.path) {
		file.volume = NULL;
		file.root = reading->root;
		file.path = find_in_system(reading->root, path);
		file.name = file.path ? strdup(file.path) : NULL;
	}
	if (r < 0 || !file.path || !file.name) {
		chain_file_done(&file);
		return -ENOMEM;
	}
	file.is_missing = !root_exists(file.root, file.path);
	*ret_file = file;
	return 0;
}

int entry_add_image(const struct reading *reading, struct chain_entry *entry,
		    const struct chain_volume *volume, const char *path)
{
	if (array_reserve(&entry->images, entry->n_images, &entry->images_capacity,
			  sizeof(*entry->images)) < 0)
		return -ENOMEM;
	entry->images[entry->n_images] = (struct chain_file){};
	return file_find(reading, volume, path, &entry->images[entry->n_images++]);
}

/* Entries ---------------------------------------------------------------------------------- */

struct chain_entry *entry_append(struct reading *reading, enum chain_entry_kind kind,
				 const char *id, const char *title)
{
	struct chain *chain = reading->chain;
	struct chain_entry *entry;

	if (array_reserve(&chain->entries, chain->n_entries, &chain->entries_capacity,
			  sizeof(*entry)) < 0)
		return NULL;
	entry = &chain->entries[chain->n_entries++];
	*entry = (struct chain_entry){
		.kind = kind,
		.id = strdup(id),
		.title = strdup(title),
	};
	return entry->id && entry->title ? entry : NULL;
}

void entry_done(struct chain_entry *entry)
{
	for (size_t i = 0; i < entry->n_images; i++)
		chain_file_done(&entry->images[i]);
	free(entry->images);
	chain_file_done(&entry->kernel);
	free(entry->id);
	free(entry->title);
	free(entry->config);
	free(entry->release);
	free(entry->options);
}

/* Its modules' folder: by a folder of the path ("/TOKEN/6.1.0/linux"), by "vmlinuz-6.1.0", or by the
 * package in "vmlinuz-linux-lts". */
static const char *find_release(const struct reading *reading, const char *path)
{
	const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *dash = strchr(file, '-');
	char folder[PATH_MAX];

	for (size_t i = 0; i < reading->n_installed; i++) {
		const struct installed *installed = &reading->installed[i];

		snprintf(folder, sizeof(folder), "/%s/", installed->release);
		if (strstr(path, folder) ||
		    (dash && (streq(dash + 1, installed->release) ||
			      (*installed->package && streq(dash + 1, installed->package)))))
			return installed->release;
	}
	return NULL;
}

static bool is_file(const struct chain_file *file, const char *path, const struct root *root)
{
	return file->root == root && streq(file->path, path);
}

/* The file in this system that proxmox-boot-tool or kernel-install copies to the volume. */
static int find_source(const struct reading *reading, struct chain_file *file,
		       const char *const *formats, const char *release)
{
	for (; *formats && !file->source; formats++) {
		_cleanup_free_ char *path = text_format("%s%s", *formats, release);

		if (!path)
			return -ENOMEM;
		if (root_exists(reading->root, path) && !is_file(file, path, reading->root))
			file->source = steal(path);
	}
	return 0;
}

static int find_sources(const struct reading *reading, struct chain_entry *entry)
{
	static const char *const kernels[] = { "/boot/vmlinuz-", NULL };
	static const char *const images[] = { "/boot/initrd.img-", NULL };
	int r;

	if (!entry->release || !entry->kernel.volume || entry->kind == ENTRY_UNIFIED)
		return 0;
	r = find_source(reading, &entry->kernel, kernels, entry->release);
	for (size_t i = 0; i < entry->n_images && r == 0; i++)
		if (strstr(entry->images[i].path, "/initrd.img"))
			r = find_source(reading, &entry->images[i], images, entry->release);
	return r;
}

static bool has_word(const struct chain_entry *entry, const char *word)
{
	bool has = strstr(entry->id, word) ||
		   (entry->kernel.path && strstr(entry->kernel.path, word));

	for (size_t i = 0; i < entry->n_images; i++)
		has |= strstr(entry->images[i].path, word) != NULL;
	return has;
}

/* Compares the words of both lines, but those that loaders add. */
static bool is_same_line(const char *a, const char *b)
{
	struct parameter x, y;

	for (;;) {
		bool has_x, has_y;

		while ((has_x = parameter_next(&a, &x)) &&
		       (parameter_is(&x, "BOOT_IMAGE") || parameter_is(&x, "initrd")))
			;
		while ((has_y = parameter_next(&b, &y)) &&
		       (parameter_is(&y, "BOOT_IMAGE") || parameter_is(&y, "initrd")))
			;
		if (!has_x || !has_y)
			return has_x == has_y;
		if (x.size != y.size || memcmp(x.text, y.text, x.size) != 0)
			return false;
	}
}

/* GRUB says which kernel it started. */
static bool is_other_kernel(const char *cmdline, const struct chain_file *kernel)
{
	const char *slash = strrchr(kernel->path, '/');
	const char *file = slash ? slash + 1 : kernel->path;
	struct span image;
	size_t size = strlen(file);

	return parameter_find_value(cmdline, "BOOT_IMAGE", &image) &&
	       (image.size < size ||
		memcmp(image.text + image.size - size, file, size) != 0);
}

static bool is_booted(const struct reading *reading, const struct chain_entry *entry)
{
	if (*reading->selected && entry->kind != ENTRY_GRUB)
		return streq(reading->selected, entry->id);
	return reading->cmdline && entry->options && entry->kernel.path &&
	       is_same_line(reading->cmdline, entry->options) &&
	       !is_other_kernel(reading->cmdline, &entry->kernel);
}

int entry_finish(struct reading *reading, struct chain_entry *entry)
{
	struct span mode;
	const char *release = NULL;

	if (entry->kernel.path && !entry->release)
		release = find_release(reading, entry->kernel.path);
	if (release && !(entry->release = strdup(release)))
		return -ENOMEM;
	entry->is_rescue = has_word(entry, "rescue") || has_word(entry, "fallback");
	entry->is_ours = entry->options &&
			 parameter_find_value(entry->options, "vfio_claim.mode", &mode) &&
			 span_equal(mode, "off");
	entry->is_booted = is_booted(reading, entry);
	return find_sources(reading, entry);
}
