// SPDX-License-Identifier: GPL-2.0-or-later
/* Are the units of the real root enabled: what verifies, what confirms, what sees hibernation? */
#include "cmd/setup/units.h"

#include "cmd/setup/child.h"

#include <stdio.h>

#define ENABLED_FOLDER "/etc/systemd/system"
#define PATH_SIZE 512

/* systemd.unit(5), where units are found; the first two are the administrator's. */
static const char *const unit_folders[] = {
	ENABLED_FOLDER,
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
};

static bool is_installed(const struct root *root, const char *unit)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(unit_folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", unit_folders[i], unit);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

/* A link to /dev/null, or an empty file, in place of the unit (systemctl mask). */
static bool is_masked(const struct root *root, const char *unit)
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

	if (is_masked(root, unit) || !is_installed(root, unit))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(unit_folders) && !search.is_found; i++) {
		search.folder = unit_folders[i];
		if (root_list(root, search.folder, look_into, &search) < 0)
			continue; /* few systems have all of them */
	}
	return search.is_found;
}

static void enable(const struct root *root, const char *unit, bool is_dry)
{
	const char *const command[] = { "systemctl", "enable", unit, NULL };
	char line[128];
	int r;

	if (!is_installed(root, unit) || unit_is_enabled(root, unit))
		return;
	if (is_masked(root, unit)) {
		printf("%s is masked, and stays so.\n", unit);
		return;
	}
	child_format(command, line, sizeof(line));
	if (is_dry) {
		printf("Would run: %s\n", line);
		return;
	}
	printf("Running: %s\n", line);
	fflush(stdout);
	r = child_run(command);
	if (r)
		fprintf(stderr,
			"vfio-claim: '%s' failed%s%s: the claim is made, but nothing %s\n"
			"  remedy: mend that, then run it by hand and 'vfio-claim setup --rebuild'\n",
			line, r < 0 ? ": " : "", r < 0 ? strerror(-r) : "",
			streq(unit, UNIT_CONFIRM) ?
				"confirms a boot on trial, so there is no trial" :
			streq(unit, UNIT_HIBERNATE) ?
				"says that a boot which resumes is no failed one" :
				"looks again after boot");
}

void units_enable(const struct root *root, bool is_dry)
{
	if (!root_exists(root, "/usr/lib/systemd/systemd") &&
	    !root_exists(root, "/lib/systemd/systemd"))
		return;
	enable(root, UNIT_VERIFY, is_dry);
	enable(root, UNIT_CONFIRM, is_dry);
	enable(root, UNIT_HIBERNATE, is_dry);
}
