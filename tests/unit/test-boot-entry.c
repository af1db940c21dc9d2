// SPDX-License-Identifier: GPL-2.0-or-later
/* An entry without the claim copies the default entry and sorts behind all others. */
#include "unit.h"

#include "host/boot-entry.h"
#include "menu-tree.h"

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
	{ "words of GRUB's are no files", ENTRY("m-6.9", "6.9", "initrd $tuned_initrd"),
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
	{ "a unified image",
	  "boot/u.efi = k\nboot/loader/entries/u.conf = title U\\nefi /u.efi\n", NULL },
	{ "nothing", "boot /\n", NULL },
};

static void test_entry(void **state)
{
	const struct entry_case *test = *state;
	_cleanup_free_ char *name = NULL, *text = NULL;
	struct boot_entry entry = {};
	char expected[128];
	struct tree tree;
	int r;

	tree_make(&tree, test->system);
	r = boot_entry_find(&tree.root, &entry);
	tree_remove(&tree);
	if (!test->from) {
		assert_int_equal(r, -ENOENT);
		return;
	}
	assert_int_equal(r, 0);
	assert_string_equal(entry.name, test->from);
	assert_int_equal(boot_entry_without_claim(&entry, &name, &text), 0);
	snprintf(expected, sizeof(expected), "%s" ENTRY_SUFFIX, test->ours);
	assert_string_equal(name, expected);
	/* Loaders without sort keys list names in descending version order. */
	assert_true(strverscmp(name, entry.name) < 0);
	boot_entry_done(&entry);
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
	struct boot_entry entry = { "/boot", TEXT("m-1.conf"), (char *)test->text };
	_cleanup_free_ char *name = NULL, *text = NULL;

	assert_int_equal(boot_entry_without_claim(&entry, &name, &text), 0);
	assert_string_equal(text, test->expected);
}

static void test_ours(void **state)
{
	static const char whole[] = "boot/vmlinuz-6.9 = k\nboot/initrd-6.9 = i\n"
				    "boot/loader/entries/m-6.9.conf = linux /gone\n"
				    "boot/loader/entries/m-0-vfio-claim-off.conf = "
				    "linux /vmlinuz-6.9\\ninitrd /initrd-6.9\n";
	static const char none[] = "boot/loader/entries/m-6.9.conf = linux /gone\n";
	CLEANUP(strings_done) struct strings paths = {}, no_paths = {};
	_cleanup_free_ char *missing = NULL;
	struct tree tree;

	(void)state;
	tree_make(&tree, whole);
	assert_int_equal(boot_entry_find_ours(&tree.root, &paths), 0);
	assert_int_equal(paths.n, 1);
	assert_string_equal(paths.items[0], "/boot/loader/entries/m-0-vfio-claim-off.conf");
	assert_null(boot_entry_find_missing(&tree.root, paths.items[0]));
	assert_int_equal(unlinkat(tree.root.fd, "boot/initrd-6.9", 0), 0);
	missing = boot_entry_find_missing(&tree.root, paths.items[0]);
	assert_string_equal(missing, "/initrd-6.9");
	tree_remove(&tree);
	tree_make(&tree, none);
	assert_int_equal(boot_entry_find_ours(&tree.root, &no_paths), 0);
	assert_int_equal(no_paths.n, 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
	};

	return RUN_TABLE(entries, test_entry) + RUN_TABLE(texts, test_text) +
	       cmocka_run_group_tests_name("boot-entry", tests, NULL, NULL);
}
