// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which program builds this system's boot images, and with which command all of them? By the
 * programs that are there, never by the distribution's name. Runs nothing.
 */
#include "host/builder.h"

#include "host/programs.h"

#include <limits.h>
#include <stdio.h>

/* On Ubuntu also a wrapper that dracut brings: the same words do the same there. */
static const char *const update_initramfs[] = { "update-initramfs", "-u", "-k", "all",
						NULL };
static const char *const dracut[] = { "dracut", "--regenerate-all", "--force", NULL };
static const char *const mkinitcpio[] = { "mkinitcpio", "-P", NULL };

static void find_kind(const struct root *root, struct builder *builder)
{
	/* The file is made by ostree-prepare-root at boot; its system's /usr is read-only. */
	if (root_exists(root, "/run/ostree-booted") &&
	    program_is_there(root, "rpm-ostree")) {
		*builder = (struct builder){
			.kind = BUILDER_RPM_OSTREE,
			.name = "rpm-ostree",
			.why = "images of this system belong to a deployment; build one with the "
			       "configuration in it (rpm-ostree initramfs --enable "
			       "--arg=-I --arg=/etc/vfio-claim.conf) and reboot",
		};
	} else if (program_is_there(root, "mkinitramfs") &&
		   program_is_there(root, "update-initramfs")) {
		*builder = (struct builder){
			.kind = BUILDER_INITRAMFS_TOOLS,
			.name = "initramfs-tools",
			.command = update_initramfs,
		};
	} else if (program_is_there(root, "dracut")) {
		/* The program: /usr/lib/dracut is there on Debian 13 without it. */
		*builder = (struct builder){
			.kind = BUILDER_DRACUT,
			.name = "dracut",
			.command = program_is_there(root, "update-initramfs") ?
					   update_initramfs :
					   dracut,
		};
	} else if (program_is_there(root, "mkinitcpio")) {
		*builder = (struct builder){
			.kind = BUILDER_MKINITCPIO,
			.name = "mkinitcpio",
			.command = mkinitcpio,
		};
	} else {
		*builder = (struct builder){
			.name = "none",
			.why = "no builder of boot images is installed (initramfs-tools, dracut "
			       "or mkinitcpio); install one",
		};
	}
}

void builder_find(const struct root *root, struct builder *ret_builder)
{
	find_kind(root, ret_builder);
	if (ret_builder->command)
		ret_builder->copy_command = program_find_proxmox(root);
}

/* Unified kernel images -------------------------------------------------------------------- */

struct finding_unified {
	const struct root *root;
	struct strings *paths;
	const char *folder;
};

static int add_unified(const char *name, void *data)
{
	struct finding_unified *finding = data;
	char path[PATH_MAX];

	if (!has_suffix(name, ".efi"))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", finding->folder, name);
	return strings_add(finding->paths, path);
}

/* Fedora's kernel-uki-virt: in the kernel's package, before kernel-install copies it. */
static int add_packaged(const char *release, void *data)
{
	struct finding_unified *finding = data;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/vmlinuz-virt.efi", release);
	return root_exists(finding->root, path) ? strings_add(finding->paths, path) : 0;
}

int builder_find_unified(const struct root *root, struct strings *ret_paths)
{
	/* The Boot Loader Specification's place for them, below each customary mount point. */
	static const char *const folders[] = { "/boot/efi/EFI/Linux", "/efi/EFI/Linux",
					       "/boot/EFI/Linux" };
	struct strings paths = {};
	struct finding_unified finding = { .root = root, .paths = &paths };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r != -ENOMEM; i++) {
		finding.folder = folders[i];
		r = root_list(root, folders[i], add_unified, &finding);
	}
	if (r != -ENOMEM)
		r = root_list(root, "/lib/modules", add_packaged, &finding);
	if (r == -ENOMEM) {
		strings_done(&paths);
		return r;
	}
	*ret_paths = paths;
	return 0;
}
