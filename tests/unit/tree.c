// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds the system of tree.h. */
#include "tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

static void make_folders(int folder, const char *path)
{
	char *copy = strdup(path);

	assert_non_null(copy);
	for (char *slash = copy; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (mkdirat(folder, copy, 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
	free(copy);
}

static void write_bytes(int fd, const char *hex)
{
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		assert_int_equal(write(fd, &(uint8_t){ byte }, 1), 1);
}

static void write_value(int folder, const char *path, const char *value)
{
	int fd = openat(folder, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	if (has_prefix(value, "@hex:")) {
		write_bytes(fd, value + strlen("@hex:"));
		close(fd);
		return;
	}
	for (; *value; value++) {
		bool is_break = value[0] == '\\' && value[1] == 'n';

		assert_int_equal(write(fd, is_break ? "\n" : value, 1), 1);
		value += is_break;
	}
	assert_int_equal(write(fd, "\n", 1), 1);
	close(fd);
}

static void make_entry(int folder, char *line)
{
	char *value;

	if ((value = strstr(line, " -> "))) {
		*value = '\0';
		make_folders(folder, line);
		if (symlinkat(value + 4, folder, line) < 0)
			fail_msg("%s: %s", line, strerror(errno));
	} else if ((value = strstr(line, " = "))) {
		*value = '\0';
		make_folders(folder, line);
		write_value(folder, line, value + 3);
	} else {
		value = strstr(line, " /");
		assert_non_null(value);
		strcpy(value, "/");
		make_folders(folder, line);
	}
}

void tree_make(struct tree *tree, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *line, *rest = copy;
	int folder;

	strcpy(tree->folder, "/tmp/vfio-claim-tree-XXXXXX");
	assert_non_null(copy);
	assert_non_null(mkdtemp(tree->folder));
	folder = open(tree->folder, O_RDONLY | O_DIRECTORY);
	assert_true(folder >= 0);
	while ((line = strsep(&rest, "\n")))
		if (*line && *line != '#')
			make_entry(folder, line);
	close(folder);
	assert_int_equal(root_open(&tree->root, tree->folder), 0);
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void tree_remove(struct tree *tree)
{
	root_done(&tree->root);
	nftw(tree->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
