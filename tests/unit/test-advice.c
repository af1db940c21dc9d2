// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Advice uses the board vendor's name of a firmware setting, and the kernel's parameter.
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

static void test_firmware(void **state)
{
	const struct firmware_case *test = *state;
	struct platform platform = { .cpu_vendor = (char *)test->cpu,
				     .board_vendor = (char *)test->name };
	char buffer[ADVICE_SIZE];

	assert_ptr_equal(advice_firmware(&platform, buffer), buffer);
	assert_says(buffer, test->says);
	assert_says(buffer, test->says_too);
}

static void test_firmware_nothing_known(void **state)
{
	struct platform platform = {};
	char buffer[ADVICE_SIZE];

	(void)state;
	assert_says(advice_firmware(&platform, buffer),
		    "Intel: VT-d; AMD: IOMMU or AMD-Vi");
}

struct kernel_case {
	const char *name;
	struct iommu iommu;
	const char *distribution;
	const char *says, *does_not_say;
};

static const struct kernel_case kernels[] = {
	{ "Intel on Debian", { .has_dmar = true }, "debian", "add intel_iommu=on", "default" },
	{ "Intel on Fedora",
	  { .has_dmar = true },
	  "fedora",
	  "(off by default in this distribution)",
	  NULL },
	{ "Intel on Rocky",
	  { .has_dmar = true },
	  "rocky",
	  "(off by default in this distribution)",
	  NULL },
	{ "Intel, nobody knows where",
	  { .has_dmar = true },
	  NULL,
	  "add intel_iommu=on",
	  "default" },
	{ "AMD", { .has_ivrs = true }, "debian", "remove amd_iommu=off", "intel" },
	{ "AMD on Fedora",
	  { .has_ivrs = true },
	  "fedora",
	  "(amd_iommu=on does not exist)",
	  "default" },
	{ "the firmware forces it off",
	  { .has_dmar = true, .tables.has_remap_opt_out = true },
	  "fedora",
	  "forces DMA remapping off",
	  "intel_iommu=on" },
	{ "a damaged table",
	  { .has_dmar = true, .tables.is_malformed = true },
	  "debian",
	  "damaged",
	  "intel_iommu=on" },
	{ "no table known",
	  { .tables_fact = FACT_UNREADABLE },
	  "debian",
	  "as root",
	  "intel_iommu=on" },
	{ "ARM", { .has_iort = true }, "debian", "kernel log", "intel_iommu=on" },
};

static void test_kernel(void **state)
{
	const struct kernel_case *test = *state;
	struct platform platform = { .distribution = (char *)test->distribution };
	const char *advice = advice_kernel(&test->iommu, &platform);

	assert_says(advice, test->says);
	if (test->does_not_say)
		assert_null(strstr(advice, test->does_not_say));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_firmware_nothing_known),
	};

	return RUN_TABLE(firmware, test_firmware) + RUN_TABLE(kernels, test_kernel) +
	       cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
