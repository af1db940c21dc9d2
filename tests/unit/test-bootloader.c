// SPDX-License-Identifier: GPL-2.0-or-later
/* Each system's place for a kernel parameter, and the edit there. */
#include "unit.h"

#include "host/bootloader.h"
#include "tree.h"

/* The kernel command line --------------------------------------------------------------- */

#define WORD "intel_iommu=on"

struct line_case {
	const char *name; /* the file */
	const char *more; /* with the word; NULL: unchanged */
	const char *less; /* without it; NULL: unchanged */
	bool is_no_line;
};

static const struct line_case lines[] = {
	{ "root=/dev/sda1 quiet\n", "root=/dev/sda1 quiet " WORD "\n", NULL },
	{ "root=/dev/sda1 quiet", "root=/dev/sda1 quiet " WORD "\n", NULL },
	{ "quiet root=x  \n\n", "quiet root=x " WORD "\n", NULL },
	{ "root=x " WORD " quiet\n", NULL, "root=x quiet\n" },
	{ "root=x " WORD "\n", NULL, "root=x\n" },
	{ WORD " root=x\n", NULL, " root=x\n" },
	{ "root=x " WORD ",sm_on\n", "root=x " WORD ",sm_on " WORD "\n", NULL },
	{ "root=x x" WORD "\n", "root=x x" WORD " " WORD "\n", NULL },
	{ "cryptroot=y root=x\n", "cryptroot=y root=x " WORD "\n", NULL },
	{ "quiet\troot=x\n", "quiet\troot=x " WORD "\n", NULL },
	{ "cryptroot=y quiet\n", NULL, NULL, true },
	{ "root quiet\n", NULL, NULL, true },
	{ "", NULL, NULL, true },
	{ "\n", NULL, NULL, true },
	{ "quiet\n", NULL, NULL, true },
	{ "quiet\nroot=x\n", NULL, NULL, true },
	{ "root=x\n# a comment\n", NULL, NULL, true },
};

static void check_line(const char *text, const char *expected)
{
	assert_int_equal(!text, !expected);
	if (expected)
		assert_string_equal(text, expected);
}

static void test_line(void **state)
{
	const struct line_case *test = *state;
	_cleanup_free_ char *more = NULL, *less = NULL;

	assert_int_equal(bootloader_add(test->name, WORD, &more),
			 test->is_no_line ? -EINVAL : 0);
	assert_int_equal(bootloader_take_away(test->name, WORD, &less),
			 test->is_no_line ? -EINVAL : 0);
	check_line(more, test->more);
	check_line(less, test->less);
}

struct place_case {
	const char *name;
	const char *system;
	enum bootloader_place place;
	const char *command; /* its first word; NULL: none */
};

static const struct place_case places[] = {
	{ "nothing", "etc /\n", BOOTLOADER_UNKNOWN, NULL },
	{ "Debian", "etc/default/grub.d /\nusr/sbin/update-grub = x\n", BOOTLOADER_GRUB,
	  "update-grub" },
	{ "Debian without drop-ins yet", "etc/default/grub = x\nusr/sbin/update-grub = x\n",
	  BOOTLOADER_GRUB, "update-grub" },
	{ "GRUB of others", "etc/default/grub = x\nusr/sbin/grub2-mkconfig = x\n",
	  BOOTLOADER_UNKNOWN, NULL },
	{ "Fedora",
	  "etc/default/grub = x\nusr/sbin/grubby = x\netc/kernel/cmdline = root=x\n",
	  BOOTLOADER_GRUBBY, NULL },
	{ "Proxmox with systemd-boot",
	  "etc/kernel/cmdline = root=x\netc/kernel/proxmox-boot-uuids = 1\n"
	  "usr/sbin/proxmox-boot-tool = x\nusr/sbin/update-grub = x\netc/default/grub.d /\n",
	  BOOTLOADER_KERNEL_CMDLINE, "proxmox-boot-tool" },
	{ "kernel-install", "etc/kernel/cmdline = root=x\n", BOOTLOADER_KERNEL_CMDLINE,
	  NULL },
};

static void test_place(void **state)
{
	const struct place_case *test = *state;
	struct bootloader bootloader;
	struct tree tree;

	tree_make(&tree, test->system);
	bootloader_find(&tree.root, &bootloader);
	tree_remove(&tree);
	assert_int_equal(bootloader.place, test->place);
	assert_int_equal(!bootloader.command, !test->command);
	if (test->command)
		assert_string_equal(bootloader.command[0], test->command);
}

int main(void)
{
	return RUN_TABLE(lines, test_line) + RUN_TABLE(places, test_place);
}
