// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads which of our systemd units are enabled. */
#include "host/units.h"

#include <stdio.h>

#define ENABLED_FOLDER "/etc/systemd/system"
#define PATH_SIZE 512

/* systemd's search path (systemd.unit(5)); the first two folders are the administrator's. */
static const char *const unit_folders[] = {
	ENABLED_FOLDER,
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
};

bool unit_is_installed(const struct root *root, const char *unit)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(unit_folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", unit_folders[i], unit);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

bool unit_is_masked(const struct root *root, const char *unit)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_SIZE], target[PATH_SIZE];
	size_t size;

	snprintf(path, sizeof(path), ENABLED_FOLDER "/%s", unit);
	if (root_readlink(root, path, target, sizeof(target)) == 0)
		return streq(target, "/dev/null");
	return root_read_file(root, path, 64 * 1024, &text, &size) == 0 && !size;
}

struct search {
	const struct root *root;
	const char *folder, *unit;
	bool is_found;
};

static int look_into(const char *name, void *data)
{
	struct search *search = data;
	const char *suffix = strrchr(name, '.');
	char path[PATH_SIZE];

	if (!suffix || (!streq(suffix, ".wants") && !streq(suffix, ".requires")))
		return 0;
	snprintf(path, sizeof(path), "%s/%s/%s", search->folder, name, search->unit);
	search->is_found |= root_exists(search->root, path);
	return 0;
}

bool unit_is_enabled(const struct root *root, const char *unit)
{
	struct search search = { .root = root, .unit = unit };

	if (unit_is_masked(root, unit) || !unit_is_installed(root, unit))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(unit_folders) && !search.is_found; i++) {
		search.folder = unit_folders[i];
		if (root_list(root, search.folder, look_into, &search) < 0)
			continue; /* few systems have all of these folders */
	}
	return search.is_found;
}
