// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cause of a missing IOMMU is found by the order of the evidence, and no remedy asks for what is so
 * already.
 */
#include "unit.h"

#include "decide/advice.h"

struct firmware_case {
	const char *name; /* the board vendor as DMI has it */
	const char *cpu;
	const char *says, *says_too;
};

#define AMD "AuthenticAMD"
#define INTEL "GenuineIntel"

static const struct firmware_case firmware[] = {
	{ "Gigabyte Technology Co., Ltd.", AMD,
	  "Settings > AMD CBS > NBIO > IOMMU = Enabled",
	  "Settings > Miscellaneous > IOMMU = Enabled" },
	{ "GIGABYTE", AMD, "Settings > AMD CBS > NBIO > IOMMU = Enabled",
	  "on GIGABYTE boards" },
	{ "Gigabyte Technology Co., Ltd.", INTEL, "VT-d = Enabled",
	  "on Gigabyte Technology Co., Ltd. boards" },
	{ "ASUSTeK COMPUTER INC.", AMD, "AMD CBS", "IOMMU = Enabled" },
	{ "ASUSTeK COMPUTER INC.", INTEL, "VT-d = Enabled", "ASUSTeK" },
	{ "Micro-Star International Co., Ltd.", AMD, "IOMMU = Enabled", "Micro-Star" },
	{ "Micro-Star International Co., Ltd.", INTEL, "VT-D Tech = Enabled", "Micro-Star" },
	{ "ASRock", AMD, "IOMMU = Enabled", "ASRock" },
	{ "ASRock", INTEL, "VT-d = Enabled", "ASRock" },
	{ "Supermicro", INTEL, "VT for Directed I/O (VT-d) = Enable", "Supermicro" },
	/* Other vendors get the words that any manual has. */
	{ "Supermicro", AMD, "switch on IOMMU (or AMD-Vi), and SVM", "firmware setup" },
	{ "Lenovo", INTEL, "switch on VT-d (\"Intel VT for Directed I/O\")",
	  "firmware setup" },
	{ "Lenovo", AMD, "switch on IOMMU (or AMD-Vi), and SVM", "firmware setup" },
	{ "Gigabyte Technology Co., Ltd.", NULL, "Intel: VT-d; AMD: IOMMU", "ARM: SMMU" },
	{ "Gigabyte Technology Co., Ltd.", "HygonGenuine", "Intel: VT-d; AMD: IOMMU",
	  "ARM: SMMU" },
	{ "", INTEL, "switch on VT-d", "firmware setup" },
	/* The board's name may be any text; the remedy stays one line of bounded size. */
	{ "ASRock 0123456789012345678901234567890123456789012345678901234567890123456789",
	  AMD, "on ASRock 012345678901234567890123456789012345678901234567890123456 boards",
	  "IOMMU = Enabled" },
};

static void assert_says(const char *text, const char *part)
{
	if (part && !strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

static struct advice ask(const struct iommu *iommu, const struct platform *platform)
{
	struct advice advice;

	assert_true(advice_iommu(iommu, platform, &advice));
	assert_true(*advice.text);
	assert_true(*advice.remedy);
	assert_null(strchr(advice.text, '\n'));
	return advice;
}

static void test_firmware(void **state)
{
	const struct firmware_case *test = *state;
	struct platform platform = { .cpu_vendor = (char *)test->cpu,
				     .board_vendor = (char *)test->name };
	struct iommu iommu = { .tables_fact = FACT_KNOWN };
	struct advice advice = ask(&iommu, &platform);

	assert_says(advice.text, "the firmware offers no IOMMU");
	assert_says(advice.remedy, test->says);
	assert_says(advice.remedy, test->says_too);
}

static void test_nothing_known(void **state)
{
	struct iommu iommu = { .tables_fact = FACT_KNOWN };
	struct advice advice = ask(&iommu, &(struct platform){});

	(void)state;
	assert_says(advice.remedy, "Intel: VT-d; AMD: IOMMU or AMD-Vi");
	iommu.n_units = 1;
	assert_false(advice_iommu(&iommu, &(struct platform){}, &advice));
}

/* Causes ------------------------------------------------------------------------------------- */

enum tables { NONE, DMAR, IVRS, IORT, UNREADABLE, ABSENT };

struct cause_case {
	const char *name;
	enum tables tables;
	struct platform platform;
	const char *text, *remedy;
	const char *not_in_remedy;
	bool adds_parameter;
};

#define LINE(words) .cmdline = (char *)(words)
#define CONFIG(lines) .kernel_config = (char *)(lines)
#define WITH_INTEL "CONFIG_INTEL_IOMMU=y\n"
#define DEBIAN WITH_INTEL "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n"

static const struct cause_case causes[] = {
	/* What is done already, for the next boot */
	{ "the default entry has the parameter",
	  DMAR,
	  { LINE("root=x"), CONFIG(WITH_INTEL),
	    .next_cmdline = TEXT("root=x intel_iommu=on") },
	  "",
	  "reboot",
	  "add",
	  true },
	{ "the default entry lost the word that was in the way",
	  DMAR,
	  { LINE("intel_iommu=on iommu=off"), CONFIG(WITH_INTEL),
	    .next_cmdline = TEXT("intel_iommu=on") },
	  "",
	  "reboot",
	  "remove" },
	{ "the default entry is as this boot's",
	  DMAR,
	  { LINE("root=x"), CONFIG(WITH_INTEL),
	    .next_cmdline = TEXT("root=x intel_iommu=off") },
	  "",
	  "intel_iommu=on",
	  "reboot:",
	  true },
	/* What is above the kernel */
	{ "QEMU",
	  NONE,
	  { .hypervisor = HYPERVISOR_QEMU },
	  "virtual machine of QEMU",
	  "-device intel-iommu,intremap=on",
	  "firmware" },
	{ "QEMU, for Proxmox",
	  NONE,
	  { .hypervisor = HYPERVISOR_QEMU },
	  "QEMU",
	  "qm set ID --machine q35,viommu=intel",
	  "firmware" },
	{ "QEMU, tables unreadable",
	  UNREADABLE,
	  { .hypervisor = HYPERVISOR_QEMU },
	  "QEMU",
	  "libvirt <iommu model='intel'>",
	  "firmware" },
	{ "VMware",
	  NONE,
	  { .hypervisor = HYPERVISOR_VMWARE },
	  "VMware",
	  "Expose IOMMU to the guest OS",
	  "firmware" },
	{ "VirtualBox",
	  NONE,
	  { .hypervisor = HYPERVISOR_VIRTUALBOX },
	  "VirtualBox",
	  "VBoxManage modifyvm",
	  "firmware" },
	{ "Hyper-V",
	  NONE,
	  { .hypervisor = HYPERVISOR_HYPERV },
	  "Hyper-V",
	  "on the physical machine: Hyper-V gives",
	  "firmware" },
	{ "a guest of Xen",
	  NONE,
	  { .hypervisor = HYPERVISOR_XEN },
	  "machine of Xen",
	  "on the physical machine: Xen gives",
	  "firmware" },
	{ "another hypervisor",
	  NONE,
	  { .hypervisor = HYPERVISOR_OTHER },
	  "virtual machine",
	  "vIOMMU",
	  "firmware" },
	{ "a VM whose IOMMU the kernel leaves off",
	  DMAR,
	  { .hypervisor = HYPERVISOR_QEMU, LINE("quiet") },
	  "the kernel does not use it",
	  "add intel_iommu=on",
	  "QEMU",
	  true },
	{ "Xen's dom0", NONE, { .is_xen_dom0 = true }, "Xen's dom0", "xen-pciback", "firmware" },
	{ "Xen's dom0 with a table",
	  IVRS,
	  { .is_xen_dom0 = true },
	  "Xen's dom0",
	  "without Xen",
	  "amd_iommu" },
	{ "a device tree",
	  ABSENT,
	  { .tree_model = (char *)"Raspberry Pi 5" },
	  "(Raspberry Pi 5) has a device tree",
	  "the board's documentation",
	  "firmware" },
	{ "a device tree, and ACPI all the same",
	  NONE,
	  { .tree_model = (char *)"x" },
	  "the firmware offers no IOMMU",
	  "firmware setup",
	  "device tree" },

	/* Words that switch it off */
	{ "intel_iommu=off",
	  DMAR,
	  { LINE("quiet intel_iommu=off") },
	  "'intel_iommu=off' on the kernel command line switches the IOMMU off",
	  "remove 'intel_iommu=off'",
	  "add" },
	{ "intel_iommu=off where it is off anyway",
	  DMAR,
	  { LINE("intel_iommu=off"), .distribution = (char *)"fedora" },
	  "switches the IOMMU off",
	  "replace 'intel_iommu=off' by 'intel_iommu=on'",
	  "remove" },
	{ "off after on",
	  DMAR,
	  { LINE("intel_iommu=on intel_iommu=off") },
	  "'intel_iommu=off'",
	  "remove 'intel_iommu=off'",
	  "add" },
	{ "on after off",
	  DMAR,
	  { LINE("intel_iommu=off intel_iommu=on") },
	  "the kernel does not use it",
	  "kernel log",
	  "remove" },
	{ "both in one word",
	  DMAR,
	  { LINE("intel_iommu=on,off") },
	  "'intel_iommu=on,off'",
	  "remove 'intel_iommu=on,off'",
	  "add" },
	{ "iommu=off",
	  DMAR,
	  { LINE("intel_iommu=on,igfx_off iommu=off") },
	  "'iommu=off'",
	  "remove 'iommu=off'",
	  "intel_iommu" },
	{ "iommu=pt,off",
	  DMAR,
	  { LINE("iommu=pt,off") },
	  "'iommu=pt,off'",
	  "remove 'iommu=pt,off'",
	  "intel_iommu" },
	{ "a dash",
	  DMAR,
	  { LINE("intel-iommu=off") },
	  "'intel-iommu=off'",
	  "remove 'intel-iommu=off'",
	  "add" },
	{ "quoted", DMAR, { LINE("\"iommu=off\"") }, "iommu=off", "remove", "add" },
	{ "for init, not for the kernel",
	  DMAR,
	  { LINE("quiet -- iommu=off") },
	  "the kernel does not use it",
	  "add intel_iommu=on",
	  "remove",
	  true },
	{ "amd_iommu=off",
	  IVRS,
	  { LINE("amd_iommu=off") },
	  "'amd_iommu=off'",
	  "remove 'amd_iommu=off'",
	  "intel" },
	{ "amd_iommu=off on Intel",
	  DMAR,
	  { LINE("amd_iommu=off") },
	  "the kernel does not use it",
	  "add intel_iommu=on",
	  "amd",
	  true },
	{ "acpi=off", ABSENT, { LINE("acpi=off") }, "'acpi=off'", "remove 'acpi=off'", "root" },

	/* Words that were meant to switch it on */
	{ "intel_iommu=yes",
	  DMAR,
	  { LINE("intel_iommu=yes") },
	  "'intel_iommu=yes'",
	  "replace 'intel_iommu=yes' by 'intel_iommu=on'",
	  "add",
	  true },
	{ "intel_iommu alone",
	  DMAR,
	  { LINE("intel_iommu") },
	  "does not switch it on",
	  "replace 'intel_iommu' by",
	  "add",
	  true },
	{ "iommu_intel=on",
	  DMAR,
	  { LINE("iommu_intel=on") },
	  "does not switch it on",
	  "replace 'iommu_intel=on' by",
	  "add",
	  true },
	{ "intel_iomu=on",
	  DMAR,
	  { LINE("intel_iomu=on") },
	  "does not switch it on",
	  "replace 'intel_iomu=on' by",
	  "add",
	  true },
	{ "Intel_iommu=on",
	  DMAR,
	  { LINE("Intel_iommu=on") },
	  "does not switch it on",
	  "replace 'Intel_iommu=on' by",
	  "add",
	  true },
	{ "amd_iommu=on on Intel",
	  DMAR,
	  { LINE("amd_iommu=on") },
	  "does not switch it on",
	  "replace 'amd_iommu=on' by 'intel_iommu=on'",
	  "add",
	  true },
	{ "a typo next to the right word",
	  DMAR,
	  { LINE("intel_iomu=on intel_iommu=on") },
	  "the kernel does not use it",
	  "kernel log",
	  "replace" },
	/* '-' and '_' are equal to the kernel. */
	{ "intel-iommu=on",
	  DMAR,
	  { LINE("intel-iommu=on") },
	  "the kernel does not use it",
	  "kernel log",
	  "replace" },
	{ "intel_iommu=on,sm_on",
	  DMAR,
	  { LINE("intel_iommu=on,sm_on") },
	  "the kernel does not use it",
	  "('DMAR')",
	  "add" },
	{ "an unrelated word",
	  DMAR,
	  { LINE("intel_idle.max_cstate=1") },
	  "the kernel does not use it",
	  "add intel_iommu=on",
	  "replace",
	  true },

	/* The kernel */
	{ "no Intel driver",
	  DMAR,
	  { LINE("intel_iommu=on"), CONFIG("CONFIG_AMD_IOMMU=y\n") },
	  "built without the driver of the IOMMU (CONFIG_INTEL_IOMMU)",
	  "boot a kernel",
	  "intel_iommu" },
	{ "no AMD driver",
	  IVRS,
	  { CONFIG("CONFIG_INTEL_IOMMU=y\n# CONFIG_AMD_IOMMU is not set\n") },
	  "(CONFIG_AMD_IOMMU)",
	  "boot a kernel",
	  "amd_iommu" },
	{ "a similar option",
	  IVRS,
	  { CONFIG("CONFIG_AMD_IOMMU=yes\nXCONFIG_AMD_IOMMU=y\n") },
	  "(CONFIG_AMD_IOMMU)",
	  "boot a kernel",
	  "amd_iommu" },
	{ "off by default",
	  DMAR,
	  { LINE("quiet"), CONFIG(WITH_INTEL) },
	  "does not use it",
	  "off by default in this kernel",
	  "remove",
	  true },
	{ "off by default in Fedora",
	  DMAR,
	  { .distribution = (char *)"fedora" },
	  "does not use it",
	  "off by default in this kernel",
	  "remove",
	  true },
	{ "Fedora with another kernel",
	  DMAR,
	  { .distribution = (char *)"fedora",
	    CONFIG(WITH_INTEL "CONFIG_INTEL_IOMMU_DEFAULT_ON=y\n") },
	  "does not use it",
	  "('DMAR')",
	  "add" },
	{ "Debian",
	  DMAR,
	  { .distribution = (char *)"debian" },
	  "does not use it",
	  "add intel_iommu=on",
	  "default",
	  true },
	{ "on by default", DMAR, { CONFIG(DEBIAN) }, "does not use it", "('DMAR')", "add" },
	{ "AMD without a word",
	  IVRS,
	  { LINE("quiet") },
	  "does not use it",
	  "('AMD-Vi')",
	  "amd_iommu" },
	{ "ARM", IORT, { LINE("quiet") }, "does not use it", "kernel log", "intel" },
	{ "not root",
	  UNREADABLE,
	  { .cpu_vendor = (char *)INTEL },
	  "cannot be read",
	  "as root",
	  "intel_iommu" },
	{ "not root, a kernel without the driver",
	  UNREADABLE,
	  { .cpu_vendor = (char *)INTEL, CONFIG("CONFIG_AMD_IOMMU=y\n") },
	  "(CONFIG_INTEL_IOMMU)",
	  "boot a kernel",
	  "root" },
	{ "no tables at all", ABSENT, { LINE("quiet") }, "cannot be read", "kernel log", "root" },
};

static struct iommu iommu_with(enum tables tables)
{
	return (struct iommu){
		.tables_fact = tables == UNREADABLE ? FACT_UNREADABLE :
			       tables == ABSENT	    ? FACT_ABSENT :
						      FACT_KNOWN,
		.has_dmar = tables == DMAR,
		.has_ivrs = tables == IVRS,
		.has_iort = tables == IORT,
	};
}

/* Does another command line help? Where ACPI is off, a person must say so. */
static bool is_of_line(const struct platform *platform, const char *remedy)
{
	if (has_prefix(remedy, "reboot: ")) /* it was, until it was changed */
		return true;
	return (has_prefix(remedy, "add ") || has_prefix(remedy, "remove '") ||
		has_prefix(remedy, "replace '")) &&
	       !is_string_equal(platform->cmdline, "acpi=off");
}

static void test_cause(void **state)
{
	const struct cause_case *test = *state;
	struct iommu iommu = iommu_with(test->tables);
	struct advice advice = ask(&iommu, &test->platform);

	assert_says(advice.text, test->text);
	assert_says(advice.remedy, test->remedy);
	if (strstr(advice.remedy, test->not_in_remedy))
		fail_msg("'%s' is in '%s'", test->not_in_remedy, advice.remedy);
	assert_int_equal(advice.has_wish, is_of_line(&test->platform, advice.remedy));
	if (test->adds_parameter)
		assert_true(advice.wish.adds_parameter);
}

/* A flag of the table and a damaged table come before a parameter, and are a VM's hypervisor's. */
static void test_tables(void **state)
{
	struct platform platform = { LINE("quiet") };
	struct iommu iommu = iommu_with(DMAR);

	(void)state;
	iommu.tables.has_remap_opt_out = true;
	assert_says(ask(&iommu, &platform).remedy, "forces DMA remapping off (a flag");
	platform.hypervisor = HYPERVISOR_QEMU;
	assert_says(ask(&iommu, &platform).remedy, "hypervisor");
	iommu = iommu_with(DMAR);
	iommu.tables.is_malformed = true;
	assert_says(ask(&iommu, &platform).remedy, "update this VM's hypervisor");
	platform.hypervisor = HYPERVISOR_NONE;
	assert_says(ask(&iommu, &platform).remedy, "update the firmware");
}

/* The processor's own display ------------------------------------------------------------------- */

struct display_case {
	const char *name; /* the kernel command line */
	const char *config;
	const char *text, *remedy; /* NULL: the cause is not known */
};

static const struct display_case displays[] = {
	{ "intel_iommu=on,igfx_off", NULL, "'intel_iommu=on,igfx_off'",
	  "'intel_iommu=on' in place of" },
	{ "intel_iommu=on,intgpu_off", NULL, "'intel_iommu=on,intgpu_off'", "in place of" },
	{ "quiet", DEBIAN, "unless intel_iommu=on is given", "add intel_iommu=on" },
	{ "intel_iommu=on", DEBIAN, NULL, NULL },
	{ "intel_iommu=on", NULL, NULL, NULL },
	{ "quiet", WITH_INTEL "CONFIG_INTEL_IOMMU_DEFAULT_ON=y\n", NULL, NULL },
};

static void test_display(void **state)
{
	const struct display_case *test = *state;
	struct platform platform = { LINE(test->name), CONFIG(test->config) };
	struct advice advice;

	assert_int_equal(advice_integrated_display(&platform, &advice), test->text != NULL);
	if (!test->text)
		return;
	assert_says(advice.text, test->text);
	assert_says(advice.remedy, test->remedy);
}

/* Interrupts ---------------------------------------------------------------------------------------- */

struct interrupt_case {
	const char *name; /* the kernel command line */
	enum hypervisor hypervisor;
	bool is_unsafe;
	enum strictness policy;
	const char *says, *does_not_say;
};

static const struct interrupt_case interrupts[] = {
	{ "intremap=off", HYPERVISOR_NONE, false, STRICT_REQUIRE, "remove 'intremap=off'",
	  "firmware" },
	{ "nointremap", HYPERVISOR_NONE, false, STRICT_REQUIRE, "remove 'nointremap'",
	  "firmware" },
	{ "intremap=off noapic", HYPERVISOR_QEMU, true, STRICT_WARN,
	  "remove 'intremap=off'", "allow_unsafe" },
	{ "quiet", HYPERVISOR_QEMU, false, STRICT_REQUIRE, "intel-iommu,intremap=on",
	  "firmware" },
	{ "quiet", HYPERVISOR_VMWARE, false, STRICT_REQUIRE, "hypervisor", "firmware" },
	{ "quiet", HYPERVISOR_NONE, false, STRICT_REQUIRE,
	  "set 'interrupt-remapping = warn'", "intremap" },
	{ "quiet", HYPERVISOR_NONE, false, STRICT_REQUIRE, "allow_unsafe_interrupts=1",
	  "remove" },
	{ "quiet", HYPERVISOR_NONE, true, STRICT_REQUIRE, "interrupt-remapping = warn",
	  "allow_unsafe" },
	{ "quiet", HYPERVISOR_NONE, false, STRICT_WARN, "allow_unsafe_interrupts=1",
	  "interrupt-remapping" },
	{ "quiet", HYPERVISOR_NONE, true, STRICT_WARN, "update the firmware", ";" },
};

static void test_interrupts(void **state)
{
	const struct interrupt_case *test = *state;
	struct platform platform = { LINE(test->name), .hypervisor = test->hypervisor,
				     .has_unsafe_option = test->is_unsafe };
	char remedy[ADVICE_SIZE];

	advice_interrupts(&(struct iommu){}, &platform, test->policy, remedy);
	assert_says(remedy, test->says);
	if (strstr(remedy, test->does_not_say))
		fail_msg("'%s' is in '%s'", test->does_not_say, remedy);
}

/* KVM ------------------------------------------------------------------------------------------------ */

struct kvm_case {
	const char *name;
	struct platform platform;
	const char *says;
};

static const struct kvm_case kvms[] = {
	{ "dom0", { .is_xen_dom0 = true, .cpu_vendor = (char *)INTEL }, "Xen's own VMs" },
	{ "a VM",
	  { .hypervisor = HYPERVISOR_QEMU, .cpu_vendor = (char *)INTEL },
	  "nested virtualisation" },
	{ "a VM that could",
	  { .hypervisor = HYPERVISOR_QEMU,
	    .cpu_vendor = (char *)INTEL,
	    .virtualization_fact = FACT_KNOWN },
	  "modprobe kvm_intel" },
	{ "Intel's firmware",
	  { .cpu_vendor = (char *)INTEL },
	  "switch on VT-x in the firmware" },
	{ "AMD's firmware", { .cpu_vendor = (char *)AMD }, "switch on SVM in the firmware" },
	{ "AMD without the module",
	  { .cpu_vendor = (char *)AMD, .virtualization_fact = FACT_KNOWN },
	  "modprobe kvm_amd" },
	{ "the module is there",
	  { .cpu_vendor = (char *)AMD, .is_kvm_loaded = true },
	  "kernel log" },
	{ "flags not readable",
	  { .cpu_vendor = (char *)AMD, .virtualization_fact = FACT_UNREADABLE },
	  "kernel log" },
	{ "ARM", {}, "kernel log" },
};

static void test_kvm(void **state)
{
	const struct kvm_case *test = *state;
	char buffer[ADVICE_SIZE];

	assert_says(advice_kvm(&test->platform, buffer), test->says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_tables),
	};

	return RUN_TABLE(firmware, test_firmware) + RUN_TABLE(causes, test_cause) +
	       RUN_TABLE(displays, test_display) +
	       RUN_TABLE(interrupts, test_interrupts) + RUN_TABLE(kvms, test_kvm) +
	       cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
