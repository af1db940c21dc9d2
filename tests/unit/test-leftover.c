// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings left over from passthrough guides are found, and nothing else. Text of modprobe.d
 * or a kernel command line in; findings out.
 */
#include "unit.h"

#include "host/leftover.h"
#include "tree.h"

#include <stdio.h>

struct leftover_case {
	const char *name; /* the text itself */
	const char *says; /* a part of the one finding's text; NULL: there is none */
	const char *remedy;
};

static const struct leftover_case files[] = {
	{ "blacklist nouveau\n", "'blacklist nouveau' keeps the driver from every card",
	  "remove it unless" },
	{ "blacklist nvidia*\n", "'blacklist nvidia*' does nothing", "remove the line" },
	{ "blacklist nvid[ia]\n", "does nothing", "remove the line" },
	{ "blacklist nvidia-drm\n", "'blacklist nvidia-drm' keeps", "remove it unless" },
	{ "  blacklist\tamdgpu", "keeps the driver from every card", "remove it unless" },
	{ "options vfio-pci ids=10de:2206,10de:1aef\n", "every card with such an id",
	  "remove it unless" },
	{ "options vfio_pci disable_vga=1 ids=10de:2206\n", "every card with such an id",
	  "remove it unless" },
	{ "options vfio_iommu_type1 allow_unsafe_interrupts=1\n",
	  "without interrupt remapping", "if interrupt remapping works" },
	{ "options iommufd allow_unsafe_interrupts=Y\n", "without interrupt remapping",
	  "if interrupt remapping works" },
	{ "softdep nouveau pre: vfio-pci\n", "'softdep nouveau pre: vfio-pci'",
	  "remove it unless" },
	{ "softdep nvidia pre: vfio vfio_pci\n", "Debian's nvidia", "remove it unless" },
	/* Unrelated settings */
	{ "", NULL },
	{ "\n\n \n", NULL },
	{ "# blacklist nouveau\n", NULL },
	{ "#blacklist nouveau\n", NULL },
	{ "blacklist\n", NULL },
	{ "blacklist \n", NULL },
	{ "blacklist pcspkr\n", NULL },
	{ "options vfio-pci disable_vga=1\n", NULL },
	{ "options vfio-pci\n", NULL },
	{ "options snd_hda_intel ids=1\n", NULL },
	{ "options kvm ignore_msrs=1\n", NULL },
	{ "softdep nouveau pre: drm\n", NULL },
	{ "softdep nouveau\n", NULL },
	{ "alias pci:v* nouveau\n", NULL },
	{ "install nouveau /bin/true\n",
	  "'install nouveau /bin/true' keeps the driver from every card",
	  "remove it unless" },
	{ "install i915 /bin/false", "'install i915 /bin/false' keeps", "remove it unless" },
	{ "alias nouveau off\n", "'alias nouveau off' keeps the driver",
	  "remove it unless" },
	{ "blacklist nova_core\n", "'blacklist nova_core' keeps", "remove it unless" },
	{ "blacklist nova-drm\n", "'blacklist nova-drm' keeps", "remove it unless" },
	{ "blacklist xe\n", "'blacklist xe' keeps", "remove it unless" },
	{ "blacklist ast\n", "'blacklist ast' keeps", "remove it unless" },
	{ "install vfio-pci /usr/local/bin/override.sh\n", "runs a command in place of",
	  "remove it unless" },
	{ "alias pci:v000010DEd00002206sv* vfio-pci\n", "claims nothing by itself",
	  "remove it unless" },
	/* A driver that waits for vfio-pci is not kept out by this line. */
	{ "install nouveau modprobe vfio-pci; modprobe -i nouveau\n", NULL },
	{ "install usbmouse /bin/false\n", NULL },
	{ "alias eth0 off\n", NULL },
	{ "install\n", NULL },
	{ "alias nouveau\n", NULL },
	/* kmod joins lines that end in a backslash. */
	{ "options vfio-pci \\\n  ids=10de:2206\n", "every card with such an id",
	  "remove it unless" },
	{ "black\\\nlist nouveau\n", "'blacklist nouveau' keeps", "remove it unless" },
	{ "# a comment \\\nblacklist nouveau\n", NULL },
	{ "blacklist nouveau\\", NULL },
	{ "\\\n\\\n\\", NULL },
	/* kmod takes the carriage return for a part of the last word. */
	{ "blacklist nouveau\r\n", "ends in a carriage return", "remove the line" },
	{ "softdep nouveau pre: vfio-pci\r\n", "ends in a carriage return",
	  "remove the line" },
	{ "options vfio-pci ids=10de:2206\r\n", "every card with such an id",
	  "remove it unless" },
	{ "options vfio-pci \\\r\n ids=10de:2206\r\n", "every card with such an id",
	  "remove it unless" },
	{ "blacklist pcspkr\r\n", NULL },
};

/* Packages keep drivers out by files in /usr/lib, which is no leftover. */
static const struct leftover_case package_files[] = {
	{ "blacklist nouveau\n", NULL },
	{ "blacklist nvidia*\n", NULL },
	{ "install nouveau /bin/false\n", NULL },
	{ "alias nouveau off\n", NULL },
	{ "options vfio-pci ids=10de:2206\n", "every card with such an id",
	  "remove it unless" },
	{ "softdep nvidia pre: vfio-pci\n", "Debian's nvidia", "remove it unless" },
};

static const struct leftover_case lists[] = {
	{ "vfio_pci\n", "'vfio_pci' loads VFIO early", "remove it unless" },
	{ "vfio-iommu-type1", "'vfio-iommu-type1' loads VFIO early", "remove it unless" },
	{ "  vfio \r\n", "'vfio' loads VFIO early", "remove it unless" },
	{ "vfio_pci ids=10de:2206\n", "every card with such an id", "remove it unless" },
	{ "pci_stub\n", "'pci_stub' loads pci-stub", "remove it unless" },
	{ "pci-stub ids=10de:2206\n", "loads pci-stub", "remove it unless" },
	{ "# vfio_pci\n", NULL },
	{ "loop\nkvm\nvfio_ccw\n", NULL },
	{ "", NULL },
};

static const struct leftover_case parameters[] = {
	{ "quiet amd_iommu=on", "'amd_iommu=on' is no option", "remove it" },
	{ "amd-iommu=on\n", "is no option", "remove it" },
	{ "vfio-pci.ids=10de:2206 quiet", "every card with such an id", "remove it unless" },
	{ "vfio_pci.ids=10de:2206", "every card with such an id", "remove it unless" },
	{ "video=efifb:off", "one kind of firmware framebuffer", "remove it unless" },
	{ "vfio_iommu_type1.allow_unsafe_interrupts=1", "without interrupt remapping",
	  "if interrupt remapping works" },
	{ "pcie_acs_override=downstream,multifunction", "does not isolate",
	  "a slot whose group is its own" },
	{ "modprobe.blacklist=nouveau", "keeps drivers from every card",
	  "remove it unless" },
	{ "rd.driver.blacklist=nouveau", "keeps drivers from every card",
	  "remove it unless" },
	{ "rd.driver.pre=vfio-pci", "claims nothing by itself", "remove it unless" },
	{ "module_blacklist=pcspkr,nouveau", "keeps drivers from every card",
	  "remove it unless" },
	{ "rdblacklist=nouveau", "keeps drivers from every card", "remove it unless" },
	{ "modprobe.blacklist=nova_core", "keeps drivers from every card",
	  "remove it unless" },
	{ "pci-stub.ids=10de:2206", "gives every card with such an id to pci-stub",
	  "remove it unless" },
	{ "pci_stub.ids=10de:2206", "to pci-stub", "remove it unless" },
	{ "xen-pciback.hide=(01:00.0)(01:00.1)", "only in Xen's dom0", "remove it unless" },
	{ "\"vfio-pci.ids=10de:2206,10de:1aef\"", "every card with such an id",
	  "remove it unless" },
	{ "vfio-pci.ids=\"10de:2206\"", "every card with such an id", "remove it unless" },
	{ "video=simplefb:off", "one kind of firmware framebuffer", "remove it unless" },
	{ "video=efifb:off,vesafb:off", "one kind of firmware framebuffer",
	  "remove it unless" },
	{ "iommufd.allow_unsafe_interrupts=Y", "without interrupt remapping",
	  "if interrupt remapping works" },
	{ "initcall_blacklist=sysfb_init", "from all displays", "remove it unless" },
	{ "", NULL },
	{ "quiet splash intel_iommu=on iommu=pt", NULL },
	{ "amd_iommu=off", NULL },
	{ "video=1920x1080", NULL },
	{ "xvfio-pci.ids=10de:2206", NULL },
	{ "vfio-pci.disable_vga=1", NULL },
	{ "initcall_blacklist=shpcd_init", NULL },
	{ "rd.driver.pre=nvme", NULL },
	{ "modprobe.blacklist=pcspkr", NULL },
	{ "module_blacklist=nouveaux", NULL },
	{ "module_blacklist", NULL },
	{ "vfio-pci.ids", NULL },
	{ "vfio_iommu_type1.allow_unsafe_interrupts=0", NULL },
	/* For init, not for the kernel */
	{ "quiet -- vfio-pci.ids=10de:2206", NULL },
};

static void check(const struct leftover_case *test, const struct findings *findings,
		  const char *subject)
{
	assert_int_equal(findings->n, test->says ? 1 : 0);
	if (!test->says)
		return;
	assert_int_equal(findings->items[0].code, FINDING_LEFTOVER_CONFIG);
	assert_int_equal(findings->items[0].severity, SEVERITY_INFO);
	assert_string_equal(findings->items[0].subject, subject);
	if (!strstr(findings->items[0].text, test->says))
		fail_msg("'%s' is not in '%s'", test->says, findings->items[0].text);
	if (!strstr(findings->items[0].remedy, test->remedy))
		fail_msg("'%s' is not in '%s'", test->remedy, findings->items[0].remedy);
}

/* Exactly this size, so that ASan reports a read beyond. */
static void check_parser(const struct leftover_case *test, const char *where,
			 void (*parse)(const char *where, const char *text, size_t size,
				       struct leftovers *found))
{
	size_t size = strlen(test->name);
	_cleanup_free_ char *text = malloc(size + !size);
	CLEANUP(findings_done) struct findings findings = {};
	struct leftovers found = { .findings = &findings };
	char subject[64];

	memcpy(text, test->name, size);
	parse(where, text, size, &found);
	snprintf(subject, sizeof(subject), "%s:1", where);
	check(test, &findings, subject);
}

static void test_file(void **state)
{
	check_parser(*state, "/etc/modprobe.d/x.conf", leftover_parse_modprobe);
}

static void test_package_file(void **state)
{
	check_parser(*state, "/usr/lib/modprobe.d/x.conf", leftover_parse_modprobe);
}

static void test_list(void **state)
{
	check_parser(*state, "/etc/modules", leftover_parse_modules);
}

static void test_cmdline(void **state)
{
	const struct leftover_case *test = *state;
	_cleanup_free_ char *text =
		strdup(test->name); /* so that a read past its end is seen */
	CLEANUP(findings_done) struct findings findings = {};
	struct leftovers found = { .findings = &findings };

	leftover_parse_cmdline(text, &found);
	check(test, &findings, "kernel command line");
}

/* Unsafe interrupts are noted, and no leftover where nothing else would do. */
static void test_unsafe(void **state)
{
	static const char options[] = "options vfio_iommu_type1 allow_unsafe_interrupts=1";
	static const char word[] = "vfio_iommu_type1.allow_unsafe_interrupts=1";
	CLEANUP(findings_done) struct findings findings = {};
	struct leftovers file = { .findings = &findings, .is_unsafe_needed = true };
	struct leftovers line = { .findings = &findings, .is_unsafe_needed = true };

	(void)state;
	leftover_parse_modprobe("x", options, strlen(options), &file);
	leftover_parse_cmdline(word, &line);
	assert_true(file.allows_unsafe);
	assert_true(line.allows_unsafe);
	assert_int_equal(findings.n, 0);
}

/* A joined line has the number of its first part, and the next one its own. */
static void test_line_numbers(void **state)
{
	static const char text[] = "\nblacklist \\\nnouveau\nblacklist amdgpu\n";
	CLEANUP(findings_done) struct findings findings = {};
	struct leftovers found = { .findings = &findings };

	(void)state;
	leftover_parse_modprobe("x", text, strlen(text), &found);
	assert_int_equal(findings.n, 2);
	assert_string_equal(findings.items[0].subject, "x:2");
	assert_string_equal(findings.items[1].subject, "x:4");
}

/* Bytes that no such file has, and a line longer than any report. */
static void test_odd_bytes(void **state)
{
	static const char binary[] = "blacklist nou\x01veau\xff*\n\0blacklist nouveau\n";
	CLEANUP(findings_done) struct findings findings = {};
	struct leftovers found = { .findings = &findings };
	_cleanup_free_ char *text = malloc(70000);

	(void)state;
	leftover_parse_modprobe("x", binary, sizeof(binary) - 1, &found);
	assert_int_equal(findings.n, 1);
	assert_non_null(strstr(findings.items[0].text, "nou\\x01veau\\xff*"));
	memset(text, '*', 70000);
	memcpy(text, "blacklist ", 10);
	leftover_parse_modprobe("x", text, 70000, &found);
	assert_int_equal(findings.n, 2);
	assert_true(strlen(findings.items[1].text) < 400);
}

static void check_system(const char *tree_text, const char *expected)
{
	CLEANUP(findings_done) struct findings findings = {};
	_cleanup_free_ char *text = NULL;
	struct snapshot snapshot = {};
	struct function functions[] = {
		{ .address = { 0, 1, 0, 0 }, .class = 0x030000 },
		{ .address = { 0, 2, 0, 0 }, .class = 0x020000 },
	};
	struct tree tree;

	snapshot.functions = functions;
	snapshot.n_functions = ARRAY_SIZE(functions);
	tree_make(&tree, tree_text);
	leftover_find(&tree.root, &snapshot, &findings);
	text = findings_to_text(&findings);
	assert_string_equal(text, expected);
	tree_remove(&tree);
}

/* Only .conf files of the folder, each with the line's number; the kernel command line last. */
static void test_system(void **state)
{
	(void)state;
	check_system("etc/modprobe.d/vfio.conf = # a guide\\nblacklist nouveau\\n\\noptions vfio-pci "
		     "ids=10de:2206\n"
		     "etc/modprobe.d/off.conf.disabled = blacklist nouveau\n"
		     "etc/modprobe.d/README = blacklist nouveau\n"
		     "etc/modprobe.d/folder.conf /\n"
		     "proc/cmdline = quiet amd_iommu=on\n",
		     "info LEFTOVER_CONFIG /etc/modprobe.d/vfio.conf:2\n"
		     "info LEFTOVER_CONFIG /etc/modprobe.d/vfio.conf:4\n"
		     "info LEFTOVER_CONFIG kernel command line\n");
}

/* A file hides those of its name in later folders, even if it is empty or leads nowhere. */
static void test_folders(void **state)
{
	(void)state;
	check_system("etc/modprobe.d/a.conf = # hides\n"
		     "etc/modprobe.d/b.conf -> /dev/null\n"
		     "run/modprobe.d/a.conf = options vfio-pci ids=1:1\n"
		     "run/modprobe.d/c.conf = options vfio-pci ids=1:1\n"
		     "usr/local/lib/modprobe.d/d.conf = options vfio-pci ids=1:1\n"
		     "usr/lib/modprobe.d/b.conf = options vfio-pci ids=1:1\n"
		     "usr/lib/modprobe.d/c.conf = options vfio-pci ids=1:1\n"
		     "usr/lib/modprobe.d/e.conf = options vfio-pci ids=1:1\n"
		     "etc/modules-load.d/v.conf = vfio\n"
		     "usr/lib/modules-load.d/v.conf = vfio_pci\n"
		     "run/modules-load.d/w.conf = vfio_pci\n"
		     "etc/modules = loop\\nvfio_pci\n"
		     "etc/initramfs-tools/modules = vfio_pci\n",
		     "info LEFTOVER_CONFIG /run/modprobe.d/c.conf:1\n"
		     "info LEFTOVER_CONFIG /usr/local/lib/modprobe.d/d.conf:1\n"
		     "info LEFTOVER_CONFIG /usr/lib/modprobe.d/e.conf:1\n"
		     "info LEFTOVER_CONFIG /etc/modules-load.d/v.conf:1\n"
		     "info LEFTOVER_CONFIG /run/modules-load.d/w.conf:1\n"
		     "info LEFTOVER_CONFIG /etc/modules:2\n"
		     "info LEFTOVER_CONFIG /etc/initramfs-tools/modules:1\n");
}

/* Only an override of a card's function is a leftover. */
static void test_driverctl(void **state)
{
	(void)state;
	check_system("etc/driverctl.d/0000:01:00.0 = vfio-pci\n"
		     "etc/driverctl.d/0000:02:00.0 = vfio-pci\n"
		     "etc/driverctl.d/0000:09:00.0 = vfio-pci\n"
		     "etc/driverctl.d/README = vfio-pci\n",
		     "info LEFTOVER_CONFIG /etc/driverctl.d/0000:01:00.0\n");
}

static void test_bare_system(void **state)
{
	(void)state;
	check_system("proc /\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_odd_bytes),    cmocka_unit_test(test_unsafe),
		cmocka_unit_test(test_line_numbers), cmocka_unit_test(test_system),
		cmocka_unit_test(test_folders),	     cmocka_unit_test(test_driverctl),
		cmocka_unit_test(test_bare_system),
	};

	return RUN_TABLE(files, test_file) + RUN_TABLE(package_files, test_package_file) +
	       RUN_TABLE(lists, test_list) + RUN_TABLE(parameters, test_cmdline) +
	       cmocka_run_group_tests_name("leftover", tests, NULL, NULL);
}
