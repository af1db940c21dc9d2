// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the image record, lines of words that `vfio-claim image-record` writes; docs/design.md lists
 * them. Never looks at the system.
 */
#include "facts/record.h"

#include <fnmatch.h>
#include <stdio.h>

#define RECORD_SIZE_MAX (4 << 20)

/* Aliases are most of a record, and its last lines. Cut off, they do not slow down the search for
 * other lines. */
static void part_aliases(struct record *record)
{
	char *first = strstr(record->text, "\nalias ");
	bool has_variant = false;
	const char *cursor;
	size_t size;

	if (!first)
		return;
	for (cursor = first + 1; has_prefix(cursor, "alias ");) {
		has_variant |= has_prefix(cursor + strlen("alias "), "vfio_");
		(void)text_next_line(&cursor, "", &size);
	}
	if (*cursor)
		return;
	record->has_no_variant = !has_variant;
	*first = '\0';
	record->aliases = first + 1;
}

static const char *aliases_of(const struct record *record)
{
	return record->aliases ? record->aliases : record->text;
}

/* Older records have no `card` lines. Their line for each function only shows how many of a kind
 * there were. */
static int read_modaliases(struct record *record)
{
	const char *cursor = record->text, *line;
	unsigned vendor, device, subvendor, subdevice;
	size_t size;

	while ((line = text_next_line(&cursor, "modalias ", &size))) {
		struct known_card card = { .identity = { .has_id = true,
							 .has_subsystem = true } };

		if (sscanf(line, "pci:v%8Xd%8Xsv%8Xsd%8X", &vendor, &device, &subvendor,
			   &subdevice) != 4)
			continue;
		card.identity.id = (struct pci_id){ vendor, device };
		card.identity.subsystem = (struct pci_id){ subvendor, subdevice };
		if (known_add(&record->known, &card) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_identities(struct record *record)
{
	int r = known_parse(record->text, &record->known);

	if (r == 0 && !record->known.n)
		r = read_modaliases(record);
	if (r == 0)
		r = record_read_functions(record, "need ");
	if (r == 0)
		r = record_read_functions(record, "use ");
	return r < 0 ? r : record_read_functions(record, "display ");
}

static const char *find_value(const struct record *record, const char *key, size_t *ret_size)
{
	const char *cursor = record->text;

	return text_next_line(&cursor, key, ret_size);
}

int record_read(const struct root *root, struct record *record)
{
	const char *built_at;
	size_t size;
	int r;

	*record = (struct record){};
	r = root_read_file(root, RECORD_PATH, RECORD_SIZE_MAX, &record->text, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	part_aliases(record);
	built_at = find_value(record, "built-at ", &size);
	r = built_at && !(record->built_at = strndup(built_at, size)) ? -ENOMEM : 0;
	if (r == 0)
		r = read_identities(record);
	if (r < 0)
		record_done(record);
	return r;
}

void record_done(struct record *record)
{
	free(record->text);
	free(record->built_at);
	free(record->known.items);
	free(record->needs);
	*record = (struct record){};
}

bool record_is_confirmed_by(const struct record *record)
{
	size_t size;

	return find_value(record, "confirmed-by ", &size) && size;
}

/* Rivals ------------------------------------------------------------------------------- */

static int add_words(struct strings *strings, const char *words, size_t size)
{
	_cleanup_free_ char *copy = strndup(words, size);
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	while ((word = strsep(&rest, " ")))
		if (*word && strings_add_once(strings, word) < 0)
			return -ENOMEM;
	return 0;
}

/* fnmatch is expensive and most patterns do not match: first compare what precedes the wildcard,
 * eight characters at a time, as many patterns share the vendor's. */
static bool is_start_alike(const char *pattern, size_t size, const char *modalias,
			   size_t modalias_size)
{
	size_t most = size < modalias_size ? size : modalias_size, at = 0;
	uint64_t ours, theirs;

	for (; at + sizeof(ours) <= most; at += sizeof(ours)) {
		memcpy(&ours, pattern + at, sizeof(ours));
		memcpy(&theirs, modalias + at, sizeof(theirs));
		if (ours != theirs)
			break;
	}
	while (at < most && pattern[at] == modalias[at])
		at++;
	if (at == size)
		return false;
	return pattern[at] == '*' || pattern[at] == '?' || pattern[at] == '[' ||
	       (pattern[at] == ' ' && at == modalias_size);
}

int record_add_aliased(const char *aliases, const char *modalias, struct strings *modules)
{
	const size_t key_size = strlen("alias "), modalias_size = strlen(modalias);
	const char *next;

	/* Hundreds of lines, and seldom one that matters: without text_next_line(), in half the time. */
	for (const char *at = aliases; *at; at = next + (*next == '\n')) {
		const char *pattern = at + key_size;
		char line[512], *module;
		size_t size;

		next = strchrnul(at, '\n');
		if (next < pattern)
			continue;
		size = next - pattern;
		if (size >= sizeof(line) ||
		    !is_start_alike(pattern, size, modalias, modalias_size) ||
		    memcmp(at, "alias ", key_size))
			continue;
		memcpy(line, pattern, size);
		line[size] = '\0';
		module = strchr(line, ' ');
		if (!module)
			continue;
		*module++ = '\0';
		if (*module && !fnmatch(line, modalias, 0) &&
		    strings_add_once(modules, module) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool record_is_card_class(const char *pattern)
{
	static const char *const claimable[][2] = {
		{ "03", NULL }, { "04", "03" }, { "0C", "03" },
		{ "0C", "80" }, { "12", "00" },
	};
	const char *base = strstr(pattern, "bc"), *sub;

	if (!base)
		return false;
	base += 2;
	sub = strstr(base, "sc");
	if (*base == '*' || !sub)
		return true;
	sub += 2;
	for (size_t i = 0; i < ARRAY_SIZE(claimable); i++)
		if (!strncmp(base, claimable[i][0], 2) &&
		    (!claimable[i][1] || *sub == '*' || !strncmp(sub, claimable[i][1], 2)))
			return true;
	return false;
}

/* Does the record have all patterns for this vendor? */
static bool is_vendor_known(const struct record *record, const char *modalias)
{
	const char *cursor = record->text, *vendor;
	size_t size;

	while ((vendor = text_next_line(&cursor, "vendor ", &size)))
		if (!strncmp(modalias, vendor, size))
			return true;
	return false;
}

int record_find_rivals(const struct record *record, const char *modalias,
		       struct strings *rivals, bool *ret_is_known)
{
	const char *cursor = record->text, *line;
	size_t modalias_size = strlen(modalias), size;

	while ((line = text_next_line(&cursor, "modalias ", &size))) {
		if (size < modalias_size || memcmp(line, modalias, modalias_size) ||
		    (size > modalias_size && line[modalias_size] != ' '))
			continue;
		*ret_is_known = true;
		return add_words(rivals, line + modalias_size, size - modalias_size);
	}
	*ret_is_known = record_is_card_class(modalias) && is_vendor_known(record, modalias);
	return record_add_aliased(aliases_of(record), modalias, rivals);
}

int record_find_variants(const struct record *record, const char *modalias,
			 struct strings *variants)
{
	_cleanup_free_ char *alias = NULL;
	if (record->has_no_variant)
		return 0;
	alias = text_format("vfio_%s", modalias);
	if (!alias)
		return -ENOMEM;
	return record_add_aliased(aliases_of(record), alias, variants);
}

/* Modules ------------------------------------------------------------------------------ */

/* The rest of the next "load NAME ..." or "softdep NAME ..." line. */
static const char *next_step(const char **cursor, const char *name, size_t *ret_size,
			     bool *ret_is_needed)
{
	static const char *const keys[] = { "softdep ", "load " };
	size_t name_size = strlen(name), size;
	const char *line;

	while ((line = text_next_line(cursor, "", &size))) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			size_t used = strlen(keys[i]);

			if (size <= used + name_size + 1 || memcmp(line, keys[i], used) ||
			    memcmp(line + used, name, name_size) ||
			    line[used + name_size] != ' ')
				continue;
			used += name_size + 1;
			*ret_size = size - used;
			*ret_is_needed = i;
			return line + used;
		}
	}
	return NULL;
}

/* drivers/vfio/pci/vfio-pci.ko.xz is vfio_pci. */
static void name_module(struct record_load *load)
{
	const char *file = strrchr(load->path, '/');
	size_t used = 0;

	for (file = file ? file + 1 : ""; *file && *file != '.'; file++)
		if (used + 1 < sizeof(load->name))
			load->name[used++] = *file == '-' ? '_' : *file;
	load->name[used] = '\0';
}

static void take_piece(char *buffer, const char *text, size_t size)
{
	*(char *)mempcpy(buffer, text, size) = '\0';
}

bool record_next_load(const struct record *record, const char *name, const char **cursor,
		      struct record_load *ret_load)
{
	size_t size, path_size;
	const char *path;

	if (!*cursor)
		*cursor = record->text;
	path = next_step(cursor, name, &size, &ret_load->is_needed);
	if (!path)
		return false;
	path_size = strcspn(path, " \n");
	if (path_size > size || path_size >= sizeof(ret_load->path) ||
	    size - path_size >= sizeof(ret_load->options))
		return false;
	take_piece(ret_load->path, path, path_size);
	take_piece(ret_load->options, path + path_size + 1,
		   size > path_size ? size - path_size - 1 : 0);
	name_module(ret_load);
	return true;
}

int record_find_needed(const struct record *record, const char *name, struct strings *needed)
{
	const char *cursor = NULL;
	struct record_load load;
	int r = -ENOENT;

	while (record_next_load(record, name, &cursor, &load)) {
		r = 0;
		if (load.is_needed && *load.name && strings_add_once(needed, load.name) < 0)
			return -ENOMEM;
	}
	return r;
}

const char *record_find_left_out(const struct record *record, size_t *ret_size)
{
	return find_value(record, "left-out ", ret_size);
}
