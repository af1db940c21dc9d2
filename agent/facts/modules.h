/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"
#include "root.h"

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

/* What loading a module would insert, in order, whatever is loaded now. */
typedef void modules_step(const char *path, const char *options);
int MUST_CHECK modules_list_steps(struct modules *modules, const char *name,
				  modules_step *callback);

/*
 * Loads a module with what it needs and with its options; modprobe.d's install commands and
 * blacklists do not apply. 0 also when it is loaded or built in; -ENOENT when it or one it
 * needs is not there, -ELIBACC without libkmod; else what the kernel said (-EKEYREJECTED,
 * -EPERM, -ENOEXEC, ...).
 */
int MUST_CHECK modules_load(struct modules *modules, const char *name);

/* Names of modules that this modalias would load, each once, but vfio_pci. -ELIBACC without
 * libkmod, -ENOMEM. */
int MUST_CHECK modules_add_rivals(struct modules *modules, const char *modalias,
				  struct strings *rivals);

bool modules_is_blacklisted(struct modules *modules, const char *name);

/*
 * The vfio driver module for this modalias: the variant that a vfio_pci: alias names, where
 * one is here, else vfio_pci. To be freed.
 */
int MUST_CHECK modules_find_vfio(struct modules *modules, const char *modalias,
				 char **ret_module);

/* The PCI driver that a loaded module registered (its name may differ); to be freed. */
int MUST_CHECK modules_find_driver(const struct root *root, const char *module,
				   char **ret_driver);

static inline void modules_closep(struct modules **modules)
{
	modules_close(*modules);
}
