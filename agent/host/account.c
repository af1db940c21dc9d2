// SPDX-License-Identifier: GPL-2.0-or-later
/* Says whether a user or a group exists. Below a sysroot only its own files count, and no other service. */
#include "host/account.h"

#include "base/text.h"

#include <grp.h>
#include <pwd.h>

#define SIZE_MOST (1024 * 1024)

static bool is_in_file(const struct root *root, const char *path, const char *name)
{
	_cleanup_free_ char *text = NULL, *key = text_format("%s:", name);
	const char *cursor;
	size_t size;

	if (!key || root_read_file(root, path, SIZE_MOST, &text, &size) < 0)
		return false;
	cursor = text;
	return text_next_line(&cursor, key, &size);
}

bool account_has_user(const struct root *root, const char *name)
{
	return root->is_live ? getpwnam(name) != NULL :
			       is_in_file(root, "/etc/passwd", name);
}

bool account_has_group(const struct root *root, const char *name)
{
	return root->is_live ? getgrnam(name) != NULL :
			       is_in_file(root, "/etc/group", name);
}
