/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "facts/load.h"

/*
 * Loads a module and its dependencies: from the files that the image record names if it can, else
 * by libkmod. Never loads a module in `never`, which may be NULL. Errors as of modules_load().
 */
int MUST_CHECK loader_load(const struct load_sources *sources, const char *name,
			   const struct strings *never);

/* The PCI driver that a loaded module registered, whose name may differ; to be freed. */
int MUST_CHECK loader_find_driver(const struct root *root, const char *module,
				  char **ret_driver);
