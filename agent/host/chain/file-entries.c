// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads menu entries that are files, and unified images beside them, and sorts them as systemd-boot does
 * (https://uapi-group.org/specifications/specs/boot_loader_specification).
 */
#include "host/chain/chain-parts.h"

#include "host/chain/entry-text.h"
#include "host/chain/grub-config.h"
#include "host/chain/loader.h"
#include "host/chain/unified.h"
#include "host/chain/volume.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>

#define ENTRY_SIZE_MAX (64 * 1024)
#define WORD_SIZE 256

/* By what the loader sorts an entry. */
struct order {
	char sort_key[WORD_SIZE], machine_id[WORD_SIZE], version[WORD_SIZE];
	bool has_no_tries_left;
};

struct sorted {
	struct chain_entry entry;
	struct order order;
};

struct listing {
	struct reading *reading;
	const struct chain_volume *volume;
	const struct grub_config *grub;
	const char *environment;
	struct sorted *items;
	size_t n, capacity;
	int error;
};

/* Names ------------------------------------------------------------------------------------ */

/* "name+3-1.conf" as "name", and whether it has no tries left. */
static char *make_id(const char *file, const char *suffix, bool *ret_has_no_tries_left)
{
	size_t size = strlen(file) - strlen(suffix);
	const char *plus = memrchr(file, '+', size);

	*ret_has_no_tries_left = plus && strtoul(plus + 1, NULL, 10) == 0;
	if (plus && isdigit((unsigned char)plus[1]))
		size = plus - file;
	else
		*ret_has_no_tries_left = false;
	return strndup(file, size);
}

static const char *suffix_of(const struct chain_entry *entry)
{
	return entry->kind == ENTRY_UNIFIED ? ".efi" : ".conf";
}

/* With their suffixes: "a-0.conf" comes after "a.conf". */
static int compare_names(const struct chain_entry *x, const struct chain_entry *y)
{
	char a[NAME_MAX + 8], b[NAME_MAX + 8];

	snprintf(a, sizeof(a), "%s%s", x->id, suffix_of(x));
	snprintf(b, sizeof(b), "%s%s", y->id, suffix_of(y));
	return strverscmp(b, a);
}

static int compare_order(const struct sorted *x, const struct sorted *y)
{
	const struct order *a = &x->order, *b = &y->order;
	int r = a->has_no_tries_left - b->has_no_tries_left;

	if (r)
		return r;
	if (!*a->sort_key != !*b->sort_key)
		return !*a->sort_key - !*b->sort_key;
	if (*a->sort_key) {
		r = strcmp(a->sort_key, b->sort_key);
		r = r ?: strcmp(a->machine_id, b->machine_id);
		r = r ?: strverscmp(b->version, a->version);
		if (r)
			return r;
	}
	return compare_names(&x->entry, &y->entry);
}

static int compare(const void *a, const void *b)
{
	return compare_order(a, b);
}

/* Entries in files ------------------------------------------------------------------------- */

static int read_text(const struct reading *reading, const struct chain_volume *volume,
		     const char *below, char **ret_text, char **ret_name)
{
	_cleanup_free_ char *path = NULL, *name = NULL;
	const struct root *root;
	size_t size;
	int r;

	r = volume_locate(reading->root, volume, below, &root, &path, &name);
	if (r == 0)
		r = root_read_file(root, path, ENTRY_SIZE_MAX, ret_text, &size);
	if (r == 0 && ret_name)
		*ret_name = steal(name);
	return r;
}

/* GRUB replaces variables in the values; to systemd-boot they are text. */
static char *value_of(const struct listing *listing, const char *text, const char *key)
{
	char *values = entry_values(text, key), *expanded;

	if (!values || !listing->grub)
		return values;
	expanded = grub_expand(listing->grub, listing->environment,
			       (struct span){ values, strlen(values) });
	free(values);
	return expanded;
}

static int add_images(const struct listing *listing, struct chain_entry *entry,
		      const char *text)
{
	_cleanup_free_ char *values = value_of(listing, text, "initrd");
	struct span rest;
	int r = 0;

	if (!values)
		return -ENOMEM;
	rest = (struct span){ values, strlen(values) };
	while (rest.size && r == 0) {
		struct span word = span_next(&rest, TEXT_BLANKS);
		_cleanup_free_ char *path = strndup(word.text, word.size);

		if (!path)
			return -ENOMEM;
		if (word.size)
			r = entry_add_image(listing->reading, entry, listing->volume, path);
	}
	return r;
}

/* Another machine's, or of a kernel without modules here: no builder of this system makes its image. */
static bool is_foreign(const struct listing *listing, const struct order *order,
		       const struct chain_entry *entry)
{
	const struct reading *reading = listing->reading;
	bool is_installed = !*order->version || !reading->n_installed;

	if (*order->machine_id && *reading->machine_id &&
	    !streq(order->machine_id, reading->machine_id))
		return true;
	for (size_t i = 0; i < reading->n_installed; i++)
		is_installed |= streq(reading->installed[i].release, order->version);
	return !is_installed && !entry->release && !entry->is_rescue;
}

static int fill_entry(struct listing *listing, struct sorted *sorted, const char *text)
{
	struct chain_entry *entry = &sorted->entry;
	_cleanup_free_ char *osrel = NULL;
	char kernel[PATH_MAX] = "";
	int r;

	entry->kind = ENTRY_FILE;
	entry->volume = listing->volume;
	entry->options = value_of(listing, text, "options");
	if (!entry->options)
		return -ENOMEM;
	entry_value(text, "sort-key", sorted->order.sort_key, WORD_SIZE);
	entry_value(text, "machine-id", sorted->order.machine_id, WORD_SIZE);
	entry_value(text, "version", sorted->order.version, WORD_SIZE);
	if (entry_value(text, "efi", kernel, sizeof(kernel)) ||
	    entry_value(text, "uki", kernel, sizeof(kernel))) {
		r = unified_fill(listing->reading, listing->volume, kernel, entry, &osrel);
		return r == -ENOMEM ? r : entry_finish(listing->reading, entry);
	}
	r = 0;
	if (entry_value(text, "linux", kernel, sizeof(kernel)))
		r = file_find(listing->reading, listing->volume, kernel, &entry->kernel);
	if (r == 0)
		r = add_images(listing, entry, text);
	if (r == 0)
		r = entry_finish(listing->reading, entry);
	entry->is_foreign = is_foreign(listing, &sorted->order, entry);
	return r;
}

static struct sorted *append(struct listing *listing)
{
	if (array_reserve(&listing->items, listing->n, &listing->capacity,
			  sizeof(*listing->items)) < 0)
		return NULL;
	listing->items[listing->n] = (struct sorted){};
	return &listing->items[listing->n++];
}

static int take_file(const char *file, void *data)
{
	struct listing *listing = data;
	_cleanup_free_ char *text = NULL, *below = NULL, *config = NULL;
	char title[WORD_SIZE] = "";
	struct sorted *sorted;
	int r;

	if (*file == '.' || !has_suffix(file, ".conf"))
		return 0;
	below = text_format("/loader/entries/%s", file);
	if (!below)
		return -ENOMEM;
	r = read_text(listing->reading, listing->volume, below, &text, &config);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	sorted = append(listing);
	if (!sorted)
		return -ENOMEM;
	entry_value(text, "title", title, sizeof(title));
	sorted->entry.id = make_id(file, ".conf", &sorted->order.has_no_tries_left);
	sorted->entry.title = strdup(title);
	sorted->entry.config = steal(config);
	if (!sorted->entry.id || !sorted->entry.title)
		return -ENOMEM;
	return fill_entry(listing, sorted, text);
}

/* Unified images --------------------------------------------------------------------------- */

/* KEY=VALUE or KEY="VALUE". */
static void osrel_value(const char *osrel, const char *key, char value[static WORD_SIZE])
{
	size_t size;
	const char *found = text_next_line(&osrel, key, &size);

	if (!found || *value)
		return;
	if (size > 1 && *found == '"') {
		found++;
		size -= 2;
	}
	snprintf(value, WORD_SIZE, "%.*s", (int)size, found);
}

/* The words that systemd-boot takes, the first one that is there. */
static void read_osrel(const char *osrel, struct order *order)
{
	osrel_value(osrel, "IMAGE_ID=", order->sort_key);
	osrel_value(osrel, "ID=", order->sort_key);
	osrel_value(osrel, "IMAGE_VERSION=", order->version);
	osrel_value(osrel, "VERSION=", order->version);
	osrel_value(osrel, "VERSION_ID=", order->version);
	osrel_value(osrel, "BUILD_ID=", order->version);
}

static int take_unified(const char *file, void *data)
{
	struct listing *listing = data;
	_cleanup_free_ char *below = NULL, *osrel = NULL;
	struct sorted *sorted;
	int r;

	if (*file == '.' || !has_suffix(file, ".efi"))
		return 0;
	below = text_format("/EFI/Linux/%s", file);
	sorted = below ? append(listing) : NULL;
	if (!sorted)
		return -ENOMEM;
	sorted->entry.volume = listing->volume;
	sorted->entry.id = make_id(file, ".efi", &sorted->order.has_no_tries_left);
	if (!sorted->entry.id)
		return -ENOMEM;
	r = unified_fill(listing->reading, listing->volume, below, &sorted->entry, &osrel);
	if (r == 0)
		read_osrel(osrel, &sorted->order);
	if (r == 0)
		r = entry_finish(listing->reading, &sorted->entry);
	if (r == -EMEDIUMTYPE) { /* no kernel in it: not an entry */
		entry_done(&listing->items[--listing->n].entry);
		return 0;
	}
	return r;
}

/* The default ------------------------------------------------------------------------------ */

/* The variables, which bootctl and keys in the menu write, come before loader.conf, which waits for no time
 * unless it says so. */
static bool is_menu_hidden(const struct root *root, const char *settings)
{
	char timeout[32];

	if (!loader_variable(root, "LoaderConfigTimeoutOneShot", timeout, sizeof(timeout)) &&
	    !loader_variable(root, "LoaderConfigTimeout", timeout, sizeof(timeout)) &&
	    !entry_value(settings, "timeout", timeout, sizeof(timeout)))
		return true;
	return streq(timeout, "0") || streq(timeout, "menu-hidden") ||
	       streq(timeout, "menu-disabled");
}

/* loader.conf of the first volume that has one. */
static int read_settings(struct listing *listing, const struct chain_volume *const *volumes,
			 size_t n_volumes, char wanted[static WORD_SIZE])
{
	_cleanup_free_ char *text = NULL;
	int r = -ENOENT;

	for (size_t i = 0; i < n_volumes && r < 0 && r != -ENOMEM; i++)
		r = read_text(listing->reading, volumes[i], "/loader/loader.conf", &text,
			      NULL);
	if (r == -ENOMEM)
		return r;
	if (r == 0)
		entry_value(text, "default", wanted, WORD_SIZE);
	listing->reading->chain->is_menu_hidden =
		is_menu_hidden(listing->reading->root, text ?: "");
	return 0;
}

/* A pattern for names with or without their suffix. */
static bool is_chosen(const char *wanted, const struct chain_entry *entry)
{
	_cleanup_free_ char *name = text_format("%s%s", entry->id, suffix_of(entry));

	return fnmatch(wanted, entry->id, 0) == 0 ||
	       (name && fnmatch(wanted, name, 0) == 0);
}

static bool choose(struct listing *listing, const char *wanted)
{
	for (size_t i = 0; i < listing->n && *wanted; i++) {
		struct chain_entry *entry = &listing->items[i].entry;

		if (!is_chosen(wanted, entry))
			continue;
		entry->is_default = true;
		return true;
	}
	return false;
}

/* The variables come before loader.conf; one of them is for the next boot alone. */
static void choose_systemd(struct listing *listing, char wanted[static WORD_SIZE])
{
	const struct root *root = listing->reading->root;
	char variable[WORD_SIZE];

	if (loader_variable(root, "LoaderEntryOneShot", variable, sizeof(variable)) &&
	    choose(listing, variable))
		return;
	if (loader_variable(root, "LoaderEntryDefault", variable, sizeof(variable)))
		snprintf(wanted, WORD_SIZE, "%s", variable);
	if (streq(wanted, "@saved"))
		loader_variable(root, "LoaderEntryLastBooted", wanted, WORD_SIZE);
	if (!choose(listing, wanted))
		choose(listing, "*");
}

/* saved_entry in the environment block, or a number. */
static void choose_grub(struct listing *listing)
{
	const char *chosen = listing->grub->chosen ?: "0";
	size_t number = isdigit((unsigned char)*chosen) ? strtoul(chosen, NULL, 10) : 0;

	for (size_t i = 0; i < listing->n; i++)
		if (streq(listing->items[i].entry.id, chosen)) {
			listing->items[i].entry.is_default = true;
			return;
		}
	if (number < listing->n && !choose(listing, chosen))
		listing->items[number].entry.is_default = true;
}

/* ------------------------------------------------------------------------------------------ */

static int list(struct listing *listing, const struct chain_volume *volume,
		const char *below, root_entry *take)
{
	_cleanup_free_ char *path = NULL, *name = NULL;
	const struct root *root;
	int r;

	if (volume->state != VOLUME_READ)
		return 0;
	listing->volume = volume;
	r = volume_locate(listing->reading->root, volume, below, &root, &path, &name);
	if (r == 0)
		r = root_list(root, path, take, listing);
	return r == -ENOMEM ? r : 0;
}

static int keep(struct listing *listing)
{
	struct chain *chain = listing->reading->chain;

	for (size_t i = 0; i < listing->n; i++) {
		if (array_reserve(&chain->entries, chain->n_entries,
				  &chain->entries_capacity, sizeof(*chain->entries)) < 0)
			return -ENOMEM;
		chain->entries[chain->n_entries++] = listing->items[i].entry;
		listing->items[i].entry = (struct chain_entry){};
	}
	return 0;
}

int file_entries_read(struct reading *reading, const struct chain_volume *const *volumes,
		      size_t n_volumes, const struct grub_config *grub,
		      const char *environment)
{
	struct listing listing = { .reading = reading,
				   .grub = grub,
				   .environment = environment };
	char wanted[WORD_SIZE] = "";
	int r = 0;

	for (size_t i = 0; i < n_volumes && r == 0; i++) {
		r = list(&listing, volumes[i], "/loader/entries", take_file);
		if (r == 0 && !grub)
			r = list(&listing, volumes[i], "/EFI/Linux", take_unified);
	}
	if (listing.n)
		qsort(listing.items, listing.n, sizeof(*listing.items), compare);
	if (r == 0 && !grub && listing.n)
		r = read_settings(&listing, volumes, n_volumes, wanted);
	if (r == 0 && grub)
		choose_grub(&listing);
	else if (r == 0)
		choose_systemd(&listing, wanted);
	if (r == 0)
		r = keep(&listing);
	for (size_t i = 0; i < listing.n; i++)
		entry_done(&listing.items[i].entry);
	free(listing.items);
	return r;
}
