// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each system's place for a kernel parameter, the edit there, and the way into its menu.
 */
#include "unit.h"

#include "host/bootloader.h"
#include "menu-tree.h"

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

/* The boot menu -------------------------------------------------------------------------- */

struct way_case {
	const char *name;
	const char *system;
	enum boot_menu_kind kind;
	/* GRUB: first words of its commands; otherwise a part of `why`. NULL: none */
	const char *expected, *copy;
};

#define DEBIAN                                                                           \
	"etc/grub.d/10_linux = x\nusr/sbin/update-grub = x\n"                            \
	"usr/sbin/grub-mkconfig = x\nboot/grub/grub.cfg = menuentry\n"
#define FEDORA                                                                           \
	"etc/grub.d/10_linux = x\nusr/sbin/grub2-mkconfig = x\n"                         \
	"usr/sbin/grubby = x\n"
#define PROXMOX                                                                          \
	"etc/kernel/proxmox-boot-uuids = 1234-ABCD\nusr/sbin/proxmox-boot-tool = x\n"
#define LOADER                                                                           \
	"sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f = "
/* "systemd-boot 252" and "GRUB 2.12", as the firmware stores them. */
#define SYSTEMD_BOOT                                                                     \
	LOADER "@hex:06000000730079007300740065006d0064002d0062006f006f007400"           \
	       "20003200350032000000\n"
#define GRUB_LOADER LOADER "@hex:0600000047005200550042002000320000000000\n"

static const struct way_case ways[] = {
	{ "nothing", "etc /\n", BOOT_MENU_NONE, "no boot menu was found" },
	{ "Debian", DEBIAN, BOOT_MENU_GRUB, "update-grub" },
	{ "Debian, never updated",
	  "etc/grub.d/10_linux = x\nusr/sbin/update-grub = x\nboot/grub /\n",
	  BOOT_MENU_NONE, "no boot menu was found" },
	{ "GRUB without the generator of Linux",
	  "usr/sbin/update-grub = x\nboot/grub/grub.cfg = x\netc/grub.d /\n",
	  BOOT_MENU_NONE, "no boot menu was found" },
	{ "Arch",
	  "etc/grub.d/10_linux = x\nusr/bin/grub-mkconfig = x\nboot/grub/grub.cfg = x\n",
	  BOOT_MENU_GRUB, "grub-mkconfig" },
	{ "Fedora without entries as files", FEDORA "boot/grub2/grub.cfg = menuentry\n",
	  BOOT_MENU_GRUB, "grub2-mkconfig" },
	{ "Fedora",
	  FEDORA
	  "boot/grub2/grub.cfg = insmod blscfg\\nblscfg\\n\n" ENTRY("ab-6.5", "6.5", ""),
	  BOOT_MENU_ENTRIES },
	{ "GRUB and entries", DEBIAN ENTRY("ab-6.5", "6.5", ""), BOOT_MENU_GRUB,
	  "update-grub" },
	{ "GRUB and entries, booted by systemd-boot",
	  DEBIAN ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT, BOOT_MENU_ENTRIES },
	{ "GRUB and entries, booted by GRUB",
	  DEBIAN ENTRY("ab-6.5", "6.5", "") GRUB_LOADER, BOOT_MENU_GRUB, "update-grub" },
	{ "Proxmox with GRUB", DEBIAN PROXMOX, BOOT_MENU_GRUB, "update-grub",
	  "proxmox-boot-tool" },
	{ "Proxmox with systemd-boot", DEBIAN PROXMOX SYSTEMD_BOOT, BOOT_MENU_NONE,
	  "made by proxmox-boot-tool" },
	{ "unified images",
	  "boot/efi/EFI/Linux/6.5.efi = MZ\nboot/efi/loader/entries /\n" SYSTEMD_BOOT,
	  BOOT_MENU_NONE, "unified kernel images" },
};

static void test_way(void **state)
{
	const struct way_case *test = *state;
	struct boot_menu menu;
	struct tree tree;

	tree_make(&tree, test->system);
	boot_menu_find(&tree.root, &menu);
	tree_remove(&tree);
	assert_int_equal(menu.kind, test->kind);
	assert_int_equal(!menu.command, test->kind != BOOT_MENU_GRUB);
	assert_int_equal(!menu.why, test->kind != BOOT_MENU_NONE);
	assert_int_equal(!menu.copy_command, !test->copy);
	if (menu.command)
		assert_string_equal(menu.command[0], test->expected);
	if (menu.copy_command)
		assert_string_equal(menu.copy_command[0], test->copy);
	if (menu.why)
		assert_non_null(strstr(menu.why, test->expected));
}

int main(void)
{
	return RUN_TABLE(lines, test_line) + RUN_TABLE(places, test_place) +
	       RUN_TABLE(ways, test_way);
}
