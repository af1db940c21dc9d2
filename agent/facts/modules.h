/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

#define GENERIC_VFIO "vfio_pci"

struct modules;

/* The modules of one kernel release below /lib/modules, with the system's modprobe.d. */
int MUST_CHECK modules_open(const struct root *root, const char *release,
			    struct modules **ret_modules);
void modules_close(struct modules *modules);

enum module_state {
	MODULE_MISSING,	 /* no such module for this kernel here */
	MODULE_LOADABLE, /* a file that may be loaded */
	MODULE_LOADED,
	MODULE_BUILTIN,
};

/*
 * Where libkmod is on this system, and the library with which it reads a module file of this
 * name (NULL: none is needed, or it is linked); both to be freed. -ENOENT without libkmod.
 */
int MUST_CHECK modules_find_libraries(const char *module_path, char **ret_kmod,
				      char **ret_decompressor);

/* One file of those that loading a module inserts. */
struct modules_step {
	const char *name;
	const char *path;	   /* NULL: built in, or missing */
	const char *options;	   /* vfio_pci's are without `ids=` */
	const char *given_options; /* with it */
	bool is_needed; /* false: a softdep, without which the others load too */
};

/* What loading a module would insert, in order, whatever is loaded now. -ENOENT, -ELIBACC. */
typedef void modules_take_step(const struct modules_step *step, void *data);
int MUST_CHECK modules_list_steps(struct modules *modules, const char *name,
				  modules_take_step *callback, void *data);

/*
 * Loads a module with what it needs and with its options, less vfio_pci's `ids=`; modprobe.d's
 * install commands and blacklists do not apply. Never one of the modules in `never` (NULL: none):
 * -ECANCELED when one of those is needed. 0 also when it is loaded or built in; -ENOENT when it
 * or one it needs is not there, -ELIBACC without libkmod; else what the kernel said
 * (-EKEYREJECTED, -EPERM, -ENOEXEC, ...).
 */
int MUST_CHECK modules_load(struct modules *modules, const char *name,
			    const struct strings *never);

/* Adds the module and its hard dependencies, less those built in. -ENOENT when the module is
 * missing, -ELIBACC without libkmod, -ENOMEM. */
int MUST_CHECK modules_find_needed(struct modules *modules, const char *name,
				   struct strings *needed);

/* Adds the modules that this modalias would load, each once, but vfio_pci. -ENOENT without an
 * index for this kernel, -ELIBACC without libkmod, -ENOMEM. */
int MUST_CHECK modules_add_rivals(struct modules *modules, const char *modalias,
				  struct strings *rivals);

/* The same, blacklisted modules included: a blacklist does not keep a dependency from loading. */
int MUST_CHECK modules_add_drivers(struct modules *modules, const char *modalias,
				   struct strings *drivers);

bool modules_is_blacklisted(struct modules *modules, const char *name);

/* Adds the variants of vfio_pci in this system whose vfio_pci: alias matches this modalias. 0 or
 * -ENOMEM. */
int MUST_CHECK modules_find_variants(struct modules *modules, const char *modalias,
				     struct strings *variants);

static inline void modules_closep(struct modules **modules)
{
	modules_close(*modules);
}
