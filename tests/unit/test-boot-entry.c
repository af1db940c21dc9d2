// SPDX-License-Identifier: GPL-2.0-or-later
/* An entry without the claim copies the default entry and sorts behind all others. */
#include "unit.h"

#include "host/boot-entry.h"
#include "menu-tree.h"
#include "pe-file.h"

#include <stdio.h>

struct entry_case {
	const char *name;
	const char *system;
	const char *from; /* NULL: no entry is usable */
	const char *ours; /* our entry's name without the suffix */
};

#define TOKEN "0123456789abcdef0123456789abcdef"
#define ARCH(name) /* written by hand: no version */                                     \
	"boot/vmlinuz-linux = k\nboot/initramfs-linux.img = i\n"                         \
	"boot/loader/entries/" name ".conf = title Arch Linux\\nlinux /vmlinuz-linux"    \
	"\\ninitrd /initramfs-linux.img\\noptions root=x rw\n"
#define ON_ESP                                                                           \
	"lib/modules/6.1 /\nefi/" TOKEN "/6.1/linux = k\nefi/" TOKEN                     \
	"/6.1/initrd = i\nefi/loader/entries/" TOKEN "-6.1.conf = title Debian\\n"       \
	"version 6.1\\nlinux /" TOKEN "/6.1/linux\\ninitrd /" TOKEN "/6.1/initrd\\n"     \
	"options root=x\n"

static const struct entry_case entries[] = {
	{ "the newest", ENTRY("m-6.9", "6.9", "") ENTRY("m-6.10", "6.10", ""),
	  "m-6.10.conf", "m" },
	{ "the default is an older one",
	  ENTRY("m-6.9", "6.9", "")
		  ENTRY("m-6.10", "6.10", "") "boot/loader/loader.conf = timeout 3\\n"
					      "default m-6.9.conf\n",
	  "m-6.9.conf", "m" },
	{ "the default is a pattern of all",
	  ENTRY("m-6.9", "6.9", "")
		  ENTRY("m-6.10", "6.10", "") "boot/loader/loader.conf = default m-*\n",
	  "m-6.10.conf", "m" },
	{ "the default is what was booted last",
	  ENTRY("m-6.9", "6.9", "") "boot/loader/loader.conf = default @saved\n",
	  "m-6.9.conf", "m" },
	{ "the newest has no modules: another system's, or a rescue image",
	  ENTRY("m-6.9", "6.9", "") "boot/vmlinuz-7 = k\nboot/initrd-7 = i\n"
				    "boot/loader/entries/x-7.conf = version 7\\n"
				    "linux /vmlinuz-7\\ninitrd /initrd-7\\noptions y\n",
	  "m-6.9.conf", "m" },
	{ "the newest has no image",
	  ENTRY("m-6.9", "6.9", "") "lib/modules/7 /\nboot/vmlinuz-7 = k\n"
				    "boot/loader/entries/m-7.conf = version 7\\n"
				    "linux /vmlinuz-7\\ninitrd /initrd-7\\noptions y\n",
	  "m-6.9.conf", "m" },
	{ "words of GRUB's are no files",
	  ENTRY("m-6.9", "6.9", "initrd $tuned_initrd") "boot/grub2/grub.cfg = blscfg\\n\n",
	  "m-6.9.conf", "m" },
	{ "ours is the default",
	  ENTRY("m-6.9", "6.9", "")
		  ENTRY("m-0-vfio-claim-off", "6.9",
			"options vfio_claim.mode=off") "boot/loader/loader.conf = default m-0-*\n",
	  "m-6.9.conf", "m" },
	{ "another machine's comes first",
	  "etc/machine-id = a\n" ENTRY("m-6.9", "6.9", "machine-id a\\n")
		  ENTRY("z-6.9", "6.9", "machine-id b\\nsort-key a\\n"),
	  "m-6.9.conf", "m" },
	{ "tries are counted", ENTRY("m-6.9+3-1", "6.9", ""), "m-6.9+3-1.conf", "m" },
	{ "/boot in a subvolume of the root file system",
	  "lib/modules/6.9 /\nboot/vmlinuz-6.9 = k\nboot/initrd-6.9 = i\n"
	  "boot/loader/entries/m-6.9.conf = version 6.9\\nlinux /root/boot/vmlinuz-6.9\\n"
	  "initrd /root/boot/initrd-6.9\\noptions y\n",
	  "m-6.9.conf", "m" },
	{ "by hand", ARCH("arch-fallback") ARCH("arch"), "arch.conf", "arch" },
	{ "on the EFI system partition", ON_ESP, TOKEN "-6.1.conf", TOKEN },
	{ "none but ours",
	  ENTRY("m"
		"-0-vfio-claim-off",
		"6.9", ""),
	  NULL },
	{ "a damaged unified image",
	  "boot/u.efi = k\nboot/loader/entries/u.conf = title U\\nefi /u.efi\n", NULL },
	{ "GRUB's own entries",
	  GRUB_MENU "boot/vmlinuz-6.1 = k\nboot/initrd-6.1 = i\n" ENTRY("m-6.9", "6.9", ""),
	  NULL },
	/* Names that Proxmox's "default proxmox-*" does not mean. */
	{ "Proxmox", PROXMOX_ESP("6.8.12-9-pve"), "proxmox-6.8.12-9-pve.conf", "host" },
	{ "nothing", "boot /\n", NULL },
};

static void test_entry(void **state)
{
	const struct entry_case *test = *state;
	CLEANUP(boot_entries_done) struct boot_entries ours = {};
	CLEANUP(chain_done) struct chain chain = {};
	char expected[128];
	struct tree tree;
	int r;

	tree_make(&tree, test->system);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	r = boot_entries_make(&tree.root, &chain, &ours);
	tree_remove(&tree);
	if (!test->from) {
		assert_true(r < 0 || !ours.n);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(ours.n, 1);
	assert_string_equal(strrchr(ours.items[0].original, '/') + 1, test->from);
	snprintf(expected, sizeof(expected), "%s" ENTRY_SUFFIX, test->ours);
	assert_string_equal(ours.items[0].name, expected);
	/* Loaders without sort keys list names in descending version order. */
	assert_true(strverscmp(expected, test->from) < 0);
}

struct text_case {
	const char *name;
	const char *text, *expected;
};

#define FIRST                                                                            \
	"# Written by 'vfio-claim setup --menu-entry'; 'vfio-claim remove' deletes it.\n"

static const struct text_case texts[] = {
	{ "Fedora",
	  "title Fedora Linux (6.5)\nversion 6.5\nlinux /vmlinuz-6.5\n"
	  "initrd /initramfs-6.5.img $tuned_initrd\noptions $kernelopts $tuned_params\n"
	  "grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n",
	  FIRST "title Fedora Linux (6.5)" ENTRY_TITLE "\nversion 6.5\nlinux /vmlinuz-6.5\n"
		"initrd /initramfs-6.5.img $tuned_initrd\n"
		"options $kernelopts $tuned_params " ENTRY_PARAMETER "\n"
		"grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n" },
	{ "kernel-install",
	  "# Boot Loader Specification type#1 entry\ntitle      Debian\nversion    6.1\n"
	  "machine-id 0123\nsort-key   debian\noptions    root=x ro\nlinux      /l\n",
	  FIRST "# Boot Loader Specification type#1 entry\ntitle Debian" ENTRY_TITLE "\n"
		"version    6.1\nmachine-id 0123\noptions root=x ro " ENTRY_PARAMETER "\n"
		"linux      /l\n" },
	{ "parameters for init",
	  "linux /l\r\noptions a -- single\r\noptions b --\r\noptions c --x",
	  FIRST "title Linux" ENTRY_TITLE "\nlinux /l\n"
		"options a " ENTRY_PARAMETER " -- single\noptions b " ENTRY_PARAMETER
		" --\noptions c --x " ENTRY_PARAMETER "\n" },
};

static void test_text(void **state)
{
	const struct text_case *test = *state;
	_cleanup_free_ char *name = NULL, *text = NULL;

	assert_int_equal(boot_entry_without_claim("m-1.conf", test->text, &name, &text), 0);
	assert_string_equal(text, test->expected);
}

/* Files of ours are found on every volume, and no others. */
static void test_ours(void **state)
{
	static const char system[] =
		ENTRY("m-6.9", "6.9",
		      "") "boot/loader/entries/m-0-vfio-claim-off.conf = linux /gone\n"
			  "efi/loader/entries/old-0-vfio-claim-off.conf = title x\n"
			  "boot/efi/loader/entries/.x-0-vfio-claim-off.conf = title x\n";
	CLEANUP(boot_entries_done) struct boot_entries ours = {};
	CLEANUP(chain_done) struct chain chain = {};
	struct tree tree;

	(void)state;
	tree_make(&tree, system);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	assert_int_equal(boot_entries_find(&tree.root, &chain, &ours), 0);
	tree_remove(&tree);
	assert_int_equal(ours.n, 2);
	assert_string_equal(ours.items[0].path,
			    "/boot/loader/entries/m-0-vfio-claim-off.conf");
	assert_string_equal(ours.items[0].text, "linux /gone\n");
	assert_string_equal(ours.items[1].folder, "/efi/loader/entries");
	assert_null(ours.items[1].device);
}

/* Each ESP has a default of its own; the one that is not there has none. */
static void test_esps(void **state)
{
	CLEANUP(boot_entries_done) struct boot_entries ours = {};
	CLEANUP(chain_done) struct chain chain = {};
	struct tree tree;

	(void)state;
	tree_make(&tree, PROXMOX_ESPS);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	assert_int_equal(boot_entries_make(&tree.root, &chain, &ours), 0);
	tree_remove(&tree);
	assert_int_equal(ours.n, 2);
	for (size_t i = 0; i < ours.n; i++) {
		char place[96];

		snprintf(place, sizeof(place),
			 "/mnt%zu/loader/entries/host-0-vfio-claim-off.conf", i + 1);
		assert_string_equal(ours.items[i].path, place);
		assert_non_null(strstr(ours.items[i].text,
				       "options root=x " ENTRY_PARAMETER "\n"));
	}
	assert_non_null(strstr(ours.items[0].text, "linux /EFI/proxmox/6.8/vmlinuz-6.8\n"));
	assert_non_null(strstr(ours.items[1].text, "linux /EFI/proxmox/6.5/vmlinuz-6.5\n"));
}

/* The loader's command line takes the place of the image's own, so it has all of it. */
static void test_unified(void **state)
{
	static const char expected[] = FIRST
		"title Debian 13" ENTRY_TITLE
		"\nversion 6.5\nefi /EFI/Linux/debian-6.5.efi\n"
		"options root=x quiet " ENTRY_PARAMETER "\n";
	static const char by_hand[] = FIRST
		"title U" ENTRY_TITLE "\nefi /EFI/Linux/debian-6.5.efi\n"
		"\noptions root=x quiet " ENTRY_PARAMETER "\n";
	bool is_by_hand = *state;
	CLEANUP(boot_entries_done) struct boot_entries ours = {};
	CLEANUP(chain_done) struct chain chain = {};
	struct tree tree;

	tree_make(&tree,
		  is_by_hand ?
			  "boot/efi/loader/loader.conf = default u\nboot/efi/loader/entries/u.conf = "
			  "title U\\nefi /EFI/Linux/debian-6.5.efi\nlib/modules/6.5 /\n" :
			  "boot/efi/loader/loader.conf = timeout 3\nlib/modules/6.5 /\n");
	write_unified(&tree);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	assert_int_equal(boot_entries_make(&tree.root, &chain, &ours), 0);
	tree_remove(&tree);
	assert_int_equal(ours.n, 1);
	assert_string_equal(ours.items[0].path,
			    is_by_hand ? "/boot/efi/loader/entries/u" ENTRY_SUFFIX :
					 "/boot/efi/loader/entries/debian" ENTRY_SUFFIX);
	assert_string_equal(ours.items[0].text, is_by_hand ? by_hand : expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_esps),
		cmocka_unit_test(test_unified),
		cmocka_unit_test_prestate(test_unified, TEXT("by hand")),
	};

	return RUN_TABLE(entries, test_entry) + RUN_TABLE(texts, test_text) +
	       cmocka_run_group_tests_name("boot-entry", tests, NULL, NULL);
}
