// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings left over from passthrough guides are found, and nothing else. Text of modprobe.d
 * or a kernel command line in; findings out.
 */
#include "unit.h"

#include "host/leftover.h"
#include "tree.h"

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
	{ "install nouveau /bin/true\n", NULL },
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
	{ "initcall_blacklist=sysfb_init", "from all displays", "remove it unless" },
	{ "", NULL },
	{ "quiet splash intel_iommu=on iommu=pt", NULL },
	{ "amd_iommu=off", NULL },
	{ "video=1920x1080", NULL },
	{ "xvfio-pci.ids=10de:2206", NULL },
	{ "vfio-pci.disable_vga=1", NULL },
	{ "initcall_blacklist=shpcd_init", NULL },
	{ "rd.driver.pre=nvme", NULL },
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
static void test_file(void **state)
{
	const struct leftover_case *test = *state;
	size_t size = strlen(test->name);
	_cleanup_free_ char *text = malloc(size + !size);
	CLEANUP(findings_done) struct findings findings = {};

	memcpy(text, test->name, size);
	leftover_parse_modprobe("/etc/modprobe.d/x.conf", text, size, &findings);
	check(test, &findings, "/etc/modprobe.d/x.conf:1");
}

static void test_cmdline(void **state)
{
	const struct leftover_case *test = *state;
	_cleanup_free_ char *text =
		strdup(test->name); /* so that a read past its end is seen */
	CLEANUP(findings_done) struct findings findings = {};

	leftover_parse_cmdline(text, &findings);
	check(test, &findings, "kernel command line");
}

/* Bytes that no such file has, and a line longer than any report. */
static void test_odd_bytes(void **state)
{
	static const char binary[] = "blacklist nou\x01veau\xff*\n\0blacklist nouveau\n";
	CLEANUP(findings_done) struct findings findings = {};
	_cleanup_free_ char *text = malloc(70000);

	(void)state;
	leftover_parse_modprobe("x", binary, sizeof(binary) - 1, &findings);
	assert_int_equal(findings.n, 1);
	assert_non_null(strstr(findings.items[0].text, "nou\\x01veau\\xff*"));
	memset(text, '*', 70000);
	memcpy(text, "blacklist ", 10);
	leftover_parse_modprobe("x", text, 70000, &findings);
	assert_int_equal(findings.n, 2);
	assert_true(strlen(findings.items[1].text) < 400);
}

/* Only .conf files of the folder, each with the line's number; the kernel command line last. */
static void test_system(void **state)
{
	CLEANUP(findings_done) struct findings findings = {};
	_cleanup_free_ char *text = NULL;
	struct tree tree;

	(void)state;
	tree_make(&tree,
		  "etc/modprobe.d/vfio.conf = # a guide\\nblacklist nouveau\\n\\noptions vfio-pci "
		  "ids=10de:2206\n"
		  "etc/modprobe.d/off.conf.disabled = blacklist nouveau\n"
		  "etc/modprobe.d/README = blacklist nouveau\n"
		  "etc/modprobe.d/folder.conf /\n"
		  "proc/cmdline = quiet amd_iommu=on\n");
	leftover_find(&tree.root, &findings);
	text = findings_to_text(&findings);
	assert_string_equal(text, "info LEFTOVER_CONFIG /etc/modprobe.d/vfio.conf:2\n"
				  "info LEFTOVER_CONFIG /etc/modprobe.d/vfio.conf:4\n"
				  "info LEFTOVER_CONFIG kernel command line\n");
	tree_remove(&tree);
}

static void test_bare_system(void **state)
{
	CLEANUP(findings_done) struct findings findings = {};
	struct tree tree;

	(void)state;
	tree_make(&tree, "proc /\n");
	leftover_find(&tree.root, &findings);
	assert_int_equal(findings.n, 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_bare_system),
	};

	return RUN_TABLE(files, test_file) + RUN_TABLE(parameters, test_cmdline) +
	       cmocka_run_group_tests_name("leftover", tests, NULL, NULL);
}
