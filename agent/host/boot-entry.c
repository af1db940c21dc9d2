// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the default entry of a boot menu made of files (systemd-boot, Fedora's GRUB) and composes
 * its twin without the claim. Writes nothing.
 *
 * Format: https://uapi-group.org/specifications/specs/boot_loader_specification
 */
#include "host/boot-entry.h"

#include "base/buffer.h"
#include "host/chain/entry-text.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>

#define ENTRY_SIZE_MAX (64 * 1024)
#define VERSION_SIZE 128

/* `top` is the mount point of a file system that firmware or GRUB reads. Paths in entries begin
 * there. */
static const struct {
	const char *top, *folder, *settings;
} places[] = {
	{ "/boot", "/boot/loader/entries", "/boot/loader/loader.conf" },
	{ "/efi", "/efi/loader/entries", "/efi/loader/loader.conf" },
	{ "/boot/efi", "/boot/efi/loader/entries", "/boot/efi/loader/loader.conf" },
};

void boot_entry_done(struct boot_entry *entry)
{
	free(entry->name);
	free(entry->text);
	*entry = (struct boot_entry){};
}

/* What an entry names ---------------------------------------------------------------------- */

static bool has_file(const struct root *root, const char *top, const char *file)
{
	char path[PATH_MAX];
	const char *below;

	if (snprintf(path, sizeof(path), "%s/%s", top, file + strspn(file, "/")) <
		    (int)sizeof(path) &&
	    root_exists(root, path))
		return true;
	/* /boot may be in the root file system, and that in a subvolume: /root/boot/vmlinuz. */
	below = strstr(file, "/boot/");
	return below && root_exists(root, below);
}

/* The first missing file, to be freed. GRUB replaces words that begin with '$'. */
static char *find_missing(const struct root *root, const char *top, const char *text)
{
	struct span rest = { text, strlen(text) };
	struct entry_line line;
	char file[PATH_MAX];

	while (entry_line_next(&rest, &line)) {
		if (!span_equal(line.key, "linux") && !span_equal(line.key, "initrd"))
			continue;
		while (line.value.size) {
			struct span word = span_next(&line.value, " \t");

			snprintf(file, sizeof(file), "%.*s", (int)word.size, word.text);
			if (word.size && *word.text != '$' && !has_file(root, top, file))
				return strdup(file);
		}
	}
	return NULL;
}

static int read_entry(const struct root *root, const char *path, char **ret_text)
{
	size_t size;

	return root_read_file(root, path, ENTRY_SIZE_MAX, ret_text, &size);
}

char *boot_entry_find_missing(const struct root *root, const char *path)
{
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t size = strlen(places[i].folder);

		if (!has_prefix(path, places[i].folder) || path[size] != '/')
			continue;
		return read_entry(root, path, &text) < 0 ?
			       NULL :
			       find_missing(root, places[i].top, text);
	}
	return NULL;
}

/* The entry to copy ------------------------------------------------------------------------ */

struct finding_entry {
	const struct root *root;
	size_t place;
	char wanted[256]; /* loader.conf's default; "": none */
	struct boot_entry best;
	char best_version[VERSION_SIZE];
	bool is_best_default;
};

/* The default may be a pattern, for names with or without ".conf". */
static bool is_default(const char *wanted, const char *name)
{
	char stem[NAME_MAX + 1];

	snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(name) - strlen(".conf")), name);
	return *wanted && *wanted != '@' &&
	       (fnmatch(wanted, name, 0) == 0 || fnmatch(wanted, stem, 0) == 0);
}

/* Does the entry boot a kernel and an image of this system? Rescue entries, unified images and
 * other systems' entries do not. */
static bool is_usable(const struct finding_entry *finding, const char *text,
		      char version[static VERSION_SIZE])
{
	_cleanup_free_ char *missing = NULL;
	char path[VERSION_SIZE + 32];

	if (!entry_has_key(text, "linux") || !entry_has_key(text, "initrd") ||
	    !entry_has_key(text, "options") || entry_has_key(text, "efi"))
		return false;
	*version = '\0';
	if (entry_value(text, "version", version, VERSION_SIZE)) {
		snprintf(path, sizeof(path), "/lib/modules/%s", version);
		if (strchr(version, '/') || !root_exists(finding->root, path))
			return false;
	}
	missing = find_missing(finding->root, places[finding->place].top, text);
	return !missing;
}

/* Among names without a version the shortest is the plain one: arch, not arch-fallback. */
static bool is_better(const struct finding_entry *finding, const char *name,
		      const char *version)
{
	const struct boot_entry *best = &finding->best;
	bool is_wanted = is_default(finding->wanted, name);
	int order;

	if (!best->name)
		return true;
	if (is_wanted != finding->is_best_default)
		return is_wanted;
	order = strverscmp(version, finding->best_version);
	if (order)
		return order > 0;
	if (strlen(name) != strlen(best->name))
		return strlen(name) < strlen(best->name);
	return strcmp(name, best->name) < 0;
}

static int consider(const char *name, void *data)
{
	struct finding_entry *finding = data;
	const char *folder = places[finding->place].folder;
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX], version[VERSION_SIZE];
	int r;

	if (*name == '.' || !has_suffix(name, ".conf") || has_suffix(name, ENTRY_SUFFIX))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	r = read_entry(finding->root, path, &text);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!is_usable(finding, text, version) || !is_better(finding, name, version))
		return 0;
	boot_entry_done(&finding->best);
	finding->best = (struct boot_entry){
		.folder = folder,
		.name = strdup(name),
		.text = steal(text),
	};
	strcpy(finding->best_version, version);
	finding->is_best_default = is_default(finding->wanted, name);
	return finding->best.name ? 0 : -ENOMEM;
}

static void read_default(struct finding_entry *finding)
{
	_cleanup_free_ char *text = NULL;

	*finding->wanted = '\0';
	if (read_entry(finding->root, places[finding->place].settings, &text) == 0)
		entry_value(text, "default", finding->wanted, sizeof(finding->wanted));
}

int boot_entry_find(const struct root *root, struct boot_entry *ret_entry)
{
	struct finding_entry finding = { .root = root };
	int r;

	for (; finding.place < ARRAY_SIZE(places); finding.place++) {
		read_default(&finding);
		r = root_list(root, places[finding.place].folder, consider, &finding);
		if (r == -ENOMEM) {
			boot_entry_done(&finding.best);
			return r;
		}
		if (finding.best.name) {
			*ret_entry = finding.best;
			return 0;
		}
	}
	return -ENOENT;
}

/* Ours ------------------------------------------------------------------------------------- */

/*
 * Loaders list entries without a sort key last, by name, the newest version first: TOKEN-0-... is
 * listed after TOKEN-6.1.0 whatever the token is, like Fedora's rescue entry.
 */
static int make_name(const struct boot_entry *entry, char **ret_name)
{
	char version[VERSION_SIZE];
	size_t size = strlen(entry->name) - strlen(".conf");
	const char *found, *counter;

	if (entry_value(entry->text, "version", version, sizeof(version)) &&
	    (found = strstr(entry->name, version)) && found > entry->name &&
	    found[-1] == '-')
		size = found - 1 - entry->name;
	else if ((counter = strchr(entry->name, '+'))) /* tries left, see the specification */
		size = counter - entry->name;
	*ret_name = text_format("%.*s" ENTRY_SUFFIX, (int)size, entry->name);
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

int boot_entry_without_claim(const struct boot_entry *entry, char **ret_name,
			     char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	struct span rest = { entry->text, strlen(entry->text) };
	struct buffer buffer;
	struct entry_line line;
	FILE *stream;
	int r;

	if (buffer_open(&buffer) < 0)
		return -ENOMEM;
	stream = buffer.stream;
	fputs("# Written by 'vfio-claim setup --menu-entry'; 'vfio-claim remove' deletes it.\n",
	      stream);
	if (!entry_has_key(entry->text, "title"))
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
	r = buffer_close(&buffer, &text);
	if (r == 0)
		r = make_name(entry, ret_name);
	if (r == 0)
		*ret_text = steal(text);
	return r;
}

struct finding_ours {
	struct strings *paths;
	const char *folder;
};

static int add_ours(const char *name, void *data)
{
	struct finding_ours *finding = data;
	char path[PATH_MAX];

	if (*name == '.' || !has_suffix(name, ENTRY_SUFFIX))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", finding->folder, name);
	return strings_add(finding->paths, path);
}

int boot_entry_find_ours(const struct root *root, struct strings *ret_paths)
{
	struct strings paths = {};
	struct finding_ours finding = { .paths = &paths };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		finding.folder = places[i].folder;
		if (root_list(root, places[i].folder, add_ours, &finding) == -ENOMEM) {
			strings_done(&paths);
			return -ENOMEM;
		}
	}
	*ret_paths = paths;
	return 0;
}
