// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which module would drive this function, is a module here, and load it. The owner of libkmod.
 * Decides nothing: four answers for "is it here", the kernel's errno for "did it load".
 */
#include "modules.h"

#include <libkmod.h>
#include <stdarg.h>
#include <stdio.h>

#define GENERIC_VFIO "vfio_pci"

struct modules {
	struct kmod_ctx *context;
};

static void ignore_log(void *data, int priority, const char *file, int line,
		       const char *fn, const char *format, va_list arguments)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format;
	(void)arguments;
}

static void free_list(struct kmod_list **list)
{
	kmod_module_unref_list(*list);
}

static void unref_module(struct kmod_module **module)
{
	kmod_module_unref(*module);
}

/* The running system has libkmod's own folders; below a sysroot the same ones, prefixed. */
static int config_paths(const struct root *root, const char **paths, size_t n)
{
	static const char *const folders[] = {
		"/etc/modprobe.d",
		"/run/modprobe.d",
		"/usr/local/lib/modprobe.d",
		"/lib/modprobe.d",
	};

	for (size_t i = 0; i < ARRAY_SIZE(folders) && i + 1 < n; i++) {
		paths[i] = root_library_path(root, folders[i]);
		if (!paths[i])
			return -ENOMEM;
	}
	return 0;
}

int modules_open(const struct root *root, const char *release, struct modules **ret_modules)
{
	_cleanup_free_ char *folder = NULL, *relative = NULL;
	const char *paths[5] = {};
	struct modules *modules;
	int r = 0;

	modules = calloc(1, sizeof(*modules));
	if (!modules || asprintf(&relative, "/lib/modules/%s", release) < 0)
		goto no_memory;
	folder = root_library_path(root, relative);
	if (!folder)
		goto no_memory;
	if (!root->is_live)
		r = config_paths(root, paths, ARRAY_SIZE(paths));
	if (r == 0)
		modules->context = kmod_new(folder, root->is_live ? NULL : paths);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		free((char *)paths[i]);
	if (!modules->context)
		goto no_memory;
	kmod_set_log_fn(modules->context, ignore_log, NULL);
	/* Maps the indexes once; without it each look-up opens, seeks and reads them anew.
	 * Where they are missing, look-ups find nothing, as they would without this. */
	(void)kmod_load_resources(modules->context);
	*ret_modules = modules;
	return 0;
no_memory:
	free(modules);
	return -ENOMEM;
}

void modules_close(struct modules *modules)
{
	if (!modules)
		return;
	kmod_unref(modules->context);
	free(modules);
}

/* The first module of this name or alias; NULL when there is none. */
static struct kmod_module *find_module(struct modules *modules, const char *name)
{
	CLEANUP(free_list) struct kmod_list *list = NULL;

	if (kmod_module_new_from_lookup(modules->context, name, &list) < 0 || !list)
		return NULL;
	return kmod_module_get_module(list);
}

static enum module_state state_of(const struct kmod_module *module)
{
	switch (kmod_module_get_initstate(module)) {
	case KMOD_MODULE_BUILTIN:
		return MODULE_BUILTIN;
	case KMOD_MODULE_LIVE:
	case KMOD_MODULE_COMING:
		return MODULE_LOADED;
	default:
		return kmod_module_get_path(module) ? MODULE_LOADABLE : MODULE_MISSING;
	}
}

enum module_state modules_state(struct modules *modules, const char *name)
{
	CLEANUP(unref_module) struct kmod_module *module = find_module(modules, name);

	return module ? state_of(module) : MODULE_MISSING;
}

int modules_load(struct modules *modules, const char *name)
{
	CLEANUP(unref_module) struct kmod_module *module = find_module(modules, name);

	if (!module)
		return -ENOENT;
	switch (state_of(module)) {
	case MODULE_BUILTIN:
	case MODULE_LOADED:
		return 0;
	case MODULE_MISSING:
		return -ENOENT;
	case MODULE_LOADABLE:
		break;
	}
	return kmod_module_probe_insert_module(module, KMOD_PROBE_IGNORE_COMMAND, NULL,
					       NULL, NULL, NULL);
}

int modules_add_rivals(struct modules *modules, const char *modalias, struct strings *rivals)
{
	CLEANUP(free_list) struct kmod_list *found = NULL, *allowed = NULL;
	struct kmod_list *item;

	if (kmod_module_new_from_lookup(modules->context, modalias, &found) < 0)
		return 0;
	if (kmod_module_apply_filter(modules->context, KMOD_FILTER_BLACKLIST, found,
				     &allowed) < 0)
		return -ENOMEM;
	kmod_list_foreach(item, allowed) {
		CLEANUP(unref_module)
		struct kmod_module *module = kmod_module_get_module(item);
		const char *name = kmod_module_get_name(module);

		if (streq(name, GENERIC_VFIO) || strings_have(rivals, name))
			continue;
		if (strings_add(rivals, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool modules_is_blacklisted(struct modules *modules, const char *name)
{
	struct kmod_config_iter *iterator = kmod_config_get_blacklists(modules->context);
	bool is_listed = false;

	while (iterator && !is_listed && kmod_config_iter_next(iterator))
		is_listed = streq(kmod_config_iter_get_key(iterator), name);
	if (iterator)
		kmod_config_iter_free_iter(iterator);
	return is_listed;
}

int modules_find_vfio(struct modules *modules, const char *modalias, char **ret_module)
{
	CLEANUP(free_list) struct kmod_list *found = NULL;
	_cleanup_free_ char *alias = NULL, *chosen = NULL;
	struct kmod_list *item;

	/* The kernel's modalias is pci:...; override-only entries are vfio_pci:... */
	if (modalias && has_prefix(modalias, "pci:")) {
		if (asprintf(&alias, "vfio_%s", modalias) < 0) {
			alias = NULL;
			return -ENOMEM;
		}
		if (kmod_module_new_from_lookup(modules->context, alias, &found) < 0)
			found = NULL;
	}
	kmod_list_foreach(item, found) {
		CLEANUP(unref_module)
		struct kmod_module *module = kmod_module_get_module(item);
		const char *name = kmod_module_get_name(module);

		if (streq(name, GENERIC_VFIO) || state_of(module) == MODULE_MISSING)
			continue;
		chosen = strdup(name);
		if (!chosen)
			return -ENOMEM;
		break;
	}
	if (!chosen && !(chosen = strdup(GENERIC_VFIO)))
		return -ENOMEM;
	*ret_module = steal(chosen);
	return 0;
}

static int take_driver(const char *name, void *data)
{
	char **driver = data;

	if (!has_prefix(name, "pci:"))
		return 0;
	*driver = strdup(name + 4);
	return *driver ? 1 : -ENOMEM;
}

int modules_find_driver(const struct root *root, const char *module, char **ret_driver)
{
	_cleanup_free_ char *path = NULL;
	char *driver = NULL;
	int r;

	if (streq(module, GENERIC_VFIO)) {
		driver = strdup("vfio-pci");
	} else {
		if (asprintf(&path, "/sys/module/%s/drivers", module) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = root_list(root, path, take_driver, &driver);
		if (r < 0)
			return r;
		if (r == 0)
			return -ENOENT;
	}
	if (!driver)
		return -ENOMEM;
	*ret_driver = driver;
	return 0;
}
