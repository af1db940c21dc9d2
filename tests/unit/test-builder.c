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
	{ "Silverblue", "run/ostree-booted = \nusr/bin/rpm-ostree = x\nusr/bin/dracut = x\n",
	  "rpm-ostree", NULL },
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

static void test_unified(void **state)
{
	CLEANUP(strings_done) struct strings paths = {}, none = {};
	struct tree tree;

	(void)state;
	tree_make(&tree, "boot/efi/EFI/Linux/0123-6.12.efi = MZ\n"
			 "boot/efi/EFI/Linux/0123-6.12.efi.extra.d /\n"
			 "boot/efi/EFI/BOOT/BOOTX64.EFI = MZ\n"
			 "lib/modules/6.12/vmlinuz-virt.efi = MZ\nlib/modules/6.11 /\n");
	assert_int_equal(builder_find_unified(&tree.root, &paths), 0);
	assert_int_equal(paths.n, 2);
	assert_string_equal(paths.items[0], "/boot/efi/EFI/Linux/0123-6.12.efi");
	assert_string_equal(paths.items[1], "/lib/modules/6.12/vmlinuz-virt.efi");
	tree_remove(&tree);
	tree_make(&tree,
		  "boot/efi/EFI/debian/grubx64.efi = MZ\nlib/modules/6.12/vmlinuz = k\n");
	assert_int_equal(builder_find_unified(&tree.root, &none), 0);
	assert_int_equal(none.n, 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_proxmox),
					    cmocka_unit_test(test_unified) };

	return RUN_TABLE(cases, test_builder) +
	       cmocka_run_group_tests_name("rows and images", tests, NULL, NULL);
}
