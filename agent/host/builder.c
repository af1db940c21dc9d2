// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Describes the builders of boot images, and finds this system's by its installed programs, never
 * by the distribution's name. Runs nothing.
 */
#include "host/builder.h"

#include "host/deployment.h"
#include "host/programs.h"

#include <limits.h>
#include <stdio.h>

/* ostree-prepare-root makes this at boot. */
#define OSTREE_BOOTED "/run/ostree-booted"
/* What stands in /boot is a copy of this. */
#define DEPLOYED_IMAGE                                                                   \
	{                                                                                \
		"/usr/lib/modules/", "/initramfs.img"                                    \
	}
#define INIT_TOP_SCRIPT "scripts/init-top/00-vfio-claim"

static const char *const update_initramfs[] = { "update-initramfs", "-u", "-k", "all",
						NULL };
static const char *const dracut[] = { "dracut", "--regenerate-all", "--force", NULL };
static const char *const mkinitcpio[] = { "mkinitcpio", "-P", NULL };

/* ORDER has a line for each script of init-top. */
static bool is_first_script(const char *order)
{
	return has_prefix(order, "/" INIT_TOP_SCRIPT) && strchr(order, '\n');
}

/* dracut runs the hooks of one step by their names (dracut-lib.sh: source_all). */
static bool is_first_hook(const char *name)
{
	return has_prefix(name, "00") && strstr(name, "vfio-claim");
}

/* The hooks of EARLYHOOKS="..." run from left to right; udev's starts udev. */
static bool is_early_hook(const char *config)
{
	const char *line = strstr(config, "EARLYHOOKS=");
	const char *end = line ? strchrnul(line, '\n') : NULL;
	const char *ours, *udev;

	if (!line)
		return false;
	ours = memmem(line, end - line, "vfio-claim", strlen("vfio-claim"));
	udev = memmem(line, end - line, "udev", strlen("udev"));
	return ours && (!udev || ours < udev);
}

const struct builder builders[BUILDERS_MAX] = {
	/* Systems that come as a whole: a builder in them writes what no boot will read. */
	{
		.name = "bootc",
		.file = OSTREE_BOOTED,
		.is_this = deployment_is_container,
		.why = "this system runs from a container image, and its boot image is a part of that: "
		       "nothing can be built on this machine",
		.recipe = &recipe_bootc,
		.images = { DEPLOYED_IMAGE },
	},
	{
		/* bootc's own folder, where it does without ostree */
		.name = "bootc",
		.programs = { "bootc" },
		.file = "/sysroot/composefs",
		.why = "this system runs from a container image, and its boot image is a part of that: "
		       "nothing can be built on this machine",
		.recipe = &recipe_composefs,
		.images = { DEPLOYED_IMAGE },
	},
	{
		.name = "rpm-ostree",
		.programs = { "rpm-ostree" },
		.file = OSTREE_BOOTED,
		.why = "this system is a deployment of rpm-ostree, which alone builds its boot image",
		.recipe = &recipe_rpm_ostree,
		.images = { DEPLOYED_IMAGE },
	},
	{
		.name = "ostree",
		.file = OSTREE_BOOTED,
		.why = "this system is a deployment of ostree, and its boot image is built elsewhere",
		.recipe = &recipe_ostree,
	},
	{
		.name = "NixOS",
		.file = "/etc/NIXOS", /* its activation makes this file */
		.why = "NixOS builds its boot image from its configuration, and vfio-claim has no module "
		       "for it",
		.recipe = &recipe_nixos,
	},
	{
		.name = "transactional-update",
		.programs = { "transactional-update" },
		.is_this = deployment_is_read_only,
		.why = "this system's root file system is read-only, and changes are made in a new "
		       "snapshot of it",
		.recipe = &recipe_transactional,
	},
	{
		.name = "SteamOS",
		.programs = { "steamos-readonly" },
		.is_this = deployment_is_read_only,
		.why = "this system's root file system is read-only, and is replaced as a whole by each "
		       "update",
		.recipe = &recipe_steamos,
	},
	{
		.name = "Ubuntu Core",
		.file = "/run/mnt/ubuntu-boot",
		.why = "this system boots a signed kernel snap, kernel and initramfs in one file",
		.recipe = &recipe_ubuntu_core,
	},
	{
		.name = "initramfs-tools",
		.programs = { "mkinitramfs", "update-initramfs" },
		.command = update_initramfs,
		.begins = ": Generating ",
		.images = { { "/boot/initrd.img-", "" } }, /* also dracut's on Debian */
		.start = { .order = "scripts/init-top/ORDER",
			   .script = INIT_TOP_SCRIPT,
			   .is_first = is_first_script },
	},
	{
		/* Ubuntu's dracut installs a wrapper that takes the same arguments. */
		.name = "dracut",
		.programs = { "dracut", "update-initramfs" },
		.command = update_initramfs,
		.begins = ": Generating ",
	},
	{
		/* Looks for the program: Debian 13 has /usr/lib/dracut without it. */
		.name = "dracut",
		.programs = { "dracut" },
		.command = dracut,
		.begins = ": Executing: ", /* dracut.sh, for each kernel */
		.images = { { "/boot/initramfs-", ".img" }, /* Fedora, upstream */
			    { "/boot/initrd-", "" } },	    /* SUSE */
		.start = { .order = "dracut/hooks/cmdline/", .is_first = is_first_hook },
	},
	{
		.name = "mkinitcpio",
		.programs = { "mkinitcpio" },
		.command = mkinitcpio,
		.begins = "==> Starting build: ",
		.package_images = { { "/boot/initramfs-", ".img" },
				    { "/boot/initramfs-", "-fallback.img" } },
		.start = { .order = "config", .word = "HOOKS=", .is_first = is_early_hook },
	},
	{
		.name = "none",
		.why = "no builder of boot images is installed; install initramfs-tools, "
		       "dracut or mkinitcpio",
	},
};

static bool is_here(const struct root *root, const struct builder *builder)
{
	for (size_t i = 0; i < ARRAY_SIZE(builder->programs); i++)
		if (builder->programs[i] && !program_is_there(root, builder->programs[i]))
			return false;
	return (!builder->file || root_exists(root, builder->file)) &&
	       (!builder->is_this || builder->is_this(root));
}

const struct builder *builder_find(const struct root *root)
{
	const struct builder *builder = builders;

	while (!is_here(root, builder))
		builder++; /* "none" always matches */
	return builder;
}

const char *builder_find_way(const struct root *root)
{
	const struct recipe *recipe = builder_find(root)->recipe;

	return recipe ? recipe->way : NULL;
}
