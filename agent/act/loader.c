// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads a module without reading an index: its order, files and options were written into the
 * image when it was built. Falls back to libkmod wherever the record does not fit exactly, and
 * loads libkmod only then, because its libcrypto costs more than all the agent's own work. Never
 * passes `ids=` to vfio_pci.
 */
#include "act/loader.h"

#include "base/parameter.h"
#include "base/text.h"

#include <linux/module.h>
#include <stdio.h>
#include <sys/syscall.h>

#define LOADED_PATH "/proc/modules"
#define LOADED_SIZE_MAX (1 << 20)

/* A kernel decompresses modules of one format only, the one it was built for. */
static bool is_decompressed_by_kernel(const struct root *root, const char *suffix)
{
	char kind[16];

	if (root_read_line(root, "/sys/module/compression", kind, sizeof(kind)) < 0)
		return false;
	return (streq(suffix, ".xz") && streq(kind, "xz")) ||
	       (streq(suffix, ".zst") && streq(kind, "zstd")) ||
	       (streq(suffix, ".gz") && streq(kind, "gzip"));
}

/* Saves milliseconds: the kernel reads and verifies the whole file before it returns EEXIST. A list that cannot
 * be read counts as empty. */
static bool is_loaded(const char *loaded, const char *module)
{
	char key[sizeof(((struct record_load *)0)->name) + 1];
	size_t size;

	snprintf(key, sizeof(key), "%s ", module);
	return text_next_line(&loaded, key, &size);
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

/*
 * Does the kernel command line set a parameter of this module? The kernel applies those to built-in
 * code only; libkmod adds them for a module (libkmod-config.c). vfio_pci.ids is never passed on, so
 * it needs no libkmod.
 */
static bool has_parameter_for(const char *cmdline, const char *module)
{
	size_t size = strlen(module);
	struct parameter parameter, prefix;

	while (parameter_next(&cmdline, &parameter)) {
		prefix = parameter;
		prefix.name_size = size;
		if (parameter.name_size > size && parameter.name[size] == '.' &&
		    parameter_is(&prefix, module) &&
		    !parameter_is(&parameter, GENERIC_VFIO ".ids"))
			return true;
	}
	return false;
}

/* 0: loaded, or optional. -ECANCELED: needed, but in `never`. */
static int load_step(const struct root *root, struct record_load *load,
		     const char *loaded, const struct strings *never)
{
	int r;

	if (is_loaded(loaded, load->name))
		return 0;
	if (never && strings_have(never, load->name))
		return load->is_needed ? -ECANCELED : 0;
	if (streq(load->name, GENERIC_VFIO))
		options_drop_ids(load->options);
	r = insert(root, load);
	return load->is_needed ? r : 0;
}

/* 0: all of it is loaded. Anything else: ask libkmod. */
static int load_by_record(const struct load_sources *sources, const char *name,
			  const struct strings *never)
{
	const struct root *root = sources->root;
	_cleanup_free_ char *loaded = NULL;
	const char *cursor = NULL;
	struct record_load load;
	bool is_any = false;
	size_t size;
	int r = 0;

	if (!sources->record->text || !root->is_live)
		return -ENOENT;
	(void)!root_read_file(root, LOADED_PATH, LOADED_SIZE_MAX, &loaded, &size);
	while (r == 0 && record_next_load(sources->record, name, &cursor, &load)) {
		is_any = true;
		if (streq(load.path, "builtin"))
			continue;
		if (has_parameter_for(sources->cmdline, load.name))
			return -EOPNOTSUPP;
		r = load_step(root, &load, loaded, never);
	}
	return r < 0 ? r : is_any ? 0 : -ENOENT;
}

int loader_load(const struct load_sources *sources, const char *name,
		const struct strings *never)
{
	int r = load_by_record(sources, name, never);

	return r == 0 || r == -ECANCELED ? r : modules_load(sources->modules, name, never);
}

static int take_driver(const char *name, void *data)
{
	char **driver = data;

	if (!has_prefix(name, "pci:"))
		return 0;
	*driver = strdup(name + 4);
	return *driver ? 1 : -ENOMEM;
}

int loader_find_driver(const struct root *root, const char *module, char **ret_driver)
{
	char path[128];
	int r;

	if (streq(module, GENERIC_VFIO)) {
		*ret_driver = strdup("vfio-pci");
		return *ret_driver ? 0 : -ENOMEM;
	}
	snprintf(path, sizeof(path), "/sys/module/%s/drivers", module);
	r = root_list(root, path, take_driver, ret_driver);
	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}
