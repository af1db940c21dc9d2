// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Composes an entry without the claim for a boot menu that is made of files, from the entry that boots by default,
 * and writes it to the same file system.
 *
 * Format: https://uapi-group.org/specifications/specs/boot_loader_specification
 */
#include "host/boot-entry.h"

#include "base/buffer.h"
#include "host/chain/entry-text.h"
#include "host/chain/pe.h"
#include "host/chain/volume.h"

#include <stdio.h>

#define ENTRY_SIZE_MAX (64 * 1024)
#define ENTRIES_FOLDER "/loader/entries"
#define VERSION_SIZE 128

static void entry_done(struct boot_entry *entry)
{
	free(entry->device);
	free(entry->folder);
	free(entry->name);
	free(entry->path);
	free(entry->text);
	free(entry->original);
	*entry = (struct boot_entry){};
}

void boot_entries_done(struct boot_entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		entry_done(&entries->items[i]);
	free(entries->items);
	*entries = (struct boot_entries){};
}

static bool is_same_place(const struct boot_entry *a, const struct boot_entry *b)
{
	return is_string_equal(a->device, b->device) && streq(a->folder, b->folder) &&
	       streq(a->name, b->name);
}

const struct boot_entry *boot_entries_get(const struct boot_entries *entries,
					  const struct boot_entry *entry)
{
	for (size_t i = 0; i < entries->n; i++)
		if (is_same_place(&entries->items[i], entry))
			return &entries->items[i];
	return NULL;
}

/* The text ----------------------------------------------------------------------------------- */

/*
 * Loaders list entries without a sort key last, by name, the newest version first: TOKEN-0-... is
 * listed after TOKEN-6.1.0 whatever the token is, like Fedora's rescue entry.
 */
static int make_name(const char *name, const char *text, char **ret_name)
{
	char version[VERSION_SIZE];
	size_t size = strrchr(name, '.') - name;
	const char *found, *counter;

	if (entry_value(text, "version", version, sizeof(version)) &&
	    (found = strstr(name, version)) && found > name && found[-1] == '-')
		size = found - 1 - name;
	else if ((counter = strchr(name, '+'))) /* tries left, see the specification */
		size = counter - name;
	*ret_name = text_format("%.*s" ENTRY_SUFFIX, (int)size, name);
	return *ret_name ? 0 : -ENOMEM;
}

/* Size of the kernel's own parameters: those behind "--" are for init. */
static size_t own_parameters(struct span options)
{
	for (size_t i = 0; i + 2 <= options.size; i++)
		if (strncmp(options.text + i, "--", 2) == 0 &&
		    (i == 0 || strchr(" \t", options.text[i - 1])) &&
		    (i + 2 == options.size || strchr(" \t", options.text[i + 2])))
			return i;
	return options.size;
}

static void write_options(FILE *stream, struct span options)
{
	size_t size = own_parameters(options);
	struct span own = span_trim((struct span){ options.text, size });

	fprintf(stream, "options %.*s " ENTRY_PARAMETER "%s%.*s\n", (int)own.size,
		own.text, size < options.size ? " " : "", (int)(options.size - size),
		options.text + size);
}

int boot_entry_without_claim(const char *name, const char *text, char **ret_name,
			     char **ret_text)
{
	_cleanup_free_ char *changed = NULL;
	struct span rest = { text, strlen(text) };
	struct buffer buffer;
	struct entry_line line;
	FILE *stream;
	int r;

	if (buffer_open(&buffer) < 0)
		return -ENOMEM;
	stream = buffer.stream;
	fputs("# Written by 'vfio-claim setup --menu-entry'; 'vfio-claim remove' deletes it.\n",
	      stream);
	if (!entry_has_key(text, "title"))
		fputs("title Linux" ENTRY_TITLE "\n", stream);
	while (entry_line_next(&rest, &line)) {
		if (span_equal(line.key, "title"))
			fprintf(stream, "title %.*s" ENTRY_TITLE "\n",
				(int)line.value.size, line.value.text);
		else if (span_equal(line.key, "options"))
			write_options(stream, line.value);
		/* An id belongs to one entry; make_name() explains the sort key. */
		else if (!span_equal(line.key, "sort-key") && !span_equal(line.key, "id"))
			fprintf(stream, "%.*s\n", (int)line.all.size, line.all.text);
	}
	r = buffer_close(&buffer, &changed);
	if (r == 0)
		r = make_name(name, text, ret_name);
	if (r == 0)
		*ret_text = steal(changed);
	return r;
}

/* A unified image ---------------------------------------------------------------------------- */

/* A line break would begin another line of the entry. To be freed; NULL in *ret_text: there is no such section. */
static int read_section(const struct chain_file *image, const struct pe *pe,
			const char *name, char **ret_text)
{
	/* Without "@N" in front of the command line the stub boots the first profile. */
	const struct pe_section *section = pe_find(pe, name, pe->n_profiles ? 1 : 0);
	size_t size;
	int r;

	*ret_text = NULL;
	if (!section)
		return 0;
	r = pe_read_section(image->root, image->path, section, ENTRY_SIZE_MAX, ret_text,
			    &size);
	return r;
}

static void flatten(char *text)
{
	for (; *text; text++)
		if (strchr("\r\n\t", *text))
			*text = ' ';
}

/* PRETTY_NAME="..." of os-release: the title that the loader shows. */
static struct span find_title(const char *osrel)
{
	size_t size;
	const char *found = osrel ? text_next_line(&osrel, "PRETTY_NAME=", &size) : NULL;

	if (!found || !size)
		return (struct span){ "Linux", 5 };
	if (size > 2 && *found == '"')
		return (struct span){ found + 1, size - 2 };
	return (struct span){ found, size };
}

static int format_unified(const struct chain_entry *from, const char *osrel,
			  const char *options, char **ret_text)
{
	_cleanup_free_ char *version =
		from->release ? text_format("version %s\n", from->release) : strdup("");
	size_t below = from->volume->mount ? strlen(from->volume->mount) : 0;
	struct span title = find_title(osrel);

	*ret_text = version ? text_format("title %.*s\n%sefi %s\noptions %s\n",
					  (int)title.size, title.text, version,
					  from->kernel.path + below, options) :
			      NULL;
	return *ret_text ? 0 : -ENOMEM;
}

/*
 * The entry that the loader makes of the image, or `before` with the image's command line. Where a loader gives a
 * command line, systemd's stub takes it in place of the image's own; the words of addons it adds to both
 * (systemd-stub(7)).
 */
static int compose_unified(const struct chain_entry *from, const struct pe *pe,
			   const char *before, char **ret_text)
{
	_cleanup_free_ char *options = NULL, *osrel = NULL;
	int r;

	r = read_section(&from->kernel, pe, ".cmdline", &options);
	if (r == 0)
		r = read_section(&from->kernel, pe, ".osrel", &osrel);
	if (r < 0)
		return r;
	if (options)
		flatten(options);
	if (!before)
		return format_unified(from, osrel, options ?: "", ret_text);
	*ret_text = text_format("%s\noptions %s\n", before, options ?: "");
	return *ret_text ? 0 : -ENOMEM;
}

static int read_unified(const struct chain_entry *from, const char *before, char **ret_text)
{
	struct pe pe = {};
	int r = pe_read(from->kernel.root, from->kernel.path, &pe);

	if (r == 0)
		r = compose_unified(from, &pe, before, ret_text);
	pe_done(&pe);
	return r;
}

bool boot_entry_has_fixed_options(const struct chain_entry *entry)
{
	struct pe pe = {};
	bool is_fixed;

	if (entry->kind != ENTRY_UNIFIED)
		return false;
	is_fixed = pe_read(entry->kernel.root, entry->kernel.path, &pe) < 0 ||
		   pe_find(&pe, ".cmdline", pe.n_profiles ? 1 : 0);
	pe_done(&pe);
	return is_fixed;
}

/* The entry to copy -------------------------------------------------------------------------- */

static bool is_of_menu(const struct chain_entry *entry, const struct chain_volume *volume)
{
	return !volume || entry->volume == volume;
}

static bool is_usable(const struct chain_entry *entry)
{
	if (entry->kind == ENTRY_GRUB || entry->is_ours ||
	    has_suffix(entry->config, ENTRY_SUFFIX) || entry->is_foreign ||
	    entry->is_rescue || !entry->options || !entry->kernel.path ||
	    entry->kernel.is_missing || !entry->n_images || !entry->volume)
		return false;
	for (size_t i = 0; i < entry->n_images; i++)
		if (entry->images[i].is_missing)
			return false;
	return true;
}

/* From one menu, or from the only one (NULL). */
static const struct chain_entry *pick(const struct chain *chain,
				      const struct chain_volume *volume)
{
	const struct chain_entry *picked = NULL;

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct chain_entry *entry = &chain->entries[i];

		if (!is_of_menu(entry, volume))
			continue;
		if (entry->is_default && entry->kind == ENTRY_GRUB)
			return NULL;
		if (is_usable(entry) && (!picked || entry->is_default))
			picked = entry;
	}
	return picked;
}

static bool is_proxmox(const struct chain *chain)
{
	return chain->n_volumes && chain->volumes[0].is_proxmox;
}

const struct chain_entry *boot_entry_pick(const struct chain *chain)
{
	const struct chain_entry *picked = NULL;

	if (!is_proxmox(chain))
		return pick(chain, NULL);
	for (size_t i = 0; i < chain->n_volumes && !picked; i++)
		picked = pick(chain, &chain->volumes[i]);
	return picked;
}

static int read_below(const struct root *root, const struct chain_volume *volume,
		      const char *name, char **ret_text)
{
	_cleanup_free_ char *below = text_format(ENTRIES_FOLDER "/%s", name);
	_cleanup_free_ char *path = NULL, *shown = NULL;
	const struct root *from;
	size_t size;
	int r;

	if (!below)
		return -ENOMEM;
	r = volume_locate(root, volume, below, &from, &path, &shown);
	return r < 0 ? r : root_read_file(from, path, ENTRY_SIZE_MAX, ret_text, &size);
}

static int read_original(const struct root *root, const struct chain_entry *from,
			 const char *name, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!has_suffix(name, ".conf"))
		return read_unified(from, NULL, ret_text);
	r = read_below(root, from->volume, name, &text);
	if (r < 0)
		return r;
	if (from->kind == ENTRY_UNIFIED && !entry_has_key(text, "options"))
		return read_unified(from, text, ret_text);
	*ret_text = steal(text);
	return 0;
}

/* Our files ---------------------------------------------------------------------------------- */

/* entry->name is known. */
static int set_place(const struct root *root, const struct chain_volume *volume,
		     struct boot_entry *entry)
{
	_cleanup_free_ char *below = text_format(ENTRIES_FOLDER "/%s", entry->name);
	_cleanup_free_ char *path = NULL;
	const struct root *from;
	int r;

	if (!below)
		return -ENOMEM;
	r = volume_locate(root, volume, below, &from, &path, &entry->path);
	if (r < 0)
		return r;
	entry->folder = text_format("%s" ENTRIES_FOLDER, volume->mount ?: "");
	if (!volume->mount)
		entry->device = strdup(volume->device);
	return entry->folder && (volume->mount || entry->device) ? 0 : -ENOMEM;
}

static struct boot_entry *append(struct boot_entries *entries)
{
	if (array_reserve(&entries->items, entries->n, &entries->capacity,
			  sizeof(*entries->items)) < 0)
		return NULL;
	entries->items[entries->n] = (struct boot_entry){};
	return &entries->items[entries->n++];
}

static int make(const struct root *root, const struct chain *chain,
		const struct chain_volume *volume, struct boot_entries *entries)
{
	const struct chain_entry *from = pick(chain, volume);
	_cleanup_free_ char *text = NULL;
	struct boot_entry *entry;
	const char *name;
	int r;

	if (!from)
		return 0;
	entry = append(entries);
	if (!entry || !(entry->original = strdup(from->config)))
		return -ENOMEM;
	name = strrchr(from->config, '/') + 1;
	r = read_original(root, from, name, &text);
	if (r < 0)
		return r;
	/* There loader.conf's default is "proxmox-*": ours has another name, which is listed last too. */
	r = boot_entry_without_claim(from->volume->is_proxmox ? "host.conf" : name, text,
				     &entry->name, &entry->text);
	return r < 0 ? r : set_place(root, from->volume, entry);
}

int boot_entries_make(const struct root *root, const struct chain *chain,
		      struct boot_entries *ret_entries)
{
	struct boot_entries entries = {};
	int r = 0;

	for (size_t i = 0; is_proxmox(chain) && i < chain->n_volumes && r == 0; i++)
		r = make(root, chain, &chain->volumes[i], &entries);
	if (!is_proxmox(chain))
		r = make(root, chain, NULL, &entries);
	if (r < 0)
		boot_entries_done(&entries);
	*ret_entries = entries;
	return r;
}

struct finding_ours {
	const struct root *root;
	const struct chain_volume *volume;
	struct boot_entries *entries;
};

static int add_ours(const char *name, void *data)
{
	struct finding_ours *finding = data;
	struct boot_entry *entry;
	int r;

	if (*name == '.' || !has_suffix(name, ENTRY_SUFFIX))
		return 0;
	entry = append(finding->entries);
	if (!entry || !(entry->name = strdup(name)))
		return -ENOMEM;
	r = set_place(finding->root, finding->volume, entry);
	if (r == 0)
		r = read_below(finding->root, finding->volume, name, &entry->text);
	return r == -ENOMEM ? r : 0;
}

static int find_on(struct finding_ours *finding)
{
	_cleanup_free_ char *path = NULL, *shown = NULL;
	const struct root *from;
	int r;

	r = volume_locate(finding->root, finding->volume, ENTRIES_FOLDER, &from, &path,
			  &shown);
	if (r == 0)
		r = root_list(from, path, add_ours, finding);
	return r == -ENOMEM ? r : 0;
}

int boot_entries_find(const struct root *root, const struct chain *chain,
		      struct boot_entries *ret_entries)
{
	struct boot_entries entries = {};
	struct finding_ours finding = { .root = root, .entries = &entries };
	int r = 0;

	for (size_t i = 0; i < chain->n_volumes && r == 0; i++) {
		finding.volume = &chain->volumes[i];
		if (finding.volume->state == VOLUME_READ)
			r = find_on(&finding);
	}
	if (r < 0)
		boot_entries_done(&entries);
	*ret_entries = entries;
	return r;
}

/* Writing ------------------------------------------------------------------------------------ */

static int open_for_writing(const struct root *root, const struct boot_entry *entry,
			    struct root *ret_root)
{
	return entry->device ? root_mount_device_writable(root, VOLUME_FILESYSTEM,
							  entry->device, ret_root) :
			       root_open_folder(root, "/", ret_root);
}

int boot_entry_write(const struct root *root, const struct boot_entry *entry)
{
	struct root target;
	int r = open_for_writing(root, entry, &target);

	if (r < 0)
		return r;
	r = root_replace_durably(&target, entry->folder, entry->name, entry->text,
				 strlen(entry->text));
	if (r == 0 && entry->device)
		r = root_sync(&target, entry->folder);
	root_done(&target);
	return r;
}

int boot_entry_remove(const struct root *root, const struct boot_entry *entry)
{
	_cleanup_free_ char *path = text_format("%s/%s", entry->folder, entry->name);
	struct root target;
	int r;

	if (!path)
		return -ENOMEM;
	r = open_for_writing(root, entry, &target);
	if (r < 0)
		return r;
	r = root_remove(&target, path);
	if (r == 0 && entry->device)
		r = root_sync(&target, entry->folder);
	root_done(&target);
	return r;
}
