// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the index of one kernel's modules. Never takes a missing or damaged index for
 * a kernel without modules: its drivers are unknown.
 */
#include "facts/module-index.h"

#include <stdio.h>

#define ALIASES_SIZE_MAX (32 << 20)
#define PATH_SIZE 256

static const char *index_file(const struct module_index *index, const char *name,
			      char buffer[static PATH_SIZE])
{
	snprintf(buffer, PATH_SIZE, "/lib/modules/%s/%s", index->release, name);
	return buffer;
}

/* To libkmod a damaged index looks like an empty one (libkmod-index.c). */
static bool is_binary(const struct root *root, const struct module_index *index,
		      const char *name)
{
	static const unsigned char magic[] = { 0xb0, 0x07, 0xf4, 0x57 };
	unsigned char start[sizeof(magic)];
	char path[PATH_SIZE];
	_cleanup_close_ int fd = root_open_file(root, index_file(index, name, path));

	return fd >= 0 && read(fd, start, sizeof(start)) == sizeof(start) &&
	       !memcmp(start, magic, sizeof(magic));
}

enum index_kind module_index_find(const struct root *root, struct module_index *index)
{
	char path[PATH_SIZE];
	size_t size;

	if (index->kind != INDEX_NOT_LOOKED_FOR)
		return index->kind;
	if (is_binary(root, index, "modules.dep.bin") &&
	    is_binary(root, index, "modules.alias.bin"))
		index->kind = INDEX_BINARY;
	else if (root_read_file(root, index_file(index, "modules.alias", path),
				ALIASES_SIZE_MAX, &index->aliases, &size) == 0)
		index->kind = INDEX_TEXT;
	else
		index->kind = INDEX_NONE;
	return index->kind;
}

void module_index_done(struct module_index *index)
{
	free(index->release);
	free(index->aliases);
	*index = (struct module_index){};
}
