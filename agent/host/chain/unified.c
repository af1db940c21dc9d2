// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a unified kernel image as systemd's stub boots it (systemd-stub(7)): kernel, images and command line are
 * sections of one file. Says whether anything on this system builds it again.
 */
#include "host/chain/unified.h"

#include "base/buffer.h"
#include "host/chain/pe.h"
#include "host/chain/volume.h"
#include "host/programs.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define TEXT_SIZE_MAX (64 * 1024)

/* Sections --------------------------------------------------------------------------------- */

struct unified {
	const struct reading *reading;
	const struct chain_volume *volume;
	struct chain_entry *entry;
	const struct root *root;
	char *path, *name;
	char *osrel; /* NULL: none */
	struct pe pe;
	unsigned profile;
};

/* The text of a section, to be freed; NULL: there is none. */
static int read_text(const struct unified *unified, const char *section, char **ret_text)
{
	const struct pe_section *found = pe_find(&unified->pe, section, unified->profile);
	size_t size;
	int r;

	*ret_text = NULL;
	if (!found)
		return 0;
	r = pe_read_section(unified->root, unified->path, found, TEXT_SIZE_MAX, ret_text,
			    &size);
	return r == -ENOMEM ? r : 0;
}

static int set_file(const struct unified *unified, const struct pe_section *section,
		    struct chain_file *file)
{
	*file = (struct chain_file){
		.volume = unified->volume,
		.root = unified->root,
		.path = strdup(unified->path),
		.name = strdup(unified->name),
		.offset = section ? section->offset : 0,
		.size = section ? section->size : 0,
		.is_missing = !root_exists(unified->root, unified->path),
	};
	return file->path && file->name ? 0 : -ENOMEM;
}

static int add_section(const struct unified *unified, const struct pe_section *section)
{
	struct chain_entry *entry = unified->entry;

	if (array_reserve(&entry->images, entry->n_images, &entry->images_capacity,
			  sizeof(*entry->images)) < 0)
		return -ENOMEM;
	entry->images[entry->n_images] = (struct chain_file){};
	return set_file(unified, section, &entry->images[entry->n_images++]);
}

/* The stub puts microcode before the image. */
static int add_images(const struct unified *unified)
{
	static const char *const names[] = { ".ucode", ".initrd" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++) {
		const struct pe_section *section =
			pe_find(&unified->pe, names[i], unified->profile);

		if (section)
			r = add_section(unified, section);
	}
	return r;
}

/* The command line ------------------------------------------------------------------------- */

struct addons {
	struct unified *unified;
	const char *folder;
	struct strings names;
};

static int take_addon(const char *name, void *data)
{
	struct addons *addons = data;

	return has_suffix(name, ".addon.efi") ? strings_add(&addons->names, name) : 0;
}

static void strip(char *text)
{
	for (char *c = text; *c; c++)
		if (strchr("\r\n\t", *c))
			*c = ' ';
	for (size_t size = strlen(text); size && text[size - 1] == ' ';)
		text[--size] = '\0';
}

static int append_addon(const struct addons *addons, const char *name, FILE *stream)
{
	_cleanup_free_ char *path = text_format("%s/%s", addons->folder, name);
	_cleanup_free_ char *text = NULL;
	struct unified addon = *addons->unified;
	int r;

	if (!path)
		return -ENOMEM;
	addon.path = path;
	addon.pe = (struct pe){};
	addon.profile = 0;
	r = pe_read(addon.root, path, &addon.pe);
	if (r == 0)
		r = read_text(&addon, ".cmdline", &text);
	pe_done(&addon.pe);
	if (r == 0 && text) {
		strip(text);
		fprintf(stream, " %s", text);
	}
	return r == -ENOMEM ? r : 0;
}

static int append_addons(struct unified *unified, const char *folder, FILE *stream)
{
	struct addons addons = { .unified = unified, .folder = folder };
	int r;

	r = root_list(unified->root, folder, take_addon, &addons);
	strings_sort(&addons.names);
	for (size_t i = 0; i < addons.names.n && r == 0; i++)
		r = append_addon(&addons, addons.names.items[i], stream);
	strings_done(&addons.names);
	return r == -ENOMEM ? r : 0;
}

/* The loader's options replace the image's own unless Secure Boot forbids it; addons always add to them. */
static int set_options(struct unified *unified)
{
	struct chain_entry *entry = unified->entry;
	const char *mount = unified->volume->mount ?: "";
	_cleanup_free_ char *own = NULL, *extra = NULL, *global = NULL, *options = NULL;
	struct buffer buffer;
	int r;

	r = read_text(unified, ".cmdline", &own);
	extra = text_format("%s.extra.d", unified->path);
	global = text_format("%s/loader/addons", mount);
	if (r < 0 || !extra || !global || buffer_open(&buffer) < 0)
		return -ENOMEM;
	if (own)
		strip(own);
	fputs(entry->options && *entry->options ? entry->options : (own ?: ""),
	      buffer.stream);
	r = append_addons(unified, global, buffer.stream);
	if (r == 0)
		r = append_addons(unified, extra, buffer.stream);
	if (buffer_close(&buffer, &options) < 0)
		r = -ENOMEM;
	if (r == 0) {
		free(entry->options);
		entry->options = steal(options);
	}
	return r;
}

/* Who builds it? --------------------------------------------------------------------------- */

struct looking {
	const struct root *root;
	const char *folder, *suffix, *key, *value;
	bool is_found;
};

/* Does a line "KEY...=...VALUE..." stand in the file? */
static bool has_line(const struct root *root, const char *path, const char *key,
		     const char *value)
{
	_cleanup_free_ char *text = NULL;
	const char *cursor, *line;
	size_t size;

	if (root_read_file(root, path, TEXT_SIZE_MAX, &text, &size) < 0)
		return false;
	cursor = text;
	while ((line = text_next_line(&cursor, "", &size))) {
		struct span rest = span_trim((struct span){ line, size });
		struct span word = span_next(&rest, "=");

		if (rest.size && *word.text != '#' &&
		    memmem(word.text, word.size, key, strlen(key)) &&
		    memmem(rest.text, rest.size, value, strlen(value)))
			return true;
	}
	return false;
}

static int look_into(const char *name, void *data)
{
	struct looking *looking = data;
	char path[PATH_MAX];

	if (!has_suffix(name, looking->suffix))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", looking->folder, name);
	looking->is_found |= has_line(looking->root, path, looking->key, looking->value);
	return 0;
}

static bool has_line_below(const struct root *root, const char *folder,
			   const char *suffix, const char *key, const char *value)
{
	struct looking looking = { root, folder, suffix, key, value, false };

	return root_list(root, folder, look_into, &looking) >= 0 && looking.is_found;
}

bool unified_by_kernel_install(const struct root *root)
{
	static const char own[] = "/etc/kernel/install.conf";

	return has_line(root, own, "layout", "uki") ||
	       (!root_exists(root, own) &&
		has_line(root, "/usr/lib/kernel/install.conf", "layout", "uki"));
}

/* kernel-install with layout=uki, dracut with uefi=yes, or a preset of mkinitcpio. */
static bool is_built_here(const struct root *root, const char *file)
{
	return (program_is_there(root, "kernel-install") &&
		unified_by_kernel_install(root)) ||
	       has_line(root, "/etc/dracut.conf", "uefi", "yes") ||
	       has_line_below(root, "/etc/dracut.conf.d", ".conf", "uefi", "yes") ||
	       has_line_below(root, "/usr/lib/dracut/dracut.conf.d", ".conf", "uefi",
			      "yes") ||
	       has_line_below(root, "/etc/mkinitcpio.d", ".preset", "_uki", file);
}

/* Fedora's kernel-uki-virt and its like bring the image whole; kernel-install only copies it. */
struct comparing {
	const struct root *root;
	const char *release;
	off_t size;
	bool is_same;
};

static int compare_packaged(const char *name, void *data)
{
	struct comparing *comparing = data;
	struct stat status;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/%s", comparing->release, name);
	if (has_suffix(name, ".efi") && root_stat(comparing->root, path, &status) == 0)
		comparing->is_same |= status.st_size == comparing->size;
	return 0;
}

static bool is_packaged(const struct unified *unified, const char *release)
{
	struct comparing comparing = { .root = unified->reading->root, .release = release };
	struct stat status;
	char folder[PATH_MAX];

	if (root_stat(unified->root, unified->path, &status) < 0)
		return false;
	comparing.size = status.st_size;
	snprintf(folder, sizeof(folder), "/lib/modules/%s", release);
	return root_list(comparing.root, folder, compare_packaged, &comparing) >= 0 &&
	       comparing.is_same;
}

/* "ID=debian" of both. */
static bool is_other_system(const struct unified *unified)
{
	_cleanup_free_ char *own = NULL;
	const char *cursor = unified->osrel, *own_cursor, *id, *own_id;
	size_t size, own_size;

	if (!cursor || root_read_file(unified->reading->root, "/etc/os-release",
				      TEXT_SIZE_MAX, &own, &size) < 0)
		return false;
	own_cursor = own;
	id = text_next_line(&cursor, "ID=", &size);
	own_id = text_next_line(&own_cursor, "ID=", &own_size);
	return id && own_id && (size != own_size || memcmp(id, own_id, size) != 0);
}

static bool is_installed(const struct reading *reading, const char *release)
{
	for (size_t i = 0; i < reading->n_installed; i++)
		if (streq(reading->installed[i].release, release))
			return true;
	return false;
}

static bool is_foreign(const struct unified *unified)
{
	const struct chain_entry *entry = unified->entry;
	const struct reading *reading = unified->reading;
	const char *file = strrchr(unified->path, '/') + 1;

	if (is_other_system(unified))
		return true;
	if (entry->release && reading->n_installed &&
	    (!is_installed(reading, entry->release) || is_packaged(unified, entry->release)))
		return true;
	return unified->pe.is_signed && !is_built_here(reading->root, file);
}

/* ------------------------------------------------------------------------------------------ */

static int set_names(struct unified *unified)
{
	struct chain_entry *entry = unified->entry;
	_cleanup_free_ char *release = NULL;
	int r;

	r = read_text(unified, ".uname", &release);
	if (r == 0)
		r = read_text(unified, ".osrel", &unified->osrel);
	if (r < 0)
		return r;
	if (release) {
		strip(release);
		entry->release = steal(release);
	}
	entry->is_foreign = is_foreign(unified);
	return 0;
}

static int fill(struct unified *unified)
{
	struct chain_entry *entry = unified->entry;
	int r;

	r = set_file(unified, NULL, &entry->kernel);
	if (r < 0)
		return r;
	r = pe_read(unified->root, unified->path, &unified->pe);
	if (r < 0) /* a damaged file is an image that cannot be read */
		return r == -ENOMEM ? r : add_section(unified, NULL);
	if (!pe_is_unified(&unified->pe))
		return -EMEDIUMTYPE;
	unified->profile = unified->pe.n_profiles ? 1 : 0;
	entry->is_fixed = unified->pe.is_signed;
	r = add_images(unified);
	if (r == 0)
		r = set_options(unified);
	return r < 0 ? r : set_names(unified);
}

int unified_fill(const struct reading *reading, const struct chain_volume *volume,
		 const char *path, struct chain_entry *entry, char **ret_osrel)
{
	struct unified unified = { .reading = reading, .volume = volume, .entry = entry };
	int r;

	entry->kind = ENTRY_UNIFIED;
	r = volume_locate(reading->root, volume, path, &unified.root, &unified.path,
			  &unified.name);
	if (r == 0 && !entry->config && !(entry->config = strdup(unified.name)))
		r = -ENOMEM;
	if (r == 0 && !entry->title && !(entry->title = strdup(entry->id)))
		r = -ENOMEM;
	if (r == 0)
		r = fill(&unified);
	pe_done(&unified.pe);
	free(unified.path);
	free(unified.name);
	*ret_osrel = unified.osrel;
	return r;
}
