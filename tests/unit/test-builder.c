// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each system's image builder is recognized by its files, and its command rebuilds all
 * kernels' images. A system in, names and commands out.
 */
#include "unit.h"

#include "host/builder.h"
#include "host/programs.h"
#include "tree.h"

#include <stdio.h>

struct builder_case {
	const char *name;
	const char *system;
	const char *builder;
	const char *command; /* NULL: none */
};

#define PROXMOX                                                                          \
	"etc/kernel/proxmox-boot-uuids = 1234-ABCD\nusr/sbin/proxmox-boot-tool = x\n"
/* A deployment of ostree, by the origin beside it. */
#define DEPLOYMENT                                                                       \
	"run/ostree-booted = \nusr/bin/dracut = x\nostree -> sysroot/ostree\n"           \
	"proc/cmdline = root=UUID=1 rw ostree=/ostree/boot.1/os/0a1b/0\n"                \
	"sysroot/ostree/boot.1/os/0a1b/0 -> ../../../deploy/os/deploy/c0ffee.0\n"
#define ORIGIN "sysroot/ostree/deploy/os/deploy/c0ffee.0.origin = [origin]\\n"
#define CONTAINER                                                                        \
	DEPLOYMENT ORIGIN "container-image-reference=ostree-unverified-registry:a/b:1\n"
#define COMMIT DEPLOYMENT ORIGIN "refspec=fedora:fedora/43/x86_64/silverblue\n"
#define MOUNTS(options)                                                                  \
	"proc/self/mountinfo = 1 1 0:2 / / rw - rootfs none rw\\n"                       \
	"30 1 0:35 /@/.snapshots/5/snapshot / " options " - btrfs /dev/vda2 rw\\n"       \
	"31 30 0:36 / /var rw,relatime - btrfs /dev/vda2 rw\n"
#define INITRAMFS_TOOLS "usr/sbin/mkinitramfs = x\nusr/sbin/update-initramfs = x\n"

static const struct builder_case cases[] = {
	{ "nothing", "etc /\n", "none", NULL },
	{ "Debian 12", INITRAMFS_TOOLS, "initramfs-tools", "update-initramfs -u -k all" },
	{ "not merged", "sbin/mkinitramfs = x\nsbin/update-initramfs = x\n",
	  "initramfs-tools", "update-initramfs -u -k all" },
	{ "Debian 13, dracut-install beside it",
	  INITRAMFS_TOOLS "usr/lib/dracut/dracut-install = x\n", "initramfs-tools",
	  "update-initramfs -u -k all" },
	{ "dracut-install alone", "usr/lib/dracut/dracut-install = x\n", "none", NULL },
	{ "hooks of others alone", "usr/share/initramfs-tools/hooks/dmsetup = x\n",
	  "none", NULL },
	{ "Debian with dracut", "usr/bin/dracut = x\n", "dracut",
	  "dracut --regenerate-all --force" },
	{ "Ubuntu with dracut", "usr/bin/dracut = x\nusr/sbin/update-initramfs = x\n",
	  "dracut", "update-initramfs -u -k all" },
	{ "Arch", "usr/bin/mkinitcpio = x\n", "mkinitcpio", "mkinitcpio -P" },
	{ "Silverblue", COMMIT "usr/bin/rpm-ostree = x\n", "rpm-ostree", NULL },
	{ "Silverblue, with a bootc that it does not use",
	  COMMIT "usr/bin/rpm-ostree = x\nusr/bin/bootc = x\n", "rpm-ostree", NULL },
	{ "rpm-ostree without an origin",
	  "run/ostree-booted = \nusr/bin/rpm-ostree = x\nusr/bin/dracut = x\n",
	  "rpm-ostree", NULL },
	{ "an origin that cannot be found",
	  "run/ostree-booted = \nusr/bin/rpm-ostree = x\n"
	  "proc/cmdline = ostree=/ostree/boot.1/os/0a1b/0\n"
	  "ostree/boot.1/os/0a1b/0 -> elsewhere\n",
	  "rpm-ostree", NULL },
	{ "bootc", CONTAINER "usr/bin/bootc = x\n", "bootc", NULL },
	{ "a container image with rpm-ostree",
	  CONTAINER "usr/bin/bootc = x\nusr/bin/rpm-ostree = x\n", "bootc", NULL },
	{ "bootc without ostree",
	  "usr/bin/bootc = x\nusr/bin/dracut = x\nsysroot/composefs /\n", "bootc", NULL },
	{ "bootc on an ordinary system", "usr/bin/bootc = x\nusr/bin/dracut = x\n",
	  "dracut", "dracut --regenerate-all --force" },
	{ "the origin of an ordinary system's guest",
	  "usr/bin/dracut = x\n" ORIGIN "container-image-reference=x\n", "dracut",
	  "dracut --regenerate-all --force" },
	{ "Endless", COMMIT, "ostree", NULL },
	{ "NixOS", "etc/NIXOS = \n", "NixOS", NULL },
	{ "MicroOS",
	  MOUNTS("ro,relatime") "usr/sbin/transactional-update = x\nusr/bin/dracut = x\n",
	  "transactional-update", NULL },
	{ "the shell of transactional-update",
	  MOUNTS("rw,relatime") "usr/sbin/transactional-update = x\nusr/bin/dracut = x\n",
	  "dracut", "dracut --regenerate-all --force" },
	{ "transactional-update, mounts unknown",
	  "usr/sbin/transactional-update = x\nusr/bin/dracut = x\n", "dracut",
	  "dracut --regenerate-all --force" },
	{ "SteamOS", MOUNTS("ro") "usr/bin/steamos-readonly = x\nusr/bin/mkinitcpio = x\n",
	  "SteamOS", NULL },
	{ "SteamOS, writable",
	  MOUNTS("rw") "usr/bin/steamos-readonly = x\nusr/bin/mkinitcpio = x\n",
	  "mkinitcpio", "mkinitcpio -P" },
	{ "a word that begins like ro",
	  MOUNTS("rootcontext=x") "usr/bin/steamos-readonly = x\n", "none", NULL },
	{ "Ubuntu Core", "run/mnt/ubuntu-boot /\n", "Ubuntu Core", NULL },
	{ "rpm-ostree on an ordinary system", "usr/bin/rpm-ostree = x\nusr/bin/dracut = x\n",
	  "dracut", "dracut --regenerate-all --force" },
};

static void check_command(const char *const *command, const char *expected)
{
	char text[256] = "";

	assert_int_equal(!command, !expected);
	for (size_t i = 0; command && command[i]; i++) {
		strcat(text, i ? " " : "");
		strcat(text, command[i]);
	}
	if (expected)
		assert_string_equal(text, expected);
}

static void test_builder(void **state)
{
	const struct builder_case *test = *state;
	const struct builder *builder;
	struct tree tree;

	tree_make(&tree, test->system);
	builder = builder_find(&tree.root);
	tree_remove(&tree);
	assert_string_equal(builder->name, test->builder);
	check_command(builder->command, test->command);
	assert_int_equal(!builder->why, !!builder->command);
}

static void test_proxmox(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree, PROXMOX);
	check_command(program_find_proxmox(&tree.root), "proxmox-boot-tool refresh");
	tree_remove(&tree);
	tree_make(&tree, "usr/sbin/proxmox-boot-tool = x\n");
	check_command(program_find_proxmox(&tree.root), NULL);
	tree_remove(&tree);
}

/* Every row that builds has these fields; the last row ends every search. */
static void test_rows(void **state)
{
	const struct builder *last = builders;

	(void)state;
	for (size_t i = 0; i < BUILDERS_MAX && builders[i].name; i++) {
		last = &builders[i];
		assert_int_equal(!last->command, !!last->why);
		assert_int_equal(!last->start.order, !last->start.is_first);
	}
	assert_null(last->programs[0]);
	assert_null(last->file);
}

/* Only what setup puts in: the configuration, the parameter, dracut's module. */
static void check_lines(const struct recipe *recipe, const char *lines)
{
	if (streq(lines, "%c"))
		return;
	for (const char *c = lines; (c = strchr(c, '%')); c++)
		assert_true(c[1] == 'p' || (c[1] == 'm' && recipe->module));
}

/* Nothing is left to chance where setup builds nothing: what to do, and how to undo it. */
static void test_recipes(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILDERS_MAX; i++) {
		const struct recipe *recipe = builders[i].recipe;

		if (!recipe)
			continue;
		assert_null(builders[i].command);
		assert_true(recipe->way && recipe->then && recipe->undo);
		for (const struct recipe_step *step = recipe->steps; step && step->text;
		     step++)
			check_lines(recipe, step->lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_recipes),
					    cmocka_unit_test(test_proxmox) };

	return RUN_TABLE(cases, test_builder) +
	       cmocka_run_group_tests_name("rows and images", tests, NULL, NULL);
}
