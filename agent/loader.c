// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load a module without asking an index: the order, files and options were written into the
 * image when it was built. libkmod answers whenever that does not hold to the letter; it is
 * loaded only then, because what it links (libcrypto) costs more than all the agent's own work.
 */
#include "loader.h"

#include <linux/module.h>
#include <stdio.h>
#include <sys/syscall.h>

/* The kernel takes a compressed file only of the kind that it was built for. */
static bool is_decompressed_by_kernel(const struct root *root, const char *suffix)
{
	char kind[16];

	if (root_read_line(root, "/sys/module/compression", kind, sizeof(kind)) < 0)
		return false;
	return (streq(suffix, ".xz") && streq(kind, "xz")) ||
	       (streq(suffix, ".zst") && streq(kind, "zstd")) ||
	       (streq(suffix, ".gz") && streq(kind, "gzip"));
}

/* The kernel would read and verify the whole file before it says EEXIST: that is milliseconds. */
static bool is_loaded(const struct root *root, const char *path)
{
	const char *file = strrchr(path, '/');
	char state[128] = "/sys/module/";
	size_t used = strlen(state);

	file = file ? file + 1 : path;
	for (; *file && *file != '.' && used < sizeof(state) - sizeof("/initstate"); file++)
		state[used++] = *file == '-' ? '_' : *file;
	snprintf(state + used, sizeof(state) - used, "/initstate");
	return root_exists(root, state);
}

static int insert(const struct root *root, const struct record_load *load)
{
	const char *suffix = strrchr(load->path, '.');
	_cleanup_close_ int fd = root_open_file(root, load->path);
	int flags = 0;

	if (fd < 0)
		return fd;
	if (!suffix)
		return -EINVAL;
	if (!streq(suffix, ".ko")) {
		if (!is_decompressed_by_kernel(root, suffix))
			return -EOPNOTSUPP;
		flags = MODULE_INIT_COMPRESSED_FILE;
	}
	if (syscall(SYS_finit_module, fd, load->options, flags) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* "vfio-pci.ids=" and the like on the kernel command line are options that libkmod would add. */
static bool has_parameter_for(const char *cmdline, const char *path)
{
	const char *file = strrchr(path, '/');
	size_t size;

	file = file ? file + 1 : path;
	size = strcspn(file, ".");
	for (const char *word = cmdline; *word; word += strspn(word, " \n")) {
		bool is_same = true;

		for (size_t i = 0; i < size && is_same; i++)
			is_same = word[i] == file[i] || (strchr("-_", word[i]) &&
							 word[i] && strchr("-_", file[i]));
		if (is_same && word[size] == '.')
			return true;
		word += strcspn(word, " \n");
	}
	return false;
}

/* 0: all of it is loaded. Anything else: ask libkmod. */
static int load_by_record(const struct root *root, const struct record *record,
			  const char *name)
{
	_cleanup_free_ char *cmdline = NULL;
	const char *cursor = NULL;
	struct record_load load;
	bool is_any = false;
	size_t size;
	int r;

	if (!record->text || !root->is_live)
		return -ENOENT;
	r = root_read_file(root, "/proc/cmdline", 64 * 1024, &cmdline, &size);
	while (r == 0 && record_next_load(record, name, &cursor, &load)) {
		is_any = true;
		if (streq(load.path, "builtin"))
			continue;
		if (has_parameter_for(cmdline, load.path))
			return -EOPNOTSUPP;
		if (!is_loaded(root, load.path))
			r = insert(root, &load);
	}
	return r < 0 ? r : is_any ? 0 : -ENOENT;
}

int loader_load(const struct root *root, const struct record *record,
		struct modules *modules, const char *name)
{
	if (load_by_record(root, record, name) == 0)
		return 0;
	return modules_load(modules, name);
}
