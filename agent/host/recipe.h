/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* Lines to be copied, below a sentence that says where to. */
struct recipe_step {
	const char *text; /* NULL: no more steps; "": the lines follow those of the step before */
	/* "%c" stands for the configuration, "%p" for the kernel parameter, "%m" for the module. */
	const char *lines;
	bool is_for_parameter; /* only where the kernel command line lacks one */
};

/* What a person does where the running system's boot image is not built in place. */
struct recipe {
	const char *way; /* in a remedy, in place of "run 'vfio-claim setup --rebuild'" */
	const char *then;		 /* the remedy of setup */
	const char *undo;		 /* the remedy of remove */
	const char *module;		 /* dracut's, which finds the root file system */
	const struct recipe_step *steps; /* NULL: none */
};

extern const struct recipe recipe_bootc, recipe_composefs, recipe_rpm_ostree,
	recipe_ostree, recipe_nixos, recipe_transactional, recipe_steamos,
	recipe_ubuntu_core;
