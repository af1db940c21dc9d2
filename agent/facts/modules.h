/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

#define GENERIC_VFIO "vfio_pci"

struct modules;

/* Opens one kernel release below /lib/modules, with the system's modprobe.d. */
int MUST_CHECK modules_open(const struct root *root, const char *release,
			    struct modules **ret_modules);
void modules_close(struct modules *modules);
/* Options of vfio_pci, each after a blank, for wherever that is loaded or listed. */
void modules_add_options(struct modules *modules, const char *options);

enum module_state {
	MODULE_MISSING,	 /* this kernel has no such module here */
	MODULE_LOADABLE, /* the file exists */
	MODULE_LOADED,
	MODULE_BUILTIN,
};

/*
 * The paths of libkmod and of the library that decompresses a module file of this name (NULL: none
 * is needed, or libkmod links it), to be freed. -ENOENT without libkmod.
 */
int MUST_CHECK modules_find_libraries(const char *module_path, char **ret_kmod,
				      char **ret_decompressor);

/* One of the files that loading a module inserts. */
struct modules_step {
	const char *name;
	const char *path;    /* NULL: built in or missing */
	const char *options; /* without vfio_pci's `ids=`, with what is configured */
	const char *given_options; /* with it */
	bool is_needed;		   /* false: a softdep, which the others do not need */
};

/* Lists what loading a module would insert, in order, as if nothing were loaded. -ENOENT, -ELIBACC. */
typedef void modules_take_step(const struct modules_step *step, void *data);
int MUST_CHECK modules_list_steps(struct modules *modules, const char *name,
				  modules_take_step *callback, void *data);

/*
 * Loads a module and its dependencies, with their options except vfio_pci's `ids=`. Ignores
 * modprobe.d's install commands and blacklists. Never loads a module in `never` (may be NULL):
 * -ECANCELED if it needs one. 0 also when it is loaded or built in; -ENOENT when it or a dependency
 * is missing, -ELIBACC without libkmod; otherwise the kernel's error (-EKEYREJECTED, -EPERM,
 * -ENOEXEC, ...).
 */
int MUST_CHECK modules_load(struct modules *modules, const char *name,
			    const struct strings *never);

/* Adds the module and its hard dependencies except built-in ones. -ENOENT when the module is
 * missing, -ELIBACC without libkmod, -ENOMEM. */
int MUST_CHECK modules_find_needed(struct modules *modules, const char *name,
				   struct strings *needed);

/* Adds the modules that this modalias would load, except vfio_pci. -ENOENT without an index for this
 * kernel, -ELIBACC without libkmod, -ENOMEM. */
int MUST_CHECK modules_add_rivals(struct modules *modules, const char *modalias,
				  struct strings *rivals);

/* The same with blacklisted modules, which may still load as dependencies. */
int MUST_CHECK modules_add_drivers(struct modules *modules, const char *modalias,
				   struct strings *drivers);

bool modules_is_blacklisted(struct modules *modules, const char *name);

/* Adds this system's variants of vfio_pci with a vfio_pci: alias for this modalias. 0 or -ENOMEM. */
int MUST_CHECK modules_find_variants(struct modules *modules, const char *modalias,
				     struct strings *variants);
