// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a builder's own configuration keeps it from is read with file and line, and its twin, which keeps it
 * from nothing, gives no word. A system in, refusals out.
 */
#include "host/builder-refusal.h"

#include "host/setting.h"
#include "tree.h"
#include "unit.h"

#include <stdio.h>

#define TOOLS "usr/sbin/mkinitramfs = x\nusr/sbin/update-initramfs = x\n"
#define DRACUT "usr/bin/dracut = x\n"
#define ARCH "usr/bin/mkinitcpio = x\n"
#define UPDATE "etc/initramfs-tools/update-initramfs.conf = "
#define PRESET "etc/mkinitcpio.d/linux.preset = "
#define HOOKS(words) ARCH "etc/mkinitcpio.conf = HOOKS=(" words ")\n"
#define DIVERTED(path)                                                                   \
	"var/lib/dpkg/diversions = /bin/x\\n/bin/x.real\\n:\\n" path "\\n" path          \
	".orig\\nlive-tools\n"

static const struct refusal_case {
	const char *name, *system;
	const char *expected; /* "kind where", a line for each */
} cases[] = {
	{ "initramfs-tools, as it comes",
	  TOOLS UPDATE "# update_initramfs=no\\nupdate_initramfs=yes\n", "" },
	{ "initramfs-tools without the file", TOOLS, "" },
	{ "no updates", TOOLS UPDATE "#\\n\\n  update_initramfs=no # mine\n",
	  "all /etc/initramfs-tools/update-initramfs.conf:3\n" },
	{ "no updates, in quotes", TOOLS UPDATE "update_initramfs=\"no\"\n",
	  "all /etc/initramfs-tools/update-initramfs.conf:1\n" },
	{ "no updates, then yes",
	  TOOLS UPDATE "update_initramfs=no\\nupdate_initramfs=all\n", "" },
	{ "another name", TOOLS UPDATE "update_initramfs_x=no\n", "" },
	{ "no updates, but of another builder", DRACUT UPDATE "update_initramfs=no\n", "" },
	{ "diverted", TOOLS DIVERTED("/usr/sbin/update-initramfs"),
	  "maybe /usr/sbin/update-initramfs\n" },
	{ "something else diverted", TOOLS DIVERTED("/usr/sbin/update-grub"), "" },
	{ "diversions cut off",
	  TOOLS "var/lib/dpkg/diversions = /usr/sbin/update-initramfs\\n", "" },

	{ "dracut omits us",
	  DRACUT
	  "etc/dracut.conf.d/x.conf = # x\\nomit_dracutmodules+=\" plymouth vfio-claim \"\n",
	  "claim /etc/dracut.conf.d/x.conf:2\n" },
	{ "dracut omits others",
	  DRACUT "etc/dracut.conf.d/x.conf = omit_dracutmodules+=\" plymouth \"\n", "" },
	{ "a later file takes it back",
	  DRACUT
	  "etc/dracut.conf.d/x.conf = omit_dracutmodules+=\" vfio-claim \"\netc/dracut.conf.d/y.conf = omit_dracutmodules=\"\"\n",
	  "" },
	{ "the main file comes first",
	  DRACUT "etc/dracut.conf = omit_dracutmodules=\"vfio-claim\"\n",
	  "claim /etc/dracut.conf:1\n" },
	{ "the distribution's file",
	  DRACUT
	  "usr/lib/dracut/dracut.conf.d/d.conf = omit_dracutmodules+=\" vfio-claim \"\n",
	  "claim /usr/lib/dracut/dracut.conf.d/d.conf:1\n" },
	{ "the distribution's file, replaced",
	  DRACUT
	  "usr/lib/dracut/dracut.conf.d/d.conf = omit_dracutmodules+=\" vfio-claim \"\netc/dracut.conf.d/d.conf = \n",
	  "" },
	{ "not a .conf",
	  DRACUT "etc/dracut.conf.d/x.conf.bak = omit_dracutmodules+=\" vfio-claim \"\n",
	  "" },
	{ "a driver",
	  DRACUT "etc/dracut.conf.d/x.conf = omit_drivers+=\" nouveau vfio-pci \"\n",
	  "claim /etc/dracut.conf.d/x.conf:1\n" },
	{ "a rival's driver",
	  DRACUT "etc/dracut.conf.d/x.conf = omit_drivers+=\" nouveau \"\n", "" },
	{ "a list of modules", DRACUT "etc/dracut.conf = dracutmodules=\"base systemd\"\n",
	  "claim /etc/dracut.conf:1\n" },
	{ "a list of modules with us",
	  DRACUT "etc/dracut.conf = dracutmodules=\"base vfio-claim\"\n", "" },

	{ "mkinitcpio without us", HOOKS("base udev block"),
	  "claim /etc/mkinitcpio.conf:1\n" },
	{ "mkinitcpio with us", HOOKS("base vfio-claim udev block"), "" },
	{ "behind udev", HOOKS("base udev vfio-claim"), "claim /etc/mkinitcpio.conf:1\n" },
	{ "behind systemd", HOOKS("base systemd vfio-claim"), "" },
	{ "before systemd", HOOKS("base vfio-claim systemd"),
	  "claim /etc/mkinitcpio.conf:1\n" },
	{ "over several lines, with comments",
	  ARCH
	  "etc/mkinitcpio.conf = MODULES=()\\nHOOKS=(base # vfio-claim\\n  udev\\n  # vfio-claim\\n  block)\n",
	  "claim /etc/mkinitcpio.conf:2\n" },
	{ "in the old form", ARCH "etc/mkinitcpio.conf = HOOKS=\"base udev block\"\n",
	  "claim /etc/mkinitcpio.conf:1\n" },
	{ "in single quotes", HOOKS("'base' 'vfio-claim' 'udev'"), "" },
	{ "added",
	  HOOKS("base") "etc/mkinitcpio.conf.d/a.conf = HOOKS+=(vfio-claim udev)\n", "" },
	{ "our drop-in",
	  HOOKS("base udev") "etc/mkinitcpio.conf.d/zz-vfio-claim.conf = x\n", "" },
	{ "a drop-in behind ours",
	  HOOKS("base udev") "etc/mkinitcpio.conf.d/zz-vfio-claim.conf = x\netc/mkinitcpio.conf.d/zzz.conf = HOOKS=(base udev)\n",
	  "claim /etc/mkinitcpio.conf.d/zzz.conf:1\n" },
	{ "a drop-in before ours",
	  HOOKS("base udev") "etc/mkinitcpio.conf.d/zz-vfio-claim.conf = x\netc/mkinitcpio.conf.d/my.conf = HOOKS=(base udev)\n",
	  "" },
	{ "a preset's own file has no drop-ins",
	  HOOKS("base vfio-claim udev") "etc/mkinitcpio.conf.d/zz-vfio-claim.conf = x\n" PRESET
					"PRESETS=('default')\\ndefault_config=\"/etc/my.conf\"\netc/my.conf = HOOKS=(base udev)\n",
	  "claim /etc/my.conf:1\n" },
	{ "a file of all presets",
	  HOOKS("base udev") PRESET
	  "ALL_config=\"/etc/my.conf\"\\nPRESETS=('default' 'fallback')\netc/my.conf = HOOKS=(base vfio-claim udev)\n",
	  "" },
	{ "no HOOKS at all", ARCH, "" },
	{ "a stale fallback",
	  HOOKS("base vfio-claim udev") PRESET
	  "ALL_kver=x\\nPRESETS=('default')\\ndefault_image=\"/boot/initramfs-linux.img\"\\n#fallback_image=\"/boot/initramfs-linux-fallback.img\"\nboot/initramfs-linux.img = i\nboot/initramfs-linux-fallback.img = i\n",
	  "maybe /etc/mkinitcpio.d/linux.preset:2\n" },
	{ "a fallback that is built",
	  HOOKS("base vfio-claim udev") PRESET
	  "PRESETS=('default' 'fallback')\\ndefault_image=\"/boot/initramfs-linux.img\"\\nfallback_image=\"/boot/initramfs-linux-fallback.img\"\nboot/initramfs-linux.img = i\nboot/initramfs-linux-fallback.img = i\n",
	  "" },
	{ "a unified image in its place",
	  HOOKS("base vfio-claim udev") PRESET
	  "PRESETS=('default')\\ndefault_uki=\"/efi/EFI/Linux/arch.efi\"\nboot/initramfs-linux.img = i\n",
	  "maybe /etc/mkinitcpio.d/linux.preset:1\n" },

	{ "kernel-install's script masked",
	  DRACUT
	  "usr/lib/kernel/install.d/50-dracut.install = x\netc/kernel/install.d/50-dracut.install -> /dev/null\n",
	  "maybe /etc/kernel/install.d/50-dracut.install\n" },
	{ "by an empty file",
	  DRACUT
	  "usr/lib/kernel/install.d/50-dracut.install = x\netc/kernel/install.d/50-dracut.install = @hex:\n",
	  "maybe /etc/kernel/install.d/50-dracut.install\n" },
	{ "replaced by another script",
	  DRACUT
	  "usr/lib/kernel/install.d/50-dracut.install = x\netc/kernel/install.d/50-dracut.install = x\n",
	  "" },
	{ "another builder's script masked",
	  TOOLS
	  "usr/lib/kernel/install.d/50-dracut.install = x\netc/kernel/install.d/50-dracut.install -> /dev/null\n",
	  "" },
	{ "our script masked",
	  TOOLS
	  "usr/lib/kernel/install.d/95-vfio-claim.install = x\netc/kernel/install.d/95-vfio-claim.install -> /dev/null\n",
	  "maybe /etc/kernel/install.d/95-vfio-claim.install\n" },
	{ "another generator",
	  ARCH "etc/kernel/install.conf = layout=bls\\ninitrd_generator=dracut\n",
	  "maybe /etc/kernel/install.conf:2\n" },
	{ "the same generator",
	  ARCH "etc/kernel/install.conf = initrd_generator=mkinitcpio\n", "" },
};

static void test_refusals(void **state)
{
	static const char *const kinds[] = {
		[REFUSAL_OF_ALL] = "all", [REFUSAL_OF_CLAIM] = "claim", [REFUSAL_MAYBE] = "maybe"
	};
	const struct refusal_case *row = *state;
	struct builder_refusals refusals;
	char text[512] = "";
	struct tree tree;

	tree_make(&tree, row->system);
	assert_int_equal(builder_read_refusals(&tree.root, builder_find(&tree.root),
					       &refusals),
			 0);
	for (size_t i = 0; i < refusals.n; i++) {
		const struct builder_refusal *refusal = &refusals.items[i];

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s\n",
			 kinds[refusal->kind], refusal->where);
		assert_true(*refusal->text && *refusal->remedy);
	}
	assert_string_equal(text, row->expected);
	builder_refusals_done(&refusals);
	tree_remove(&tree);
}

/* Nothing that a file may hold takes the reader beyond its end. */
static const struct damage_case {
	const char *name, *text;
	size_t n;
} damages[] = {
	{ "nothing", "", 0 },
	{ "a key at the end", "HOOKS", 0 },
	{ "no value", "HOOKS=", 0 },
	{ "an open array", "HOOKS=(base udev", 2 },
	{ "an open array and quote", "HOOKS=('base udev", 2 },
	{ "an open quote", "HOOKS=\"base udev", 2 },
	{ "a comment to the end", "HOOKS=(base # udev)", 1 },
	{ "one without an end", "HOOKS+=(", 0 },
	{ "a quote alone", "HOOKS=\"", 0 },
	{ "other quotes inside", "HOOKS=\"a'b c'\"", 3 },
	{ "a parenthesis in quotes", "HOOKS=(\"a)\" b)", 1 },
	{ "a continued line", "HOOKS=\"a \\\\\\n b\"", 2 },
	{ "bytes", "HOOKS=(\\xff\\x80)", 1 },
};

static void test_damage(void **state)
{
	const struct damage_case *row = *state;
	_cleanup_free_ char *lines = NULL;
	struct setting setting = {};
	struct tree tree;

	assert_true(asprintf(&lines, "f = %s\n", row->text) > 0);
	tree_make(&tree, lines);
	assert_int_equal(setting_read(&tree.root, "/f", "HOOKS", &setting), 0);
	assert_int_equal(setting.n, row->n);
	setting_done(&setting);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(cases, test_refusals) | RUN_TABLE(damages, test_damage);
}
