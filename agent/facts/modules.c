// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which module would drive this function, is a module here, and load it. The owner of libkmod.
 * Decides nothing: four answers for "is it here", the kernel's errno for "did it load".
 *
 * libkmod is opened when it is first needed: at most boots the image's record tells enough, and
 * libkmod's own libraries cost milliseconds to link.
 */
#include "modules.h"

#include <dlfcn.h>
#include <libkmod.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>

#define GENERIC_VFIO "vfio_pci"

#define LIBKMOD "libkmod.so.2"

#define KMOD_FUNCTIONS(X)                                                                \
	X(new)                                                                           \
	X(unref)                                                                         \
	X(set_log_fn)                                                                    \
	X(load_resources)                                                                \
	X(list_next)                                                                     \
	X(module_new_from_lookup)                                                        \
	X(module_get_module)                                                             \
	X(module_unref)                                                                  \
	X(module_unref_list)                                                             \
	X(module_get_initstate)                                                          \
	X(module_get_name)                                                               \
	X(module_get_path)                                                               \
	X(module_apply_filter)                                                           \
	X(module_probe_insert_module)                                                    \
	X(config_get_blacklists)                                                         \
	X(config_iter_next)                                                              \
	X(config_iter_get_key)                                                           \
	X(config_iter_free_iter)

/* libkmod's functions under their own names, less "kmod_"; all or none are there. */
static struct {
	void *library;
#define X(name) __typeof__(&kmod_##name) name;
	KMOD_FUNCTIONS(X)
#undef X
} kmod;

struct modules {
	const struct root *root;
	char *folder; /* of the kernel release, as a library sees it */
	bool has_index; /* else no look-up finds anything, and libkmod would try each time */
	struct kmod_ctx *context; /* NULL until it is needed */
};

static bool open_library(void)
{
	void *library = kmod.library ? kmod.library :
				       dlopen(LIBKMOD, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
#define X(name)                                                                          \
	kmod.name = (__typeof__(kmod.name))dlsym(library, "kmod_" #name);                \
	if (!kmod.name)                                                                  \
		return false;
	KMOD_FUNCTIONS(X)
#undef X
	kmod.library = library;
	return true;
}

static int library_path(void *library, char **ret_path)
{
	struct link_map *map;

	if (dlinfo(library, RTLD_DI_LINKMAP, &map) < 0)
		return -ENOENT;
	*ret_path = strdup(map->l_name);
	return *ret_path ? 0 : -ENOMEM;
}

int modules_find_libraries(const char *module_path, char **ret_kmod, char **ret_decompressor)
{
	/* Newer libkmod opens these when it meets such a file (its .note.dlopen says so). */
	static const char *const decompressors[][2] = {
		{ ".xz", "liblzma.so.5" },
		{ ".zst", "libzstd.so.1" },
		{ ".gz", "libz.so.1" },
	};
	const char *suffix = strrchr(module_path, '.');
	int r;

	*ret_kmod = *ret_decompressor = NULL;
	if (!open_library())
		return -ENOENT;
	r = library_path(kmod.library, ret_kmod);
	for (size_t i = 0; r == 0 && suffix && i < ARRAY_SIZE(decompressors); i++) {
		void *library;

		if (!streq(suffix, decompressors[i][0]))
			continue;
		library = dlopen(decompressors[i][1], RTLD_LAZY | RTLD_LOCAL);
		if (library)
			r = library_path(library, ret_decompressor);
	}
	return r;
}

static void ignore_log(void *data, int priority, const char *file, int line,
		       const char *fn, const char *format, va_list arguments)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format;
	(void)arguments;
}

static void free_list(struct kmod_list **list)
{
	if (*list)
		kmod.module_unref_list(*list);
}

static void unref_module(struct kmod_module **module)
{
	if (*module)
		kmod.module_unref(*module);
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
	_cleanup_free_ char *relative = NULL, *index = NULL;
	struct modules *modules;

	modules = calloc(1, sizeof(*modules));
	if (!modules)
		return -ENOMEM;
	modules->root = root;
	if (asprintf(&relative, "/lib/modules/%s", release) < 0)
		relative = NULL;
	else
		modules->folder = root_library_path(root, relative);
	if (!modules->folder || asprintf(&index, "%s/modules.dep.bin", relative) < 0) {
		index = NULL;
		modules_close(modules);
		return -ENOMEM;
	}
	modules->has_index = root_exists(root, index);
	*ret_modules = modules;
	return 0;
}

void modules_close(struct modules *modules)
{
	if (!modules)
		return;
	if (modules->context)
		kmod.unref(modules->context);
	free(modules->folder);
	free(modules);
}

/* -ENOENT when there are no modules to ask for, -ELIBACC when there is no libkmod, -ENOMEM. */
static int need_context(struct modules *modules)
{
	const char *paths[5] = {};
	int r = 0;

	if (modules->context)
		return 0;
	if (!modules->has_index)
		return -ENOENT;
	if (!open_library())
		return -ELIBACC;
	if (!modules->root->is_live)
		r = config_paths(modules->root, paths, ARRAY_SIZE(paths));
	if (r == 0)
		modules->context =
			kmod.new(modules->folder, modules->root->is_live ? NULL : paths);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		free((char *)paths[i]);
	if (!modules->context)
		return -ENOMEM;
	kmod.set_log_fn(modules->context, ignore_log, NULL);
	/* Maps the indexes once; without it each look-up opens, seeks and reads them anew.
	 * Where they are missing, look-ups find nothing, as they would without this. */
	(void)kmod.load_resources(modules->context);
	return 0;
}

/* The modules of this name or alias; none: an empty list. */
static struct kmod_list *look_up(struct modules *modules, const char *alias)
{
	struct kmod_list *list = NULL;

	if (kmod.module_new_from_lookup(modules->context, alias, &list) < 0)
		return NULL;
	return list;
}

/* The first module of this name or alias; NULL when there is none. */
static struct kmod_module *find_module(struct modules *modules, const char *name)
{
	CLEANUP(free_list) struct kmod_list *list = NULL;

	if (need_context(modules) < 0)
		return NULL;
	list = look_up(modules, name);
	if (!list)
		return NULL;
	return kmod.module_get_module(list);
}

static enum module_state state_of(const struct kmod_module *module)
{
	switch (kmod.module_get_initstate(module)) {
	case KMOD_MODULE_BUILTIN:
		return MODULE_BUILTIN;
	case KMOD_MODULE_LIVE:
	case KMOD_MODULE_COMING:
		return MODULE_LOADED;
	default:
		return kmod.module_get_path(module) ? MODULE_LOADABLE : MODULE_MISSING;
	}
}

int modules_load(struct modules *modules, const char *name)
{
	CLEANUP(unref_module) struct kmod_module *module = NULL;
	int r;

	r = need_context(modules);
	if (r < 0)
		return r;
	module = find_module(modules, name);
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
	return kmod.module_probe_insert_module(module, KMOD_PROBE_IGNORE_COMMAND, NULL,
					       NULL, NULL, NULL);
}

/* libkmod's callback has no user data. */
static modules_step *list_callback;

static void list_step(struct kmod_module *module, bool is_command, const char *options)
{
	const char *path = kmod.module_get_path(module);

	if (!is_command) /* modprobe.d's install commands do not apply */
		list_callback(path ? path : "builtin", options ? options : "");
}

int modules_list_steps(struct modules *modules, const char *name, modules_step *callback)
{
	CLEANUP(unref_module) struct kmod_module *module = NULL;
	int r;

	r = need_context(modules);
	if (r < 0)
		return r;
	module = find_module(modules, name);
	if (!module || state_of(module) == MODULE_MISSING)
		return -ENOENT;
	list_callback = callback;
	return kmod.module_probe_insert_module(module,
					       KMOD_PROBE_DRY_RUN |
						       KMOD_PROBE_IGNORE_COMMAND |
						       KMOD_PROBE_IGNORE_LOADED,
					       NULL, NULL, NULL, list_step);
}

int modules_add_rivals(struct modules *modules, const char *modalias, struct strings *rivals)
{
	CLEANUP(free_list) struct kmod_list *found = NULL, *allowed = NULL;
	struct kmod_list *item;
	int r;

	r = need_context(modules);
	if (r < 0) /* no modules: nothing would be loaded */
		return r == -ENOENT ? 0 : r;
	found = look_up(modules, modalias);
	if (kmod.module_apply_filter(modules->context, KMOD_FILTER_BLACKLIST, found,
				     &allowed) < 0)
		return -ENOMEM;
	for (item = allowed; item; item = kmod.list_next(allowed, item)) {
		CLEANUP(unref_module)
		struct kmod_module *module = kmod.module_get_module(item);
		const char *name = kmod.module_get_name(module);

		if (streq(name, GENERIC_VFIO) || strings_have(rivals, name))
			continue;
		if (strings_add(rivals, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool modules_is_blacklisted(struct modules *modules, const char *name)
{
	struct kmod_config_iter *iterator;
	bool is_listed = false;

	if (need_context(modules) < 0)
		return false;
	iterator = kmod.config_get_blacklists(modules->context);
	while (iterator && !is_listed && kmod.config_iter_next(iterator))
		is_listed = streq(kmod.config_iter_get_key(iterator), name);
	if (iterator)
		kmod.config_iter_free_iter(iterator);
	return is_listed;
}

int modules_find_vfio(struct modules *modules, const char *modalias, char **ret_module)
{
	CLEANUP(free_list) struct kmod_list *found = NULL;
	_cleanup_free_ char *alias = NULL, *chosen = NULL;
	struct kmod_list *item;

	/* The kernel's modalias is pci:...; override-only entries are vfio_pci:... */
	if (has_prefix(modalias, "pci:") && need_context(modules) == 0) {
		if (asprintf(&alias, "vfio_%s", modalias) < 0) {
			alias = NULL;
			return -ENOMEM;
		}
		found = look_up(modules, alias);
	}
	for (item = found; item; item = kmod.list_next(found, item)) {
		CLEANUP(unref_module)
		struct kmod_module *module = kmod.module_get_module(item);
		const char *name = kmod.module_get_name(module);

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
