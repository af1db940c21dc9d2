// SPDX-License-Identifier: GPL-2.0-or-later
/* The boot chain is read from the menus as grub-mkconfig, kernel-install, grubby and people write them. */
#include "unit.h"

#include "base/buffer.h"
#include "host/chain/chain.h"
#include "tree.h"

#include <stdio.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
#define KERNEL(v)                                                                        \
	"lib/modules/" v " /\nboot/vmlinuz-" v " = k\nboot/initrd.img-" v " = i\n"

/* Entries as 10_linux prints them, in lines that a tree takes. */
#define MENUENTRY(title, id, v, options)                                                 \
	"menuentry '" title "' --class debian $menuentry_id_option '" id "' {\\n"        \
	"\tload_video\\n\tif [ x$grub_platform = xxen ]; then insmod xzio; fi\\n"        \
	"\tlinux\t/boot/vmlinuz-" v " root=UUID=1 ro  " options "\\n"                    \
	"\techo\t'Loading initial ramdisk ...'\\n"                                       \
	"\tinitrd\t/boot/initrd.img-" v "\\n}\\n"
#define HEADER(chosen, style, timeout)                                                   \
	"boot/grub/grub.cfg = if [ -s $prefix/grubenv ]; then\\n  load_env\\nfi\\n"      \
	"if [ \"${next_entry}\" ] ; then\\n   set default=\"${next_entry}\"\\n"          \
	"   set next_entry=\\nelse\\n   set default=\"" chosen "\"\\nfi\\n"              \
	"function recordfail {\\n  set recordfail=1\\n}\\n"                              \
	"if [ \"${recordfail}\" = 1 ] ; then\\n  set timeout=30\\nelse\\n"               \
	"  set timeout_style=" style "\\n  set timeout=" timeout "\\nfi\\n"              \
	"### BEGIN /etc/grub.d/10_linux ###\\n"
#define GRUB(chosen, style, timeout)                                                     \
	KERNEL("6.1.0")                                                                  \
	KERNEL("6.12.0")                                                                 \
	HEADER(chosen, style, timeout)                                                   \
	MENUENTRY("Debian", "simple", "6.12.0", "quiet")                                 \
	"submenu 'Advanced options' $menuentry_id_option 'advanced' {\\n" MENUENTRY(     \
		"Debian, with Linux 6.12.0", "6.12.0-advanced", "6.12.0", "quiet")       \
		MENUENTRY("Debian, with Linux 6.1.0", "6.1.0-advanced", "6.1.0",         \
			  "quiet") "}\\n"
#define THREE(a, b, c)                                                                                              \
	a "simple 6.12.0 /boot/vmlinuz-6.12.0 [/boot/initrd.img-6.12.0] root=UUID=1 ro quiet\n" b                   \
	  "advanced>6.12.0-advanced 6.12.0 /boot/vmlinuz-6.12.0 [/boot/initrd.img-6.12.0] root=UUID=1 ro quiet\n" c \
	  "advanced>6.1.0-advanced 6.1.0 /boot/vmlinuz-6.1.0 [/boot/initrd.img-6.1.0] root=UUID=1 ro quiet\n"
#define MENU "GRUB /boot/grub/grub.cfg\n"

#define BLS(folder, id, v, more)                                                         \
	folder "/loader/entries/" id ".conf = title Linux\\nversion " v "\\n" more "\n"
#define ON_ESP(v)                                                                        \
	"lib/modules/" v " /\nefi/" TOKEN "/" v "/linux = k\nefi/" TOKEN "/" v           \
	"/initrd.img-" v                                                                 \
	" = i\n" BLS("efi", TOKEN "-" v, v,                                              \
		     "machine-id " TOKEN                                                 \
		     "\\nsort-key debian\\noptions root=x\\noptions ro\\n"               \
		     "linux /" TOKEN "/" v "/linux\\ninitrd /" TOKEN "/" v               \
		     "/initrd.img-" v)

static const struct chain_case {
	const char *name, *tree, *expected;
} cases[] = {
	{ "nothing", "etc /\n", "unknown -\n" },
	{ "images without a menu", KERNEL("6.1.0"), "unknown -\n" },
	{ "the first entry", GRUB("0", "menu", "5") "\n", MENU THREE("*", "", "") },
	{ "by numbers", GRUB("1>1", "menu", "5") "\n", MENU THREE("", "", "*") },
	{ "by ids", GRUB("advanced>6.12.0-advanced", "menu", "5") "\n",
	  MENU THREE("", "*", "") },
	{ "by titles", GRUB("Advanced options>Debian, with Linux 6.1.0", "menu", "5") "\n",
	  MENU THREE("", "", "*") },
	{ "mixed", GRUB("1>6.1.0-advanced", "menu", "5") "\n", MENU THREE("", "", "*") },
	{ "saved",
	  GRUB("${saved_entry}", "menu",
	       "5") "\nboot/grub/grubenv = # GRUB Environment Block\\n"
		    "saved_entry=advanced>6.1.0-advanced\\n####\n",
	  MENU THREE("", "", "*") },
	{ "saved, and nothing is", GRUB("${saved_entry}", "menu", "5") "\n",
	  MENU THREE("*", "", "") },
	{ "for one boot",
	  GRUB("0", "menu", "5") "\nboot/grub/grubenv = next_entry=1>0\\nsaved_entry=0\\n\n",
	  MENU THREE("", "*", "") },
	{ "an entry that is not there", GRUB("9", "menu", "5") "\n",
	  MENU THREE("*", "", "") },
	{ "hidden", GRUB("0", "hidden", "0") "\n",
	  "GRUB /boot/grub/grub.cfg hidden\n" THREE("*", "", "") },
	{ "a menu for no time", GRUB("0", "menu", "0") "\n",
	  "GRUB /boot/grub/grub.cfg hidden\n" THREE("*", "", "") },
	{ "this boot's",
	  "proc/cmdline = BOOT_IMAGE=/boot/vmlinuz-6.12.0 root=UUID=1 ro quiet\n" GRUB(
		  "0", "menu", "5") "\n",
	  /* The same image and line: each may have been it. */
	  MENU
	  "*+simple 6.12.0 /boot/vmlinuz-6.12.0 [/boot/initrd.img-6.12.0] root=UUID=1 ro quiet\n"
	  "+advanced>6.12.0-advanced 6.12.0 /boot/vmlinuz-6.12.0 [/boot/initrd.img-6.12.0] root=UUID=1 ro quiet\n"
	  "advanced>6.1.0-advanced 6.1.0 /boot/vmlinuz-6.1.0 [/boot/initrd.img-6.1.0] root=UUID=1 ro quiet\n" },
	{ "/boot of its own, and microcode",
	  KERNEL("6.1.0") "boot/intel-ucode.img = u\n" HEADER(
		  "0", "menu", "5") "menuentry 'Debian' {\\n linux /vmlinuz-6.1.0 root=x\\n"
				    " initrd /intel-ucode.img /initrd.img-6.1.0\\n}\\n\n",
	  MENU
	  "*Debian 6.1.0 /boot/vmlinuz-6.1.0 [/boot/intel-ucode.img /boot/initrd.img-6.1.0] root=x\n" },
	{ "subvolumes and datasets",
	  KERNEL("6.1.0") KERNEL("6.2.0") KERNEL("6.3.0") HEADER(
		  "0", "menu",
		  "5") "menuentry a {\\n linux /@/boot/vmlinuz-6.1.0 a\\n initrd /@/boot/initrd.img-6.1.0\\n}\\n"
		       "menuentry b {\\n linux /BOOT/debian@/vmlinuz-6.2.0 b\\n initrd /BOOT/debian@/initrd.img-6.2.0\\n}\\n"
		       "menuentry c {\\n linux /ROOT/debian@/boot/vmlinuz-6.3.0 c\\n initrd /ROOT/debian@/boot/initrd.img-6.3.0\\n}\\n\n",
	  MENU "*a 6.1.0 /boot/vmlinuz-6.1.0 [/boot/initrd.img-6.1.0] a\n"
	       "b 6.2.0 /boot/vmlinuz-6.2.0 [/boot/initrd.img-6.2.0] b\n"
	       "c 6.3.0 /boot/vmlinuz-6.3.0 [/boot/initrd.img-6.3.0] c\n" },
	{ "other programs, other systems, a removed kernel, ours, Xen",
	  KERNEL("6.1.0") HEADER(
		  "0", "menu",
		  "5") "menuentry 'Memory test' {\\n linux16 /boot/memtest86+x64.bin\\n}\\n"
		       "menuentry 'Firmware' $menuentry_id_option 'uefi' {\\n fwsetup\\n}\\n" MENUENTRY(
			       "Gone", "gone", "5.0.0", "")
			       MENUENTRY("Off", "vfio-claim-off", "6.1.0",
					 "vfio_claim.mode=off") "menuentry 'Xen' {\\n multiboot2 /boot/xen.gz placeholder\\n"
								" module2 /boot/vmlinuz-6.1.0 placeholder root=x\\n module2 --nounzip /boot/initrd.img-6.1.0\\n}\\n"
								"### BEGIN /etc/grub.d/30_os-prober ###\\n" MENUENTRY(
									"Other", "other",
									"6.1.0", "") "\n",
	  MENU
	  "*Memory test - /boot/memtest86+x64.bin! [] \n"
	  "gone - /boot/vmlinuz-5.0.0! [/boot/initrd.img-5.0.0!] root=UUID=1 ro\n"
	  "vfio-claim-off 6.1.0 /boot/vmlinuz-6.1.0 [/boot/initrd.img-6.1.0] root=UUID=1 ro vfio_claim.mode=off (ours)\n"
	  "Xen 6.1.0 /boot/vmlinuz-6.1.0 [/boot/initrd.img-6.1.0] placeholder root=x\n"
	  "other 6.1.0 /boot/vmlinuz-6.1.0 [/boot/initrd.img-6.1.0] root=UUID=1 ro (foreign)\n" },
	{ "Fedora: entries in files, with GRUB's variables",
	  "lib/modules/6.9 /\nlib/modules/6.10 /\nboot/vmlinuz-6.9 = k\nboot/vmlinuz-6.10 = k\n"
	  "boot/initramfs-6.9.img = i\nboot/initramfs-6.10.img = i\nboot/vmlinuz-0-rescue-m = k\n"
	  "boot/initramfs-0-rescue-m.img = i\netc/machine-id = m\\n\n"
	  "boot/grub2/grubenv = saved_entry=m-6.9\\nkernelopts=root=x ro \\n\n"
	  "boot/grub2/grub.cfg = set default=\"${saved_entry}\"\\ninsmod blscfg\\nblscfg\\n"
	  "menuentry 'UEFI Firmware Settings' {\\n fwsetup\\n}\\n\n" BLS(
		  "boot", "m-6.9", "6.9",
		  "linux /vmlinuz-6.9\\ninitrd /initramfs-6.9.img $tuned_initrd\\noptions $kernelopts $tuned_params")
		  BLS("boot", "m-6.10", "6.10",
		      "linux /vmlinuz-6.10\\ninitrd /initramfs-6.10.img\\noptions root=y quiet")
			  BLS("boot", "m-0-rescue", "0-rescue-m",
			      "linux /vmlinuz-0-rescue-m\\ninitrd /initramfs-0-rescue-m.img\\noptions root=y"),
	  "GRUB /boot/grub2/grub.cfg\n"
	  "m-6.10 6.10 /boot/vmlinuz-6.10 [/boot/initramfs-6.10.img] root=y quiet\n"
	  "*m-6.9 6.9 /boot/vmlinuz-6.9 [/boot/initramfs-6.9.img] root=x ro  \n"
	  "m-0-rescue - /boot/vmlinuz-0-rescue-m [/boot/initramfs-0-rescue-m.img] root=y (rescue)\n" },
	{ "systemd-boot, the newest first, a copy and its sources",
	  "etc/machine-id = " TOKEN "\\n\n" KERNEL("6.9") KERNEL("6.10") ON_ESP("6.9")
		  ON_ESP("6.10") "efi/loader/loader.conf = timeout 3\\n\n",
	  "systemd-boot /efi/loader/entries/" TOKEN "-6.10.conf\n"
	  "*" TOKEN "-6.10 6.10 /efi/" TOKEN "/6.10/linux</boot/vmlinuz-6.10 [/efi/" TOKEN
	  "/6.10/initrd.img-6.10</boot/initrd.img-6.10] root=x ro\n" TOKEN
	  "-6.9 6.9 /efi/" TOKEN "/6.9/linux</boot/vmlinuz-6.9 [/efi/" TOKEN
	  "/6.9/initrd.img-6.9</boot/initrd.img-6.9] root=x ro\n" },
	{ "a default by pattern, hidden; another machine's; bad tries last",
	  "etc/machine-id = " TOKEN "\\n\n" ON_ESP("6.9")
		  ON_ESP("6.10") "efi/loader/loader.conf = default *-6.9.conf\\n\n" BLS(
			  "efi", "zz-6.9", "6.9",
			  "machine-id f\\nlinux /k\\ninitrd /i\\noptions z") "efi/loader/entries/a+0-3.conf = sort-key a\\nlinux /k\\noptions t\\n\n",
	  "systemd-boot /efi/loader/entries/" TOKEN "-6.10.conf hidden\n" TOKEN
	  "-6.10 6.10 /efi/" TOKEN "/6.10/linux [/efi/" TOKEN
	  "/6.10/initrd.img-6.10] root=x ro\n"
	  "*" TOKEN "-6.9 6.9 /efi/" TOKEN "/6.9/linux [/efi/" TOKEN
	  "/6.9/initrd.img-6.9] root=x ro\n"
	  "zz-6.9 - /efi/k! [/efi/i!] z (foreign)\n"
	  "a - /efi/k! [] t\n" },
	{ "Arch: by packages",
	  "lib/modules/6.12.1-arch1-1/pkgbase = linux\\n\nlib/modules/6.6.1-1-lts/pkgbase = linux-lts\\n\n"
	  "boot/vmlinuz-linux = k\nboot/vmlinuz-linux-lts = k\nboot/initramfs-linux.img = i\nboot/amd-ucode.img = u\n"
	  "boot/initramfs-linux-lts.img = i\nboot/initramfs-linux-fallback.img = i\n"
	  "boot/loader/loader.conf = default arch.conf\\ntimeout 4\\n\n"
	  "boot/loader/entries/arch.conf = title Arch\\nlinux /vmlinuz-linux\\ninitrd /amd-ucode.img\\n"
	  "initrd /initramfs-linux.img\\noptions root=x rw\\n\n"
	  "boot/loader/entries/lts.conf = title Arch\\nlinux /vmlinuz-linux-lts\\n"
	  "initrd /initramfs-linux-lts.img\\noptions root=x rw\\n\n"
	  "boot/loader/entries/arch-fallback.conf = title Arch\\nlinux /vmlinuz-linux\\n"
	  "initrd /initramfs-linux-fallback.img\\noptions root=x rw\\n\n",
	  "systemd-boot /boot/loader/entries/lts.conf\n"
	  "lts 6.6.1-1-lts /boot/vmlinuz-linux-lts [/boot/initramfs-linux-lts.img] root=x rw\n"
	  "*arch 6.12.1-arch1-1 /boot/vmlinuz-linux [/boot/amd-ucode.img /boot/initramfs-linux.img] root=x rw\n"
	  "arch-fallback 6.12.1-arch1-1 /boot/vmlinuz-linux [/boot/initramfs-linux-fallback.img] root=x rw (rescue)\n" },
	{ "ours is listed after its original, and is not the default",
	  "boot/loader/loader.conf = timeout 4\\n\nboot/vmlinuz-linux = k\nboot/initramfs-linux.img = i\n"
	  "boot/loader/entries/arch.conf = linux /vmlinuz-linux\\ninitrd /initramfs-linux.img\\noptions a\\n\n"
	  "boot/loader/entries/arch-0-vfio-claim-off.conf = linux /vmlinuz-linux\\n"
	  "initrd /initramfs-linux.img\\noptions a vfio_claim.mode=off\\n\n",
	  "systemd-boot /boot/loader/entries/arch.conf\n"
	  "*arch - /boot/vmlinuz-linux [/boot/initramfs-linux.img] a\n"
	  "arch-0-vfio-claim-off - /boot/vmlinuz-linux [/boot/initramfs-linux.img] a vfio_claim.mode=off (ours)\n" },
	{ "an ESP that is not mounted",
	  ON_ESP("6.9") "etc/fstab = /dev/sda1 / ext4 defaults 0 1\\nUUID=1-2 /efi vfat defaults 0 1\\n\n"
			"proc/self/mountinfo = 1 1 8:1 / / rw - ext4 /dev/sda1 rw\\n\n",
	  "unknown - incomplete: /efi not mounted\n" },
	{ "GRUB needs no ESP",
	  GRUB("0", "menu",
	       "5") "\netc/fstab = UUID=1-2 /boot/efi vfat defaults 0 1\\n\n"
		    "proc/self/mountinfo = 1 1 8:1 / / rw - ext4 /dev/sda1 rw\\n\n",
	  MENU THREE("*", "", "") },
	{ "Proxmox: two ESPs, one is absent",
	  KERNEL("6.8.12-9-pve") "etc/kernel/proxmox-boot-uuids = 1234-ABCD\\n\\n5678-EF01\\nwrong\\n\n"
				 "sys/firmware/efi /\n"
				 "dev/disk/by-uuid/1234-ABCD -> ../../sda2\ndev/sda2 = \nsys/class/block/sda2 -> ../../devices/a/block/sda2\n"
				 "proc/self/mountinfo = 1 1 8:2 / /mnt rw - vfat /dev/sda2 rw\\n\n"
				 "mnt/EFI/proxmox/6.8.12-9-pve/vmlinuz-6.8.12-9-pve = k\nmnt/EFI/proxmox/6.8.12-9-pve/initrd.img-6.8.12-9-pve = i\n"
				 "mnt/loader/loader.conf = timeout 3\\ndefault proxmox-*\\n\n" BLS(
					 "mnt", "proxmox-6.8.12-9-pve", "6.8.12-9-pve",
					 "options root=ZFS=rpool\\nlinux /EFI/proxmox/6.8.12-9-pve/vmlinuz-6.8.12-9-pve\\ninitrd /EFI/proxmox/6.8.12-9-pve/initrd.img-6.8.12-9-pve"),
	  "systemd-boot /mnt/loader/entries/proxmox-6.8.12-9-pve.conf incomplete: ESP 5678-EF01 absent\n"
	  "*proxmox-6.8.12-9-pve 6.8.12-9-pve /mnt/EFI/proxmox/6.8.12-9-pve/vmlinuz-6.8.12-9-pve</boot/vmlinuz-6.8.12-9-pve "
	  "[/mnt/EFI/proxmox/6.8.12-9-pve/initrd.img-6.8.12-9-pve</boot/initrd.img-6.8.12-9-pve] root=ZFS=rpool\n" },
};

static void print_file(FILE *stream, const struct chain_file *file)
{
	fprintf(stream, "%s%s%s%s", file->path ? file->name : "-",
		file->is_missing ? "!" : "", file->source ? "<" : "", file->source ?: "");
}

static void print_entry(FILE *stream, const struct chain_entry *entry)
{
	fprintf(stream, "%s%s%s %s ", entry->is_default ? "*" : "",
		entry->is_booted ? "+" : "", entry->id, entry->release ?: "-");
	print_file(stream, &entry->kernel);
	fputs(" [", stream);
	for (size_t i = 0; i < entry->n_images; i++) {
		fputs(i ? " " : "", stream);
		print_file(stream, &entry->images[i]);
	}
	fprintf(stream, "] %s%s%s%s\n", entry->options ?: "-",
		entry->is_ours ? " (ours)" : "", entry->is_rescue ? " (rescue)" : "",
		entry->is_foreign ? " (foreign)" : "");
}

static void print_chain(FILE *stream, const struct chain *chain)
{
	static const char *const states[] = { "read", "not mounted", "absent",
					      "unreadable" };

	fprintf(stream, "%s %s%s%s", loader_word(chain->loader), chain->menu ?: "-",
		chain->is_menu_hidden ? " hidden" : "",
		chain->is_complete ? "" : " incomplete:");
	for (size_t i = 0; i < chain->n_volumes && !chain->is_complete; i++)
		if (chain->volumes[i].state != VOLUME_READ)
			fprintf(stream, " %s %s", chain->volumes[i].name,
				states[chain->volumes[i].state]);
	fputs("\n", stream);
	for (size_t i = 0; i < chain->n_entries; i++)
		print_entry(stream, &chain->entries[i]);
}

static void test_chain(void **state)
{
	const struct chain_case *test = *state;
	struct chain chain = {};
	struct buffer buffer;
	struct tree tree;
	char *text;

	tree_make(&tree, test->tree);
	assert_int_equal(chain_read(&tree.root, &chain), 0);
	assert_int_equal(buffer_open(&buffer), 0);
	print_chain(buffer.stream, &chain);
	assert_int_equal(buffer_close(&buffer, &text), 0);
	assert_string_equal(text, test->expected);
	free(text);
	chain_done(&chain);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(cases, test_chain);
}
