// SPDX-License-Identifier: GPL-2.0-or-later
/* Each system's place for a kernel parameter, by what boots. */
#include "unit.h"

#include "host/bootloader.h"
#include "tree.h"

/* The kernel command line --------------------------------------------------------------- */

#define CMDLINE "etc/kernel/cmdline = root=x\n"
#define DEFAULTS "etc/default/grub = x\n"
#define DEBIAN_GRUB                                                                      \
	DEFAULTS "usr/sbin/update-grub = x\nusr/sbin/grub-mkconfig = "                   \
		 "for x in ${sysconfdir}/default/grub.d/*.cfg\n"
#define OTHER_GRUB DEFAULTS "usr/bin/grub-mkconfig = . ${sysconfdir}/default/grub\n"
#define PROXMOX_TOOL "etc/kernel/proxmox-boot-uuids = 1\nusr/sbin/proxmox-boot-tool = x\n"
#define MKINITCPIO "usr/bin/mkinitcpio = x\netc/mkinitcpio.d/linux.preset = "

#define DRACUT_LINE                                                                      \
	"usr/bin/dracut = x\netc/dracut.conf.d/line.conf = kernel_cmdline=\"root=x\"\n"

/* An entry as chain_read() gives it. */
#define GRUB_ENTRY                                                                       \
	{                                                                                \
		.kind = ENTRY_GRUB, .is_default = true, .options = TEXT("root=x")        \
	}
#define FILE_ENTRY(id_, kernel_, release_, ...)                                          \
	{                                                                                \
		.kind = ENTRY_FILE, .is_default = true, .id = TEXT(id_),                 \
		.config = TEXT("/boot/loader/entries/" id_ ".conf"),                     \
		.kernel.path = TEXT(kernel_), .release = release_,                       \
		.options = TEXT("root=x"), __VA_ARGS__                                   \
	}
#define UNIFIED(...)                                                                     \
	{                                                                                \
		.kind = ENTRY_UNIFIED, .is_default = true, .options = TEXT("root=x"),    \
		__VA_ARGS__                                                              \
	}

struct place_case {
	const char *name;
	const char *system;
	enum loader loader;
	const char *menu;
	struct chain_entry entries[3];
	enum bootloader_place place;
	/* Of the commands, each with a ';' behind it; UNKNOWN: a part of `why`. */
	const char *says;
	const char *files; /* the same; NULL: none */
	bool needs_images;
};

static const struct place_case places[] = {
	/* GRUB */
	{ "Debian",
	  DEBIAN_GRUB,
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB,
	  "update-grub;",
	  "/etc/default/grub;" },
	{ "Debian with a leftover file",
	  DEBIAN_GRUB CMDLINE,
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB,
	  "update-grub;",
	  "/etc/default/grub;" },
	{ "Debian with settings, in their order",
	  DEBIAN_GRUB
	  "etc/default/grub.d/b.cfg = x\netc/default/grub.d/a.cfg = x\n"
	  "etc/default/grub.d/c.txt = x\netc/default/grub.d/vfio-claim.cfg = x\n",
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB,
	  "update-grub;",
	  "/etc/default/grub;/etc/default/grub.d/a.cfg;/etc/default/grub.d/b.cfg;" },
	{ "Arch",
	  OTHER_GRUB,
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB_DEFAULTS,
	  "grub-mkconfig -o /boot/grub/grub.cfg;",
	  "/etc/default/grub;" },
	{ "Arch with a folder that nothing reads",
	  OTHER_GRUB "etc/default/grub.d/x.cfg = x\n",
	  LOADER_GRUB,
	  "/efi/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB_DEFAULTS,
	  "grub-mkconfig -o /efi/grub/grub.cfg;",
	  "/etc/default/grub;" },
	{ "Manjaro",
	  OTHER_GRUB "usr/bin/update-grub = x\n",
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB_DEFAULTS,
	  "update-grub;",
	  "/etc/default/grub;" },
	{ "openSUSE",
	  DEFAULTS "usr/sbin/grub2-mkconfig = x\n",
	  LOADER_GRUB,
	  "/boot/grub2/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB_DEFAULTS,
	  "grub2-mkconfig -o /boot/grub2/grub.cfg;",
	  "/etc/default/grub;" },
	{ "GRUB whose configuration is out of reach",
	  OTHER_GRUB,
	  LOADER_GRUB,
	  "ESP 1:/grub",
	  { GRUB_ENTRY },
	  BOOTLOADER_UNKNOWN,
	  "not mounted" },
	{ "GRUB without settings",
	  "usr/bin/grub-mkconfig = x\n",
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_UNKNOWN,
	  "'linux' lines" },

	/* Proxmox */
	{ "Proxmox with GRUB, ZFS",
	  DEBIAN_GRUB PROXMOX_TOOL CMDLINE,
	  LOADER_GRUB,
	  "ESP 1:/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB,
	  "update-grub;proxmox-boot-tool refresh;",
	  "/etc/default/grub;" },
	{ "Proxmox with systemd-boot",
	  DEBIAN_GRUB PROXMOX_TOOL CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("proxmox-6.8", "/EFI/proxmox/6.8/vmlinuz", TEXT("6.8")) },
	  BOOTLOADER_KERNEL_CMDLINE,
	  "proxmox-boot-tool refresh;" },
	{ "Proxmox with systemd-boot, without the file",
	  PROXMOX_TOOL,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("proxmox-6.8", "/EFI/proxmox/6.8/vmlinuz", TEXT("6.8")) },
	  BOOTLOADER_UNKNOWN,
	  "proxmox-boot-tool refresh" },

	/* Entries in files */
	{ "Fedora",
	  "usr/sbin/grubby = x\n" CMDLINE DEFAULTS,
	  LOADER_GRUB,
	  "/boot/grub2/grub.cfg",
	  { FILE_ENTRY("abc-6.5", "/vmlinuz-6.5", TEXT("6.5")) },
	  BOOTLOADER_GRUBBY,
	  "" },
	{ "grubby, and a menu of GRUB's own",
	  "usr/sbin/grubby = x\n" DEBIAN_GRUB,
	  LOADER_GRUB,
	  "/boot/grub/grub.cfg",
	  { GRUB_ENTRY },
	  BOOTLOADER_GRUB,
	  "update-grub;",
	  "/etc/default/grub;" },
	{ "kernel-install",
	  CMDLINE "usr/bin/kernel-install = x\nboot/vmlinuz-6.5 = x\n"
		  "lib/modules/6.6/vmlinuz = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("abc-6.5", "/abc/6.5/linux", TEXT("6.5")),
	    FILE_ENTRY("abc-6.6+3", "/abc/6.6/linux", TEXT("6.6")),
	    FILE_ENTRY("abc-6.6", "/abc/6.6/linux", TEXT("6.6")) },
	  BOOTLOADER_KERNEL_CMDLINE,
	  "kernel-install add 6.5 /boot/vmlinuz-6.5;"
	  "kernel-install add 6.6 /lib/modules/6.6/vmlinuz;" },
	{ "kernel-install without the file",
	  "usr/bin/kernel-install = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("abc-6.5", "/abc/6.5/linux", TEXT("6.5")) },
	  BOOTLOADER_UNKNOWN,
	  "write the whole command line there" },
	/* dracut puts its words into an image, and the entry's options are what the kernel gets. */
	{ "kernel-install, and words in dracut's file",
	  CMDLINE DRACUT_LINE "usr/bin/kernel-install = x\nboot/vmlinuz-6.5 = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("abc-6.5", "/abc/6.5/linux", TEXT("6.5")) },
	  BOOTLOADER_KERNEL_CMDLINE,
	  "kernel-install add 6.5 /boot/vmlinuz-6.5;" },
	{ "kernel-install without its file, and words in dracut's",
	  DRACUT_LINE "usr/bin/kernel-install = x\nboot/vmlinuz-6.5 = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("abc-6.5", "/abc/6.5/linux", TEXT("6.5")) },
	  BOOTLOADER_UNKNOWN,
	  "there is no /etc/kernel/cmdline" },
	{ "by hand, and words in dracut's file",
	  CMDLINE DRACUT_LINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("arch", "/vmlinuz-linux", NULL) },
	  BOOTLOADER_ENTRIES,
	  "",
	  "/boot/loader/entries/arch.conf;" },
	{ "by hand",
	  CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("arch", "/vmlinuz-linux", NULL),
	    FILE_ENTRY("arch-0-vfio-claim-off", "/vmlinuz-linux", NULL, .is_ours = true),
	    FILE_ENTRY("windows", "/x", NULL, .is_foreign = true) },
	  BOOTLOADER_ENTRIES,
	  "",
	  "/boot/loader/entries/arch.conf;" },
	{ "by hand, without options",
	  "",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("arch", "/vmlinuz-linux", NULL),
	    { .kind = ENTRY_FILE, .config = TEXT("/boot/loader/entries/memtest.conf") } },
	  BOOTLOADER_ENTRIES,
	  "",
	  "/boot/loader/entries/arch.conf;" },
	{ "by hand, out of reach",
	  "",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { { .kind = ENTRY_FILE,
	      .is_default = true,
	      .config = TEXT("ESP 1:/x.conf"),
	      .options = TEXT("root=x") } },
	  BOOTLOADER_UNKNOWN,
	  "not mounted" },
	{ "Pop!_OS",
	  "usr/bin/kernelstub = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("Pop_OS-current", "/EFI/Pop_OS-x/vmlinuz.efi", NULL) },
	  BOOTLOADER_KERNELSTUB,
	  "" },
	{ "sdboot-manage",
	  "usr/bin/sdboot-manage = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("manjaro6.5", "/vmlinuz-6.5", NULL) },
	  BOOTLOADER_UNKNOWN,
	  "LINUX_OPTIONS" },
	{ "deployments",
	  "run/ostree-booted = x\nusr/sbin/grubby = x\n",
	  LOADER_GRUB,
	  NULL,
	  { FILE_ENTRY("ostree-1", "/ostree/x/vmlinuz", NULL) },
	  BOOTLOADER_UNKNOWN,
	  "rpm-ostree kargs" },
	{ "NixOS",
	  "etc/NIXOS = x\n",
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { FILE_ENTRY("nixos-generation-1", "/EFI/nixos/x.efi", NULL) },
	  BOOTLOADER_UNKNOWN,
	  "boot.kernelParams" },

	/* Unified images */
	{ "a signed image",
	  MKINITCPIO "default_uki=x\n" CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { UNIFIED(.is_fixed = true) },
	  BOOTLOADER_UNKNOWN,
	  "is signed" },
	{ "mkinitcpio",
	  MKINITCPIO "PRESETS=x\\ndefault_uki=\"/efi/x.efi\"\n" CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { UNIFIED() },
	  BOOTLOADER_KERNEL_CMDLINE,
	  "",
	  NULL,
	  true },
	{ "mkinitcpio, and images that it does not make",
	  MKINITCPIO "#default_uki=x\n" CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { UNIFIED() },
	  BOOTLOADER_UNKNOWN,
	  "build one" },
	{ "ukify",
	  "etc/kernel/install.conf = layout=uki\nboot/vmlinuz-6.5 = x\n" CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { UNIFIED(.release = TEXT("6.5")) },
	  BOOTLOADER_KERNEL_CMDLINE,
	  "kernel-install add 6.5 /boot/vmlinuz-6.5;" },
	{ "dracut",
	  "usr/bin/dracut = x\netc/dracut.conf.d/uki.conf = kernel_cmdline=\"root=x\"\n" CMDLINE,
	  LOADER_SYSTEMD_BOOT,
	  NULL,
	  { UNIFIED() },
	  BOOTLOADER_DRACUT,
	  "",
	  "/etc/dracut.conf.d/uki.conf;",
	  true },

	/* Nothing known */
	{ "nothing", "etc /\n" CMDLINE, LOADER_UNKNOWN, NULL, {}, BOOTLOADER_UNKNOWN, "was not found" },
	{ "another loader", CMDLINE, LOADER_OTHER, NULL, {}, BOOTLOADER_UNKNOWN, "not known here" },
};

static char *join_words(const struct strings *lists, size_t n, const char *between)
{
	char *text = strdup("");

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < lists[i].n; k++) {
			char *longer = text_format("%s%s%s", text, lists[i].items[k],
						   k + 1 < lists[i].n ? between : ";");

			free(text);
			text = longer;
		}
	return text;
}

static void test_place(void **state)
{
	const struct place_case *test = *state;
	CLEANUP(bootloader_done) struct bootloader found = {};
	_cleanup_free_ char *commands = NULL, *files = NULL;
	struct chain chain = { .loader = test->loader,
			       .menu = (char *)test->menu,
			       .entries = (struct chain_entry *)test->entries };
	struct tree tree;

	while (chain.n_entries < ARRAY_SIZE(test->entries) &&
	       (test->entries[chain.n_entries].is_default ||
		test->entries[chain.n_entries].config))
		chain.n_entries++;
	tree_make(&tree, test->system);
	assert_int_equal(bootloader_find(&tree.root, &chain, &found), 0);
	tree_remove(&tree);
	assert_int_equal(found.place, test->place);
	commands = join_words(found.commands, found.n_commands, " ");
	files = join_words(&found.files, 1, ";");
	if (test->place == BOOTLOADER_UNKNOWN)
		assert_non_null(strstr(found.why, test->says));
	else
		assert_string_equal(commands, test->says);
	if (test->place != BOOTLOADER_UNKNOWN) {
		assert_string_equal(files, test->files ?: "");
		assert_int_equal(found.needs_images, test->needs_images);
	}
}

int main(void)
{
	return RUN_TABLE(places, test_place);
}
