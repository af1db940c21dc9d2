// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds and loads modules. The owner of libkmod. Never decides which module to load.
 *
 * libkmod is opened on first use: on most boots the image record suffices, and linking libkmod's
 * own libraries takes milliseconds.
 */
#include "facts/modules.h"

#include "base/parameter.h"
#include "facts/module-index.h"
#include "facts/record.h"

#include <dlfcn.h>
#include <libkmod.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>

#define LIBKMOD "libkmod.so.2"
#define LOG_VARIABLE "KMOD_LOG"

#define KMOD_FUNCTIONS(X)                                                                \
	X(new)                                                                           \
	X(unref)                                                                         \
	X(set_log_fn)                                                                    \
	X(load_resources)                                                                \
	X(list_next)                                                                     \
	X(module_new_from_lookup)                                                        \
	X(module_new_from_name)                                                          \
	X(module_get_dependencies)                                                       \
	X(module_get_module)                                                             \
	X(module_unref)                                                                  \
	X(module_unref_list)                                                             \
	X(module_get_initstate)                                                          \
	X(module_get_name)                                                               \
	X(module_get_path)                                                               \
	X(module_apply_filter)                                                           \
	X(module_probe_insert_module)                                                    \
	X(module_insert_module)                                                          \
	X(config_get_blacklists)                                                         \
	X(config_iter_next)                                                              \
	X(config_iter_get_key)                                                           \
	X(config_iter_free_iter)

/* libkmod's functions, named without "kmod_"; usable once `library` is set. */
static struct {
	void *library;
#define X(name) __typeof__(&kmod_##name) name;
	KMOD_FUNCTIONS(X)
#undef X
} kmod;

struct modules {
	const struct root *root;
	struct module_index index;
	struct kmod_ctx *context; /* NULL until it is needed */
	const char *options;	  /* of vfio_pci, added to those of modprobe.d */
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
	/* Newer libkmod opens these for such files only (see its .note.dlopen). */
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

/* libkmod's own folders, below the sysroot. */
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
	struct modules *modules = calloc(1, sizeof(*modules));

	if (!modules)
		return -ENOMEM;
	modules->root = root;
	modules->options = "";
	modules->index.release = strdup(release);
	if (!modules->index.release) {
		modules_close(modules);
		return -ENOMEM;
	}
	*ret_modules = modules;
	return 0;
}

void modules_add_options(struct modules *modules, const char *options)
{
	modules->options = options;
}

void modules_close(struct modules *modules)
{
	if (!modules)
		return;
	if (modules->context)
		kmod.unref(modules->context);
	module_index_done(&modules->index);
	free(modules);
}

/* kmod_new() reads modprobe.d and complains on standard error about lines it does not understand.
 * Only the environment can silence it. */
static struct kmod_ctx *new_context(const char *folder, const char *const *config)
{
	_cleanup_free_ char *before =
		getenv(LOG_VARIABLE) ? strdup(getenv(LOG_VARIABLE)) : NULL;
	struct kmod_ctx *context;

	setenv(LOG_VARIABLE, "0", 1);
	context = kmod.new(folder, config);
	if (before)
		setenv(LOG_VARIABLE, before, 1);
	else
		unsetenv(LOG_VARIABLE);
	if (context)
		kmod.set_log_fn(context, ignore_log, NULL);
	return context;
}

/* -ENOENT without an index of modules, -ELIBACC without libkmod, -ENOMEM. */
static int need_context(struct modules *modules)
{
	_cleanup_free_ char *relative = NULL, *folder = NULL;
	const char *paths[5] = {};
	int r = 0;

	if (modules->context)
		return 0;
	if (module_index_find(modules->root, &modules->index) == INDEX_NONE)
		return -ENOENT;
	if (!open_library())
		return -ELIBACC;
	relative = text_format("/lib/modules/%s", modules->index.release);
	folder = relative ? root_library_path(modules->root, relative) : NULL;
	if (!folder)
		return -ENOMEM;
	if (!modules->root->is_live)
		r = config_paths(modules->root, paths, ARRAY_SIZE(paths));
	if (r == 0)
		modules->context =
			new_context(folder, modules->root->is_live ? NULL : paths);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		free((char *)paths[i]);
	if (!modules->context)
		return -ENOMEM;
	/* Maps the indexes once. Otherwise each look-up opens and reads them. */
	(void)kmod.load_resources(modules->context);
	return 0;
}

/* The modules of this alias; NULL: none. */
static struct kmod_list *look_up(struct modules *modules, const char *alias)
{
	struct kmod_list *list = NULL;

	return kmod.module_new_from_lookup(modules->context, alias, &list) < 0 ? NULL :
										 list;
}

static enum module_state state_of(const struct kmod_module *module)
{
	if (!module)
		return MODULE_MISSING;
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

/* The module of exactly this name, whatever aliases modprobe.d has; NULL: no memory. */
static int find_module(struct modules *modules, const char *name,
		       struct kmod_module **ret_module)
{
	int r = need_context(modules);

	if (r == 0 && kmod.module_new_from_name(modules->context, name, ret_module) < 0)
		*ret_module = NULL;
	return r;
}

/* Loading ---------------------------------------------------------------------------------- */

typedef int visit_module(struct kmod_module *module, const struct modules_step *step,
			 void *data);

/* libkmod's callback has no user data. */
static struct walk {
	struct kmod_list *needed; /* all dependencies of the module */
	const struct kmod_module *module;
	visit_module *visit;
	void *data;
	const char *added; /* options of vfio_pci */
	int r;
} walk;

static bool is_needed(const struct kmod_module *module)
{
	const char *name = kmod.module_get_name(module);
	bool is_found = module == walk.module;

	for (struct kmod_list *item = walk.needed; item && !is_found;
	     item = kmod.list_next(walk.needed, item)) {
		CLEANUP(unref_module)
		struct kmod_module *needed = kmod.module_get_module(item);

		is_found = streq(kmod.module_get_name(needed), name);
	}
	return is_found;
}

/* Ignores install commands in modprobe.d. */
static void visit_step(struct kmod_module *module, bool is_command, const char *options)
{
	_cleanup_free_ char *kept = NULL;
	struct modules_step step = {
		.name = kmod.module_get_name(module),
		.path = kmod.module_get_path(module),
		.given_options = options ? options : "",
		.is_needed = is_needed(module),
	};

	(void)is_command;
	if (walk.r < 0)
		return;
	/* The last value of a parameter counts. */
	kept = text_format("%s%s", step.given_options,
			   streq(step.name, GENERIC_VFIO) ? walk.added : "");
	step.options = kept;
	if (kept && streq(step.name, GENERIC_VFIO))
		options_drop_ids(kept);
	walk.r = kept ? walk.visit(module, &step, walk.data) : -ENOMEM;
}

/* Calls `visit` for each module that modprobe would insert, in order. */
static int walk_steps(const struct modules *modules, struct kmod_module *module,
		      unsigned flags, visit_module *visit, void *data)
{
	CLEANUP(free_list)
	struct kmod_list *needed = kmod.module_get_dependencies(module);
	int r;

	walk = (struct walk){ needed, module, visit, data, modules->options, 0 };
	r = kmod.module_probe_insert_module(module,
					    KMOD_PROBE_DRY_RUN |
						    KMOD_PROBE_IGNORE_COMMAND | flags,
					    NULL, NULL, NULL, visit_step);
	return walk.r < 0 ? walk.r : r;
}

static int insert_step(struct kmod_module *module, const struct modules_step *step,
		       void *data)
{
	const struct strings *never = data;
	int r;

	if (never && strings_have(never, step->name))
		return step->is_needed ? -ECANCELED : 0;
	r = kmod.module_insert_module(module, 0, step->options);
	return r == -EEXIST || !step->is_needed ? 0 : r;
}

int modules_load(struct modules *modules, const char *name, const struct strings *never)
{
	CLEANUP(unref_module) struct kmod_module *module = NULL;
	int r;

	r = find_module(modules, name, &module);
	if (r < 0)
		return r;
	switch (state_of(module)) {
	case MODULE_BUILTIN:
	case MODULE_LOADED:
		return 0;
	case MODULE_MISSING:
		return -ENOENT;
	case MODULE_LOADABLE:
		break;
	}
	return walk_steps(modules, module, 0, insert_step, (void *)never);
}

struct listing {
	modules_take_step *callback;
	void *data;
};

static int list_step(struct kmod_module *module, const struct modules_step *step, void *data)
{
	const struct listing *listing = data;

	(void)module;
	listing->callback(step, listing->data);
	return 0;
}

int modules_list_steps(struct modules *modules, const char *name,
		       modules_take_step *callback, void *data)
{
	CLEANUP(unref_module) struct kmod_module *module = NULL;
	struct listing listing = { callback, data };
	int r;

	r = find_module(modules, name, &module);
	if (r < 0)
		return r;
	if (state_of(module) == MODULE_MISSING)
		return -ENOENT;
	return walk_steps(modules, module, KMOD_PROBE_IGNORE_LOADED, list_step, &listing);
}

struct collection {
	struct strings *names;
	int r;
};

static void collect_needed(const struct modules_step *step, void *data)
{
	struct collection *collection = data;

	if (collection->r == 0 && step->is_needed && step->path)
		collection->r = strings_add_once(collection->names, step->name);
}

int modules_find_needed(struct modules *modules, const char *name, struct strings *needed)
{
	struct collection collection = { needed, 0 };
	int r = modules_list_steps(modules, name, collect_needed, &collection);

	return r < 0 ? r : collection.r;
}

/* Rivals and variants ------------------------------------------------------------------------ */

static int add_names(struct kmod_list *list, bool must_exist, struct strings *names)
{
	struct kmod_list *item;
	int r = 0;

	for (item = list; item && r == 0; item = kmod.list_next(list, item)) {
		CLEANUP(unref_module)
		struct kmod_module *module = kmod.module_get_module(item);
		const char *name = kmod.module_get_name(module);

		if (!streq(name, GENERIC_VFIO) &&
		    (!must_exist || state_of(module) != MODULE_MISSING))
			r = strings_add_once(names, name);
	}
	return r;
}

static int add_matches(struct modules *modules, const char *modalias, bool is_filtered,
		       struct strings *names)
{
	CLEANUP(free_list) struct kmod_list *found = NULL, *allowed = NULL;
	int r;

	if (module_index_find(modules->root, &modules->index) == INDEX_TEXT)
		return record_add_aliased(modules->index.aliases, modalias, names);
	r = need_context(modules);
	if (r < 0)
		return r;
	found = look_up(modules, modalias);
	if (is_filtered && kmod.module_apply_filter(modules->context, KMOD_FILTER_BLACKLIST,
						    found, &allowed) < 0)
		return -ENOMEM;
	return add_names(is_filtered ? allowed : found, false, names);
}

int modules_add_rivals(struct modules *modules, const char *modalias, struct strings *rivals)
{
	return add_matches(modules, modalias, true, rivals);
}

int modules_add_drivers(struct modules *modules, const char *modalias,
			struct strings *drivers)
{
	return add_matches(modules, modalias, false, drivers);
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

int modules_find_variants(struct modules *modules, const char *modalias,
			  struct strings *variants)
{
	CLEANUP(free_list) struct kmod_list *found = NULL;
	_cleanup_free_ char *alias = NULL;

	/* The kernel's modalias is pci:..., that of override-only entries vfio_pci:... */
	if (!has_prefix(modalias, "pci:") || need_context(modules) < 0)
		return 0;
	alias = text_format("vfio_%s", modalias);
	if (!alias)
		return -ENOMEM;
	found = look_up(modules, alias);
	return add_names(found, true, variants);
}
