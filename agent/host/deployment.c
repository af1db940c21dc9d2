// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells what kind of image a system runs from whose files come as a whole. Reads what the system's own
 * tools left for this boot, never the distribution's name. Runs nothing.
 */
#include "host/deployment.h"

#include "base/parameter.h"
#include "facts/platform.h"

#include <limits.h>
#include <stdio.h>

#define FILE_SIZE_MAX (256 * 1024)

/* ostree -------------------------------------------------------------------------------------- */

/*
 * ostree=/ostree/boot.1/NAME/CHECKSUM/0 is a link to ../../../deploy/NAME/deploy/COMMIT.0, and the
 * origin of that deployment lies beside it (ostree's documentation, "Deployments").
 */
static char *find_origin(const struct root *root)
{
	_cleanup_free_ char *cmdline = NULL, *link = NULL;
	char target[PATH_MAX];
	const char *deploy;
	struct span value;

	if (platform_read_cmdline(root, &cmdline) < 0 ||
	    !parameter_find_value(cmdline, "ostree", &value))
		return NULL;
	link = strndup(value.text, value.size);
	if (!link || root_readlink(root, link, target, sizeof(target)) < 0)
		return NULL;
	deploy = strstr(target, "deploy/");
	return deploy ? text_format("/ostree/%s.origin", deploy) : NULL;
}

bool deployment_is_container(const struct root *root)
{
	_cleanup_free_ char *path = find_origin(root), *text = NULL;
	const char *cursor;
	size_t size;

	if (!path || root_read_file(root, path, FILE_SIZE_MAX, &text, &size) < 0)
		return false;
	cursor = text;
	return text_next_line(&cursor, "container-image-reference=", &size);
}

/* The root file system ------------------------------------------------------------------------ */

/* "36 35 98:0 / /point options ...": proc_pid_mountinfo(5) */
static bool is_of_root(char *line, const char **ret_options)
{
	const char *point = NULL;

	for (size_t i = 0; i < 5; i++)
		point = strsep(&line, " ");
	if (!point || !line || !streq(point, "/"))
		return false;
	*ret_options = strsep(&line, " ");
	return true;
}

bool deployment_is_read_only(const struct root *root)
{
	_cleanup_free_ char *text = NULL;
	const char *options = "";
	char *rest, *line;
	size_t size;

	if (root_read_file(root, "/proc/self/mountinfo", FILE_SIZE_MAX, &text, &size) < 0)
		return false;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		(void)is_of_root(line, &options); /* the last one covers the others */
	return has_prefix(options, "ro") && (options[2] == ',' || !options[2]);
}

/* Containers -------------------------------------------------------------------------------- */

bool deployment_is_in_container(const struct root *root)
{
	/* podman and buildah; docker; systemd in a container of any kind */
	static const char *const marks[] = { "/run/.containerenv", "/.dockerenv",
					     "/run/systemd/container" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (root_exists(root, marks[i]))
			return true;
	return false;
}
