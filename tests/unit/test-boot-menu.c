// SPDX-License-Identifier: GPL-2.0-or-later
/* How an entry gets into each system's menu, why it does not, and how a hidden menu is seen. */
#include "unit.h"

#include "host/boot-menu.h"
#include "menu-tree.h"
#include "pe-file.h"

#include <stdio.h>

struct way_case {
	const char *name;
	const char *system;
	/* "grub COMMAND[, COPY]", "files", both; or "no: " and a part of why */
	const char *expected;
	const char *way_in; /* a part of it; NULL: the menu is shown */
};

#define DEBIAN                                                                           \
	"etc/grub.d/10_linux = x\nusr/sbin/update-grub = x\nusr/sbin/grub-mkconfig = x\n" GRUB_MENU
#define FEDORA                                                                           \
	"etc/grub.d/10_linux = x\nusr/sbin/grub2-mkconfig = x\nusr/sbin/grubby = x\n"
#define PROXMOX "usr/sbin/proxmox-boot-tool = x\n" PROXMOX_ESP("6.8")
#define LOADER                                                                           \
	"sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f = "
/* "systemd-boot 252", "GRUB 2.12" and "rEFInd", as the firmware stores them. */
#define SYSTEMD_BOOT                                                                     \
	LOADER "@hex:06000000730079007300740065006d0064002d0062006f006f007400"           \
	       "20003200350032000000\n"
#define GRUB_LOADER LOADER "@hex:0600000047005200550042002000320000000000\n"
#define OTHER_LOADER LOADER "@hex:0600000072004500460049006e0064000000\n"
#define SECURE_BOOT(on)                                                                  \
	"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c = "    \
	"@hex:06000000" on "\n"
#define UNIFIED "lib/modules/6.5 /\nboot/efi/loader/loader.conf = timeout 5\n"
/* "0" and "10". */
#define NO_TIMEOUT_SET                                                                   \
	"sys/firmware/efi/efivars/LoaderConfigTimeout-4a67b082-0a4c-41cf-b6c7-"          \
	"440b29bb8c4f = @hex:0600000030000000\n"
#define TIMEOUT_ONCE                                                                     \
	"sys/firmware/efi/efivars/LoaderConfigTimeoutOneShot-4a67b082-0a4c-41cf-b6c7-"   \
	"440b29bb8c4f = @hex:07000000310030000000\n"
#define TIMEOUT(text) "boot/loader/loader.conf = " text "\\n\n"
#define GRUB_TIMEOUT(text)                                                               \
	"etc/grub.d/10_linux = x\nusr/sbin/update-grub = x\n" GRUB_MENU                  \
	"boot/grub/grub.cfg = " text "\\n" GRUB_TEXT "\n"

static const struct way_case ways[] = {
	{ "nothing", "etc /\n", "no: no boot menu was found" },
	{ "Debian", DEBIAN, "grub update-grub" },
	{ "Debian, never updated",
	  "etc/grub.d/10_linux = x\nusr/sbin/update-grub = x\nboot/grub /\n",
	  "no: no boot menu was found" },
	{ "GRUB without the generator of Linux",
	  "usr/sbin/update-grub = x\netc/grub.d /\n" GRUB_MENU,
	  "no: /boot/grub/grub.cfg is not made by grub-mkconfig here" },
	{ "GRUB without its programs", "etc/grub.d/10_linux = x\n" GRUB_MENU,
	  "no: /boot/grub/grub.cfg is not made by grub-mkconfig here" },
	{ "Arch", "etc/grub.d/10_linux = x\nusr/bin/grub-mkconfig = x\n" GRUB_MENU,
	  "grub grub-mkconfig" },
	{ "Fedora without entries as files",
	  FEDORA GRUB_MENU "boot/grub /\nboot/grub2/grub.cfg = " GRUB_TEXT "\n",
	  "no: /boot/grub/grub.cfg is not made" },
	{ "Fedora",
	  FEDORA
	  "boot/grub2/grub.cfg = insmod blscfg\\nblscfg\\n\n" ENTRY("ab-6.5", "6.5", ""),
	  "files" },
	{ "GRUB and entries", DEBIAN ENTRY("ab-6.5", "6.5", ""), "grub update-grub" },
	{ "GRUB and entries, booted by systemd-boot",
	  DEBIAN ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT TIMEOUT("timeout 3"), "files" },
	{ "GRUB and entries, booted by GRUB",
	  DEBIAN ENTRY("ab-6.5", "6.5", "") GRUB_LOADER, "grub update-grub" },
	{ "another loader", DEBIAN ENTRY("ab-6.5", "6.5", "") OTHER_LOADER,
	  "no: this system boots by rEFInd, whose menu" },
	{ "an ESP that is not mounted",
	  SYSTEMD_BOOT "etc/fstab = UUID=1 /efi vfat defaults 0 1\\n\n"
		       "proc/self/mountinfo = 1 1 8:1 / / rw - ext4 /dev/sda1 rw\\n\n",
	  "no: the boot menu was not found, and /efi is not mounted" },
	{ "another machine's entries alone",
	  "etc/machine-id = a\n" ENTRY("m-6.9", "6.9", "machine-id b\\n")
		  TIMEOUT("timeout 3"),
	  "no: no entry of the boot menu boots a kernel and an image of this system" },
	/* What is in /boot/grub is not read there. */
	{ "Proxmox with systemd-boot", DEBIAN PROXMOX SYSTEMD_BOOT, "files" },
	{ "Proxmox with GRUB",
	  DEBIAN PROXMOX "mnt1/EFI/proxmox/grubx64.efi = x\nmnt1/grub/grub.cfg = " GRUB_TEXT
			 "\nmnt1/boot/vmlinuz-6.1 = k\n",
	  "grub update-grub, proxmox-boot-tool" },
	{ "Proxmox with one of each",
	  DEBIAN "usr/sbin/proxmox-boot-tool = x\n" PROXMOX_ESPS
		 "mnt1/EFI/proxmox/grubx64.efi = x\nmnt1/grub/grub.cfg = " GRUB_TEXT "\n",
	  "grub update-grub, proxmox-boot-tool files" },
	{ "Proxmox without its ESP",
	  DEBIAN "usr/sbin/proxmox-boot-tool = x\n"
		 "etc/kernel/proxmox-boot-uuids = 1234-ABCD\\n\nsys/firmware/efi /\n",
	  "no: the boot menu was not found, and ESP 1234-ABCD is not there" },
	/* A line break in front of it: the file itself is added below. */
	{ "unified, by systemd-boot", "*" UNIFIED SYSTEMD_BOOT, "files" },
	{ "unified, Secure Boot is off", "*" UNIFIED SYSTEMD_BOOT SECURE_BOOT("00"),
	  "files" },
	{ "unified, by Secure Boot", "*" UNIFIED SYSTEMD_BOOT SECURE_BOOT("01"),
	  "no: this system boots a unified kernel image by Secure Boot" },
	{ "unified, by the firmware", "*" UNIFIED,
	  "no: this system boots a unified kernel image, and no boot loader gave its name" },
	{ "GRUB, hidden", GRUB_TIMEOUT("set timeout_style=hidden\\nset timeout=5"),
	  "grub update-grub", "hold Shift (BIOS) or press Esc (EFI)" },
	{ "GRUB, no time", GRUB_TIMEOUT("set timeout_style=menu\\nset timeout=0"),
	  "grub update-grub", "GRUB_TIMEOUT=5" },
	{ "GRUB, for ever", GRUB_TIMEOUT("set timeout_style=menu\\nset timeout=-1"),
	  "grub update-grub" },
	{ "systemd-boot, no time",
	  ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT TIMEOUT("timeout 0"), "files",
	  "hold the space bar" },
	{ "systemd-boot, nothing said",
	  ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT TIMEOUT("editor no"), "files",
	  "--boot-loader-menu=30s" },
	{ "systemd-boot, no time by its variable",
	  ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT TIMEOUT("timeout 3") NO_TIMEOUT_SET,
	  "files", "hold the space bar" },
	{ "systemd-boot, shown once",
	  ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT TIMEOUT("timeout 0")
		  NO_TIMEOUT_SET TIMEOUT_ONCE,
	  "files" },
	{ "systemd-boot, in time",
	  ENTRY("ab-6.5", "6.5", "") SYSTEMD_BOOT TIMEOUT("timeout 3"), "files" },
};

static char *describe(const struct boot_menu *menu)
{
	if (menu->why)
		return text_format("no: %s", menu->why);
	return text_format("%s%s%s%s%s", menu->is_grub ? "grub " : "",
			   menu->is_grub ? menu->command[0] : "",
			   menu->copy_command ? ", " : "",
			   menu->copy_command ? menu->copy_command[0] : "",
			   !menu->has_files ? "" :
			   menu->is_grub    ? " files" :
					      "files");
}

static void check_way_in(const char *way_in, const char *expected)
{
	assert_int_equal(!way_in, !expected);
	if (expected)
		assert_non_null(strstr(way_in, expected));
}

static void test_way(void **state)
{
	const struct way_case *test = *state;
	CLEANUP(boot_menu_done) struct boot_menu menu = {};
	CLEANUP(chain_done) struct chain chain = {};
	_cleanup_free_ char *way = NULL;
	struct tree tree;

	tree_make(&tree, test->system + (*test->system == '*'));
	if (*test->system == '*')
		write_unified(&tree);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	assert_int_equal(boot_menu_find(&tree.root, &chain, &menu), 0);
	tree_remove(&tree);
	way = describe(&menu);
	if (menu.why)
		assert_int_equal(strncmp(way, test->expected, strlen(test->expected)), 0);
	else
		assert_string_equal(way, test->expected);
	check_way_in(menu.way_in, test->way_in);
}

int main(void)
{
	return RUN_TABLE(ways, test_way);
}
