// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images of every builder and every compression are read, and damaged ones are reported as
 * damaged. The archives are made here, byte by byte.
 */
#include "unit.h"

#include "host/images.h"
#include "host/newc.h"
#include "archives.h"
#include "base/sha256.h"
#include "tree.h"

#include <stdio.h>

#define KERNEL "6.1.0-1-amd64"
#define CONFIG "gpu = 01:00.0\n"
#define IMAGE "boot/initrd.img-" KERNEL

/* The files of an initramfs-tools image, without `left_out`. */
struct file {
	const char *name;
	unsigned mode;
	const char *data;
};

#define RECORD                                                                            \
	"built-at 2026-01-02T03:04:05Z\nmodule vfio_pci\n"                                \
	"load vfio_pci /lib/modules/k/kernel/drivers/vfio/vfio.ko.xz\n"                   \
	"load vfio_pci /lib/modules/k/kernel/drivers/vfio/pci/vfio-pci.ko.xz disable=1\n" \
	"load virtio_pci builtin\n"

static const struct file whole[] = {
	{ "init", FILE_MODE, "#!/bin/sh\n" },
	{ "lib", LINK_MODE, "usr/lib" },
	{ "usr/lib/vfio-claim/agent", FILE_MODE, "\177ELF" },
	{ "usr/lib/vfio-claim/image-record", FILE_MODE, RECORD },
	{ "etc/vfio-claim.conf", FILE_MODE, CONFIG },
	{ "scripts/init-top/00-vfio-claim", FILE_MODE, "#!/bin/sh\n" },
	{ "scripts/init-top/ORDER", FILE_MODE,
	  "/scripts/init-top/00-vfio-claim \"$@\"\n/scripts/init-top/udev \"$@\"\n" },
	{ "usr/lib/modules/k/kernel/drivers/vfio/vfio.ko.xz", FILE_MODE, "module" },
	{ "usr/lib/modules/k/kernel/drivers/vfio/pci/vfio-pci.ko.xz", FILE_MODE, "module" },
};

static struct bytes make_archive(const struct file *files, size_t n, const char *left_out)
{
	struct bytes bytes = {};

	for (size_t i = 0; i < n; i++)
		if (!left_out || !streq(left_out, files[i].name))
			add(&bytes, files[i].name, files[i].mode, files[i].data);
	add_trailer(&bytes);
	return bytes;
}

/* One kernel, with these bytes as its image. */
static void make_system(struct tree *tree, const struct bytes *image)
{
	tree_make(tree, "lib/modules/" KERNEL " /\nboot/vmlinuz-" KERNEL " = kernel\n"
			"lib/modules/6.0-removed/modules.dep = x\n");
	bytes_write(image, tree->folder, IMAGE);
}

static const char *digest(const char *text)
{
	static char hex[65];

	sha256_hex(text, strlen(text), hex);
	return hex;
}

static struct boot_image *read_one(struct tree *tree, const char *config,
				   struct boot_images *images)
{
	assert_int_equal(images_read(&tree->root, config ? digest(config) : NULL, images),
			 0);
	assert_int_equal(images->n, 1);
	assert_string_equal(images->items[0].kernel, KERNEL);
	return &images->items[0];
}

static enum image_state state_of(const struct bytes *bytes)
{
	CLEANUP(images_done) struct boot_images images = {};
	enum image_state state;
	struct tree tree;

	make_system(&tree, bytes);
	state = read_one(&tree, CONFIG, &images)->state;
	tree_remove(&tree);
	return state;
}

struct form {
	const char *name; /* libarchive's of the filter */
	bool has_early;	  /* uncompressed archives before it */
};

static const struct form forms[] = {
	{ "none" }, { "none", true }, { "gzip" },	{ "gzip", true },
	{ "xz" },   { "xz", true },   { "bzip2" },	{ "bzip2", true },
	{ "lzma" }, { "lzma", true }, { "lz4" },	{ "lz4", true },
	{ "zstd" }, { "zstd", true }, { "lz4-legacy" }, { "lz4-legacy", true },
};

static struct bytes make_image(const struct form *form, const struct file *files,
			       size_t n, const char *left_out)
{
	struct bytes plain = make_archive(files, n, left_out), packed, image = {};

	if (form->has_early) {
		add(&image, "kernel/x86/microcode/GenuineIntel.bin", FILE_MODE, "070701");
		add_trailer(&image);
		bytes_pad(&image, 512);
		add(&image, "lib/modules/k/early.ko.zst", FILE_MODE, "module");
		add_trailer(&image);
		bytes_pad(&image, 512);
	}
	packed = bytes_compress(&plain, form->name);
	bytes_add(&image, packed.data, packed.size);
	bytes_done(&packed);
	bytes_done(&plain);
	return image;
}

static void test_form(void **state)
{
	const struct form *form = *state;
	struct bytes bytes = make_image(form, whole, ARRAY_SIZE(whole), NULL);
	CLEANUP(images_done) struct boot_images images = {};
	const struct boot_image *image;
	struct tree tree;

	make_system(&tree, &bytes);
	image = read_one(&tree, CONFIG, &images);
	assert_int_equal(image->state, IMAGE_CURRENT);
	assert_string_equal(image->path, "/" IMAGE);
	assert_string_equal(image->built_at, "2026-01-02T03:04:05Z");
	assert_true(image->holds.is_first);
	assert_string_equal(image->holds.kind, "initramfs-tools");
	assert_true(strings_have(&image->holds.modules, "vfio_pci"));
	assert_int_equal(strings_have(&image->holds.modules, "early"), form->has_early);
	assert_null(image->problem);
	tree_remove(&tree);
	bytes_done(&bytes);
}

/* An image cut at any byte, in any compression, cannot be read. */
static void test_truncated(void **state)
{
	const struct form *form = *state;
	struct bytes bytes = make_image(form, whole, ARRAY_SIZE(whole), NULL);
	size_t size = bytes.size, step = size / 31 + 1;

	/* lz4's legacy format and lzma have no end mark: the archive's trailer is it. */
	for (size_t length = 0; length + 8 < size; length += step) {
		enum image_state found;

		bytes.size = length;
		found = state_of(&bytes);
		if (found != IMAGE_UNREADABLE)
			fail_msg("%s at %zu of %zu: %s", form->name, length, size,
				 image_state_name(found));
	}
	bytes.size = size;
	assert_int_equal(state_of(&bytes), IMAGE_CURRENT);
	bytes_done(&bytes);
}

/* What the image lacks ------------------------------------------------------------------- */

struct lack {
	const char *name; /* the missing file */
	enum image_state state;
	const char *problem; /* NULL: none */
};

static const struct lack lacks[] = {
	{ "usr/lib/vfio-claim/agent", IMAGE_WITHOUT_AGENT, NULL },
	{ "etc/vfio-claim.conf", IMAGE_STALE, NULL },
	{ "usr/lib/vfio-claim/image-record", IMAGE_CURRENT, "no record" },
	{ "scripts/init-top/00-vfio-claim", IMAGE_CURRENT, "not the first" },
	{ "scripts/init-top/ORDER", IMAGE_CURRENT, "nothing in it is known to start" },
	{ "usr/lib/modules/k/kernel/drivers/vfio/vfio.ko.xz", IMAGE_CURRENT,
	  "the module vfio is not in it" },
	{ "usr/lib/modules/k/kernel/drivers/vfio/pci/vfio-pci.ko.xz", IMAGE_CURRENT,
	  "the module vfio_pci is not in it" },
	{ "init", IMAGE_UNREADABLE, "incomplete" },
	{ "lib", IMAGE_CURRENT, NULL },
};

static void test_lack(void **state)
{
	static const struct form form = { "zstd", true };
	const struct lack *lack = *state;
	struct bytes bytes = make_image(&form, whole, ARRAY_SIZE(whole), lack->name);
	CLEANUP(images_done) struct boot_images images = {};
	const struct boot_image *image;
	struct tree tree;

	make_system(&tree, &bytes);
	image = read_one(&tree, CONFIG, &images);
	assert_int_equal(image->state, lack->state);
	assert_int_equal(!image->problem, !lack->problem);
	if (lack->problem && !strstr(image->problem, lack->problem))
		fail_msg("'%s' is not in '%s'", lack->problem, image->problem);
	tree_remove(&tree);
	bytes_done(&bytes);
}

/* The agent's start --------------------------------------------------------------------- */

#define AGENT "usr/lib/vfio-claim/agent", FILE_MODE, "\177ELF"
#define SYSTEMD "init", LINK_MODE, "usr/lib/systemd/systemd"
#define UNIT "usr/lib/systemd/system/vfio-claim-early.service", FILE_MODE, "[Unit]"
#define WANTS "etc/systemd/system/sysinit.target.wants/vfio-claim-early.service"
#define HOOKS "usr/lib/dracut/hooks/cmdline/"

static const struct start {
	const char *name;
	const char *kind;
	bool is_first;
	struct file files[6];
} starts[] = {
	{ "systemd",
	  "systemd",
	  true,
	  { { AGENT }, { SYSTEMD }, { UNIT }, { WANTS, LINK_MODE, "/usr/lib" } } },
	{ "systemd, unit in lib",
	  "systemd",
	  true,
	  { { AGENT },
	    { SYSTEMD },
	    { "lib/systemd/system/vfio-claim-early.service", FILE_MODE, "" },
	    { "lib/systemd/system/sysinit.target.wants/vfio-claim-early.service",
	      LINK_MODE, "x" } } },
	{ "systemd, not wanted", "systemd", false, { { AGENT }, { SYSTEMD }, { UNIT } } },
	{ "systemd, wanted but not there",
	  "systemd",
	  false,
	  { { AGENT }, { SYSTEMD }, { WANTS, LINK_MODE, "x" } } },
	{ "systemd, only a hook",
	  "systemd",
	  false,
	  { { AGENT }, { SYSTEMD }, { HOOKS "00-vfio-claim.sh", FILE_MODE, "" } } },
	{ "systemd, no agent",
	  "systemd",
	  false,
	  { { SYSTEMD }, { UNIT }, { WANTS, LINK_MODE, "x" } } },
	{ "dracut",
	  "dracut",
	  true,
	  { { AGENT },
	    { "init", FILE_MODE, "#!/bin/sh" },
	    { HOOKS "01-parse-kernel.sh", FILE_MODE, "" },
	    { HOOKS "00-vfio-claim.sh", FILE_MODE, "" },
	    { HOOKS "00-watchdog.sh", FILE_MODE, "" } } },
	{ "dracut, newer place",
	  "dracut",
	  true,
	  { { AGENT },
	    { "init", FILE_MODE, "#!/bin/sh" },
	    { "var/lib/dracut/hooks/cmdline/00-vfio-claim.sh", FILE_MODE, "" } } },
	{ "dracut, another first",
	  "dracut",
	  false,
	  { { AGENT },
	    { "init", FILE_MODE, "#!/bin/sh" },
	    { HOOKS "00-early.sh", FILE_MODE, "" },
	    { HOOKS "00-vfio-claim.sh", FILE_MODE, "" } } },
	{ "mkinitcpio",
	  "mkinitcpio",
	  true,
	  { { AGENT },
	    { "init", FILE_MODE, "#!/usr/bin/ash" },
	    { "config", FILE_MODE,
	      "MODULES=\"\"\nHOOKS=\"udev\"\nEARLYHOOKS=\"vfio-claim udev\"\n" } } },
	{ "mkinitcpio, too late",
	  "mkinitcpio",
	  false,
	  { { AGENT },
	    { "init", FILE_MODE, "#!/usr/bin/ash" },
	    { "config", FILE_MODE, "HOOKS=\"\"\nEARLYHOOKS=\"udev vfio-claim\"\n" } } },
	{ "initramfs-tools, another first",
	  "initramfs-tools",
	  false,
	  { { AGENT },
	    { "init", FILE_MODE, "#!/bin/sh" },
	    { "scripts/init-top/00-vfio-claim", FILE_MODE, "" },
	    { "scripts/init-top/ORDER", FILE_MODE,
	      "/scripts/init-top/udev \"$@\"\n/scripts/init-top/00-vfio-claim \"$@\"\n" } } },
	{ "another", NULL, false, { { AGENT }, { "init", FILE_MODE, "#!/bin/sh" } } },
};

static void test_start(void **state)
{
	static const struct form form = { "gzip" };
	const struct start *start = *state;
	CLEANUP(image_done) struct image image = {};
	struct bytes bytes;
	struct tree tree;
	size_t n = 0;

	while (n < ARRAY_SIZE(start->files) && start->files[n].name)
		n++;
	bytes = make_image(&form, start->files, n, NULL);
	make_system(&tree, &bytes);
	assert_int_equal(image_read(&tree.root, "/" IMAGE, &image), 0);
	assert_true(is_string_equal(image.kind, start->kind));
	assert_int_equal(image.is_first, start->is_first);
	tree_remove(&tree);
	bytes_done(&bytes);
}

/* Lies ------------------------------------------------------------------------------------- */

static ssize_t fill_from_bytes(void *data, void *buffer, size_t size)
{
	struct bytes *bytes = data;
	size_t n = bytes->size < size ? bytes->size : size;

	if (!n)
		return 0;
	n = n > 7 ? 7 : n; /* so that every header spans two pieces */
	memcpy(buffer, bytes->data, n);
	bytes->data += n;
	bytes->size -= n;
	return n;
}

static int count_entry(struct newc_source *source, const struct newc_entry *entry,
		       void *data)
{
	size_t *n = data;

	(void)source;
	assert_true(strlen(entry->name) < 4096);
	(*n)++;
	return 0;
}

static int walk(const struct bytes *bytes, size_t *ret_n)
{
	struct bytes rest = *bytes;
	struct newc_source source;
	size_t n_archives;

	*ret_n = 0;
	newc_source_init(&source, fill_from_bytes, &rest);
	return newc_read(&source, count_entry, ret_n, &n_archives);
}

static void test_lies(void **state)
{
	char name[5000];
	struct bytes bytes = {};
	size_t n;

	(void)state;
	/* data beyond the end */
	add_raw(&bytes, 1, FILE_MODE, 1, "a", 2, "x", 0xffffffff);
	add_trailer(&bytes);
	assert_int_equal(walk(&bytes, &n), -ENODATA);
	bytes_done(&bytes);
	/* a name beyond the end, of no length, longer than any path, without its NUL */
	add_raw(&bytes, 1, FILE_MODE, 1, "a", 4000, "", 0);
	assert_int_equal(walk(&bytes, &n), -ENODATA);
	bytes_done(&bytes);
	add_raw(&bytes, 1, FILE_MODE, 1, "a", 0, "", 0);
	assert_int_equal(walk(&bytes, &n), -EBADMSG);
	bytes_done(&bytes);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	add_raw(&bytes, 1, FILE_MODE, 1, name, sizeof(name), "", 0);
	assert_int_equal(walk(&bytes, &n), -EBADMSG);
	bytes_done(&bytes);
	add_raw(&bytes, 1, FILE_MODE, 1, name, 100, "", 0);
	assert_int_equal(walk(&bytes, &n), -EBADMSG);
	bytes_done(&bytes);
	/* no trailer; invalid digits; data after the archive */
	add(&bytes, "a", FILE_MODE, "data");
	assert_int_equal(walk(&bytes, &n), -ENODATA);
	assert_int_equal(n, 1);
	bytes.data[20] = 'g';
	assert_int_equal(walk(&bytes, &n), -EBADMSG);
	bytes.data[20] = '0';
	add_trailer(&bytes);
	assert_int_equal(walk(&bytes, &n), 0);
	bytes_add(&bytes, "\0\0garbage", 9);
	assert_int_equal(walk(&bytes, &n), NEWC_OTHER);
	bytes_done(&bytes);
	/* an empty file, and zeros only */
	assert_int_equal(walk(&bytes, &n), 0);
	bytes_add(&bytes, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(walk(&bytes, &n), 0);
	assert_int_equal(n, 0);
	bytes_done(&bytes);
}

/* dracut hard-links equal files; cpio stores their data with the last name. */
static void test_hard_link(void **state)
{
	CLEANUP(images_done) struct boot_images images = {};
	struct bytes bytes = {};
	struct tree tree;

	(void)state;
	add(&bytes, "init", FILE_MODE, "");
	add(&bytes, "./usr/lib/vfio-claim/agent", FILE_MODE, "agent");
	add_raw(&bytes, 7, FILE_MODE, 2, "etc/vfio-claim.conf", 20, "", 0);
	add(&bytes, "etc/other", FILE_MODE, "other");
	add_raw(&bytes, 8, FILE_MODE, 2, "etc/link", 9, "wrong", 5);
	add_raw(&bytes, 7, FILE_MODE, 2, "etc/same", 9, CONFIG, strlen(CONFIG));
	add_trailer(&bytes);
	make_system(&tree, &bytes);
	assert_int_equal(read_one(&tree, CONFIG, &images)->state, IMAGE_CURRENT);
	tree_remove(&tree);
	bytes_done(&bytes);
}

/* The kernel unpacks in order: later files replace earlier ones. */
static void test_later_wins(void **state)
{
	struct bytes bytes = {};

	(void)state;
	add(&bytes, "etc/vfio-claim.conf", FILE_MODE, CONFIG);
	add_trailer(&bytes);
	add(&bytes, "init", FILE_MODE, "");
	add(&bytes, "usr/lib/vfio-claim/agent", FILE_MODE, "agent");
	add(&bytes, "etc/vfio-claim.conf", FILE_MODE, "gpu = 02:00.0\n");
	add_trailer(&bytes);
	assert_int_equal(state_of(&bytes), IMAGE_STALE);
	add(&bytes, "etc/vfio-claim.conf", FILE_MODE, CONFIG);
	add_trailer(&bytes);
	assert_int_equal(state_of(&bytes), IMAGE_CURRENT);
	bytes_done(&bytes);
}

/* Kernels and paths ------------------------------------------------------------------------- */

static void test_damaged(void **state)
{
	struct bytes bytes = {};

	(void)state;
	assert_int_equal(state_of(&bytes), IMAGE_UNREADABLE);
	bytes_add(&bytes, "this is no image, whatever its name", 35);
	assert_int_equal(state_of(&bytes), IMAGE_UNREADABLE);
	bytes_done(&bytes);
}

static void test_without_config(void **state)
{
	static const struct form form = { "xz" };
	struct bytes with = make_image(&form, whole, ARRAY_SIZE(whole), NULL);
	struct bytes without =
		make_image(&form, whole, ARRAY_SIZE(whole), "etc/vfio-claim.conf");
	struct boot_images images = {};
	struct tree tree;

	(void)state;
	make_system(&tree, &with);
	assert_int_equal(read_one(&tree, NULL, &images)->state, IMAGE_STALE);
	images_done(&images);
	tree_remove(&tree);
	make_system(&tree, &without);
	assert_int_equal(read_one(&tree, NULL, &images)->state, IMAGE_CURRENT);
	images_done(&images);
	tree_remove(&tree);
	bytes_done(&with);
	bytes_done(&without);
}

static void check_found(const char *system, const char *expected)
{
	CLEANUP(images_done) struct boot_images images = {};
	char text[2048] = "";
	struct tree tree;

	tree_make(&tree, system);
	assert_int_equal(images_find(&tree.root, &images), 0);
	for (size_t i = 0; i < images.n; i++) {
		strcat(text, images.items[i].kernel);
		strcat(text, " ");
		strcat(text, images.items[i].path ? images.items[i].path : "missing");
		strcat(text, "\n");
	}
	tree_remove(&tree);
	assert_string_equal(text, expected);
}

static void test_layouts(void **state)
{
	(void)state;
	check_found("etc /\n", "");
	/* Debian: two kernels in version order, one without an image, one removed */
	check_found("boot/vmlinuz-6.1.0-9 = k\nboot/vmlinuz-6.1.0-10 = k\n"
		    "boot/initrd.img-6.1.0-9 = i\nboot/initrd.img-5.10 = i\n"
		    "lib/modules/6.1.0-10 /\nlib/modules/6.1.0-9 /\nlib/modules/5.10 /\n",
		    "6.1.0-9 /boot/initrd.img-6.1.0-9\n6.1.0-10 missing\n");
	/* Fedora: kernels beside the modules; the rescue image belongs to no kernel */
	check_found("lib -> usr/lib\nusr/lib/modules/6.12.1-200.fc41/vmlinuz = k\n"
		    "boot/initramfs-6.12.1-200.fc41.img = i\n"
		    "boot/initramfs-0-rescue-1234.img = i\n",
		    "6.12.1-200.fc41 /boot/initramfs-6.12.1-200.fc41.img\n");
	/* Arch: named by package, with a fallback */
	check_found("lib -> usr/lib\nusr/lib/modules/6.12.1-arch1-1/pkgbase = linux\n"
		    "boot/initramfs-linux.img = i\nboot/initramfs-linux-fallback.img = i\n"
		    "boot/initramfs-linux-lts.img = i\n",
		    "6.12.1-arch1-1 /boot/initramfs-linux-fallback.img\n"
		    "6.12.1-arch1-1 /boot/initramfs-linux.img\n");
	/* kernel-install: entries below the token, and Debian's own image in addition */
	check_found("etc/machine-id = 0123abc\nlib/modules/6.12/vmlinuz = k\n"
		    "boot/initrd.img-6.12 = i\nboot/efi/0123abc/6.12/linux = k\n"
		    "boot/efi/0123abc/6.12/initrd.img-6.12 = i\n",
		    "6.12 /boot/efi/0123abc/6.12/initrd.img-6.12\n6.12 /boot/initrd.img-6.12\n");
	check_found("etc/kernel/entry-token = debian\netc/machine-id = 0123abc\n"
		    "lib/modules/6.12/vmlinuz = k\nefi/debian/6.12/initrd = i\n"
		    "efi/0123abc/6.12/initrd = i\n",
		    "6.12 /efi/debian/6.12/initrd\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies),	       cmocka_unit_test(test_hard_link),
		cmocka_unit_test(test_later_wins),     cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_without_config), cmocka_unit_test(test_layouts),
	};

	return RUN_TABLE(forms, test_form) +
	       run_table("truncated", forms, ARRAY_SIZE(forms), sizeof(forms[0]),
			 test_truncated) +
	       RUN_TABLE(lacks, test_lack) + RUN_TABLE(starts, test_start) +
	       cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
