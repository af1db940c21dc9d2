// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which unified images this system builds again: the others are foreign, and no rebuild puts the configuration into
 * them. Real PE files in trees, read by the menu that starts them.
 */
#include "unit.h"

#include "host/chain/chain.h"
#include "pe-file.h"
#include "tree.h"

#include <stdio.h>

#define FILE_NAME "arch-linux.efi"
#define SYSTEM                                                                           \
	"etc/os-release = ID=debian\\n\nlib/modules/6.5 /\nefi/EFI/Linux /\n"            \
	"efi/loader/loader.conf = timeout 3\\n\n"
#define KERNEL_INSTALL "usr/bin/kernel-install = x\n"
#define OWN "etc/kernel/install.conf = "
#define VENDORS "usr/lib/kernel/install.conf = "
#define PRESET "etc/mkinitcpio.d/linux.preset = "

enum signature { UNSIGNED, SIGNED };

static const struct unified_case {
	const char *name, *tree;
	enum signature signature;
	bool is_foreign;
	const char *osrel, *release; /* NULL: this system's, and 6.5 */
} cases[] = {
	/* What is not signed may be built in ways that are not known here. */
	{ "not signed", "", UNSIGNED, false },
	{ "not signed, of mkinitcpio",
	  PRESET "default_uki=\"/efi/EFI/Linux/" FILE_NAME "\"\n", UNSIGNED, false },
	{ "not signed, of dracut", "etc/dracut.conf.d/uki.conf = uefi=\"yes\"\n",
	  UNSIGNED, false },
	{ "not signed, of kernel-install", KERNEL_INSTALL OWN "layout=uki\n", UNSIGNED,
	  false },
	{ "signed, and nothing builds it", "", SIGNED, true },

	/* kernel-install */
	{ "signed: kernel-install", KERNEL_INSTALL OWN "layout=uki\n", SIGNED, false },
	{ "signed: its distribution's", KERNEL_INSTALL VENDORS "layout=uki\n", SIGNED,
	  false },
	{ "signed: blanks", KERNEL_INSTALL OWN "# mine\\n  layout = uki \n", SIGNED, false },
	{ "signed: another layout", KERNEL_INSTALL OWN "layout=bls\n", SIGNED, true },
	{ "signed: a comment", KERNEL_INSTALL OWN "#layout=uki\n", SIGNED, true },
	{ "signed: /etc says bls, /usr/lib uki",
	  KERNEL_INSTALL OWN "layout=bls\n" VENDORS "layout=uki\n", SIGNED, true },
	{ "signed: /etc says nothing, /usr/lib uki",
	  KERNEL_INSTALL OWN "initrd_generator=dracut\n" VENDORS "layout=uki\n", SIGNED,
	  true },
	{ "signed: /etc says uki, /usr/lib bls",
	  KERNEL_INSTALL OWN "layout=uki\n" VENDORS "layout=bls\n", SIGNED, false },
	{ "signed: kernel-install is gone", OWN "layout=uki\n", SIGNED, true },

	/* dracut */
	{ "signed: dracut", "etc/dracut.conf.d/uki.conf = uefi=\"yes\"\n", SIGNED, false },
	{ "signed: dracut.conf", "etc/dracut.conf = hostonly=yes\\nuefi=yes\n", SIGNED,
	  false },
	{ "signed: dracut's distribution's",
	  "usr/lib/dracut/dracut.conf.d/50-uki.conf = uefi=yes\n", SIGNED, false },
	{ "signed: uefi=no", "etc/dracut.conf.d/uki.conf = uefi=no\n", SIGNED, true },
	{ "signed: no file of dracut's", "etc/dracut.conf.d/uki.conf.bak = uefi=yes\n",
	  SIGNED, true },

	/* mkinitcpio */
	{ "signed: mkinitcpio", PRESET "default_uki=\"/efi/EFI/Linux/" FILE_NAME "\"\n",
	  SIGNED, false },
	{ "signed: the fallback's preset",
	  PRESET
	  "default_uki=/efi/EFI/Linux/x.efi\\nfallback_uki=/efi/EFI/Linux/" FILE_NAME "\n",
	  SIGNED, false },
	{ "signed: a preset of another file",
	  PRESET "default_uki=\"/efi/EFI/Linux/x.efi\"\n", SIGNED, true },
	{ "signed: a preset without one",
	  PRESET "#default_uki=/efi/EFI/Linux/" FILE_NAME "\n", SIGNED, true },
	{ "signed: a preset of plain images",
	  PRESET "default_image=\"/efi/EFI/Linux/" FILE_NAME "\"\n", SIGNED, true },

	/* Others' */
	{ "another system's", KERNEL_INSTALL OWN "layout=uki\n", UNSIGNED, true,
	  "ID=fedora\n" },
	{ "a system whose name begins the same", "", UNSIGNED, true, "ID=debianx\n" },
	{ "of no system", "", UNSIGNED, false, "PRETTY_NAME=x\n" },
	{ "of a kernel that is not installed", KERNEL_INSTALL OWN "layout=uki\n",
	  UNSIGNED, true, NULL, "6.6" },
	{ "packaged, and kernel-install copies it",
	  KERNEL_INSTALL OWN "layout=uki\nlib/modules/6.5/vmlinuz-virt.efi = same\n",
	  SIGNED, true },
	{ "packaged, and not signed", "lib/modules/6.5/vmlinuz-virt.efi = same\n",
	  UNSIGNED, true },
	{ "another one is packaged",
	  KERNEL_INSTALL OWN "layout=uki\nlib/modules/6.5/vmlinuz-virt.efi = x\n", SIGNED,
	  false },
};

/* The file that begins with "same" is the image. */
static void write_image(const struct unified_case *test, const struct tree *tree)
{
	const struct section sections[] = {
		{ ".osrel", test->osrel ?: "ID=debian\nPRETTY_NAME=\"Debian 13\"\n" },
		{ ".cmdline", "root=x" },
		{ ".uname", test->release ?: "6.5" },
		{ ".linux", "kernel" },
		{ ".initrd", "image" },
		{},
	};
	struct bytes bytes = make_pe(0x20b, test->signature == SIGNED, sections);
	char folder[128];

	snprintf(folder, sizeof(folder), "%s/efi/EFI/Linux", tree->folder);
	bytes_write(&bytes, folder, FILE_NAME);
	snprintf(folder, sizeof(folder), "%s/lib/modules/6.5", tree->folder);
	if (strstr(test->tree, "= same"))
		bytes_write(&bytes, folder, "vmlinuz-virt.efi");
	bytes_done(&bytes);
}

static void test_foreign(void **state)
{
	const struct unified_case *test = *state;
	_cleanup_free_ char *text = text_format(SYSTEM "%s", test->tree);
	CLEANUP(chain_done) struct chain chain = {};
	const struct chain_entry *entry;
	struct tree tree;

	tree_make(&tree, text);
	write_image(test, &tree);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	assert_int_equal(chain.n_entries, 1);
	entry = &chain.entries[0];
	assert_int_equal(entry->kind, ENTRY_UNIFIED);
	assert_int_equal(entry->n_images, 1);
	assert_string_equal(entry->options, "root=x");
	assert_int_equal(entry->is_fixed, test->signature == SIGNED);
	assert_int_equal(entry->is_foreign, test->is_foreign);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(cases, test_foreign);
}
