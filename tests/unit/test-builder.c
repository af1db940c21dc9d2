// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is each system's builder known by what is there, and its command the one for all kernels? A
 * system in, names and commands out.
 */
#include "unit.h"

#include "host/builder.h"
#include "tree.h"

#include <stdio.h>

struct builder_case {
	const char *name;
	const char *system;
	enum builder_kind kind;
	const char *command; /* NULL: none */
	const char *copy_command;
};

#define PROXMOX                                                                          \
	"etc/kernel/proxmox-boot-uuids = 1234-ABCD\nusr/sbin/proxmox-boot-tool = x\n"
#define INITRAMFS_TOOLS "usr/sbin/mkinitramfs = x\nusr/sbin/update-initramfs = x\n"

static const struct builder_case cases[] = {
	{ "nothing", "etc /\n", BUILDER_NONE, NULL },
	{ "Debian 12", INITRAMFS_TOOLS, BUILDER_INITRAMFS_TOOLS,
	  "update-initramfs -u -k all" },
	{ "not merged", "sbin/mkinitramfs = x\nsbin/update-initramfs = x\n",
	  BUILDER_INITRAMFS_TOOLS, "update-initramfs -u -k all" },
	{ "Debian 13, dracut-install beside it",
	  INITRAMFS_TOOLS "usr/lib/dracut/dracut-install = x\n", BUILDER_INITRAMFS_TOOLS,
	  "update-initramfs -u -k all" },
	{ "dracut-install alone", "usr/lib/dracut/dracut-install = x\n", BUILDER_NONE,
	  NULL },
	{ "hooks of others alone", "usr/share/initramfs-tools/hooks/dmsetup = x\n",
	  BUILDER_NONE, NULL },
	{ "Debian with dracut", "usr/bin/dracut = x\n", BUILDER_DRACUT,
	  "dracut --regenerate-all --force" },
	{ "Ubuntu with dracut", "usr/bin/dracut = x\nusr/sbin/update-initramfs = x\n",
	  BUILDER_DRACUT, "update-initramfs -u -k all" },
	{ "Arch", "usr/bin/mkinitcpio = x\n", BUILDER_MKINITCPIO, "mkinitcpio -P" },
	{ "Silverblue", "run/ostree-booted = \nusr/bin/rpm-ostree = x\nusr/bin/dracut = x\n",
	  BUILDER_RPM_OSTREE, NULL },
	{ "rpm-ostree on an ordinary system", "usr/bin/rpm-ostree = x\nusr/bin/dracut = x\n",
	  BUILDER_DRACUT, "dracut --regenerate-all --force" },
	{ "Proxmox", INITRAMFS_TOOLS PROXMOX, BUILDER_INITRAMFS_TOOLS,
	  "update-initramfs -u -k all", "proxmox-boot-tool refresh" },
	{ "Proxmox that manages no ESP", INITRAMFS_TOOLS "usr/sbin/proxmox-boot-tool = x\n",
	  BUILDER_INITRAMFS_TOOLS, "update-initramfs -u -k all" },
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
	struct builder builder;
	struct tree tree;

	tree_make(&tree, test->system);
	builder_find(&tree.root, &builder);
	tree_remove(&tree);
	assert_int_equal(builder.kind, test->kind);
	assert_non_null(builder.name);
	check_command(builder.command, test->command);
	check_command(builder.copy_command, test->copy_command);
	assert_int_equal(!builder.why, !!builder.command);
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
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_unified) };

	return RUN_TABLE(cases, test_builder) +
	       cmocka_run_group_tests_name("unified kernel images", tests, NULL, NULL);
}
