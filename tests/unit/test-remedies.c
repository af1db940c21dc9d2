// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings get the machine's cause and remedy where it has one, and keep their own where it has none. */
#include "unit.h"

#include "decide/remedies.h"

#define GENERAL "a general remedy"
#define CONFIG_NAME "vfio-claim.conf"

struct fit_case {
	const char *name;
	enum finding_code code;
	const char *cmdline;
	const char *says; /* in the text or the remedy; NULL: both stay */
};

static const struct fit_case fits[] = {
	{ "an IOMMU switched off", FINDING_IOMMU_OFF_KERNEL, "intel_iommu=off",
	  "remove 'intel_iommu=off'" },
	{ "an IOMMU not switched on", FINDING_IOMMU_OFF_KERNEL, "quiet",
	  "add intel_iommu=on" },
	{ "interrupts", FINDING_IRQ_REMAP_OFF, "intremap=off", "remove 'intremap=off'" },
	{ "igfx_off", FINDING_IOMMU_NOT_READY, "intel_iommu=on,igfx_off", "in place of" },
	{ "no group for another reason", FINDING_IOMMU_NOT_READY, "intel_iommu=on", NULL },
	{ "pci-stub by a parameter", FINDING_DRIVER_ATTACHED, "pci-stub.ids=8086:3e98",
	  "remove 'pci-stub.ids=8086:3e98'" },
	{ "pci-stub by something else", FINDING_DRIVER_ATTACHED, "quiet", NULL },
	{ "the framebuffer, to be kept off", FINDING_FRAMEBUFFER_IN_BAR, "quiet", NULL },
	{ "the framebuffer, kept off in vain", FINDING_FRAMEBUFFER_IN_BAR,
	  "initcall_blacklist=sysfb_init", "kernel log" },
	{ "a bridge's driver", FINDING_GROUP_BRIDGE_DRIVER, "quiet", NULL },
	{ "a bridge's driver, kept off in vain", FINDING_GROUP_BRIDGE_DRIVER,
	  "initcall_blacklist=a,shpcd_init", "keep this driver from the bridge" },
	{ "asleep", FINDING_GPU_CHANGED, "quiet", NULL },
	{ "asleep without power management", FINDING_GPU_CHANGED, "pcie_port_pm=off",
	  "switch the machine off and on" },
	{ "another code", FINDING_BOOT_DISPLAY, "intel_iommu=off", NULL },
	{ "no command line", FINDING_DRIVER_ATTACHED, NULL, NULL },
};

static void test_fit(void **state)
{
	const struct fit_case *test = *state;
	CLEANUP(findings_done) struct findings findings = {};
	bool has_iommu = test->code == FINDING_IOMMU_NOT_READY;
	struct function function = {
		.address = { 0, 0, 2, 0 },
		.id = { 0x8086, 0x3e98 },
		.class = 0x030000,
		.group_fact = FACT_ABSENT,
		.driver_fact = FACT_KNOWN,
		.driver = (char *)"pci-stub",
		.caps.is_gone = true,
	};
	struct snapshot snapshot = {
		.functions = &function,
		.n_functions = 1,
		.iommu = { .tables_fact = FACT_KNOWN,
			   .has_dmar = true,
			   .kind = IOMMU_INTEL,
			   .n_units = has_iommu },
		.platform.cmdline = (char *)test->cmdline,
	};
	const struct finding *finding;
	struct config config = {};

	findings_add(&findings, "0000:00:02.0", test->code, GENERAL, "a text");
	remedies_fit(&config, &snapshot, &findings);
	finding = &findings.items[0];
	if (!test->says) {
		assert_string_equal(finding->text, "a text");
		assert_string_equal(finding->remedy, GENERAL);
	} else if (!strstr(finding->text, test->says) &&
		   !strstr(finding->remedy, test->says)) {
		fail_msg("'%s' is neither in '%s' nor in '%s'", test->says, finding->text,
			 finding->remedy);
	}
}

/* A selector that was given to the command is in no file that could be corrected. */
static void test_selector(void **state)
{
	static const char *const origins[] = { "41:00.0", "/etc/vfio-claim.conf:1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(origins); i++) {
		CLEANUP(findings_done) struct findings findings = {};
		struct wanted wanted = { .text = (char *)"41:00.0",
					 .origin = (char *)origins[i] };
		struct config config = { .wanted = &wanted, .n_wanted = 1 };
		struct snapshot snapshot = {};

		findings_add(&findings, origins[i], SAY_NOT_FOUND, "41:00.0");
		remedies_fit(&config, &snapshot, &findings);
		assert_int_equal(strstr(findings.items[0].remedy, CONFIG_NAME) != NULL, i);
	}
}

/* A finding about no function, or one that is not here, is no reason to fail. */
static void test_no_function(void **state)
{
	CLEANUP(findings_done) struct findings findings = {};
	struct snapshot snapshot = {};
	struct config config = {};

	(void)state;
	for (enum finding_code code = 0; code < FINDING_COUNT_; code++) {
		findings_add(&findings, code % 2 ? "0000:09:00.0" : NULL, code, NULL,
			     "text");
		remedies_fit(&config, &snapshot, &findings);
	}
	assert_int_equal(findings.n, FINDING_COUNT_);
}

struct way_case {
	const char *name, *remedy, *way, *expected;
};

static const struct way_case ways[] = {
	{ "the words alone", REMEDY_RUN_REBUILD, "do it", "do it" },
	{ "at the start", REMEDY_REBUILD, "do it", "do it, then reboot" },
	{ "within", REMEDY_CONFIG, "do it",
	  "correct the line and do it; nothing is claimed until then" },
	{ "the parameter", "add it (" CLAUSE_APPLY_CMDLINE ")", "do it",
	  "add it (" CLAUSE_OWN_TOOL ")" },
	{ "what the host boots from", REMEDY_KNOW_NEEDS "; or", "do it",
	  REMEDY_NEEDS_HIDDEN "; or" },
	{ "other words", GENERAL, "do it", GENERAL },
	{ "an ordinary system", REMEDY_REBUILD, NULL, REMEDY_REBUILD },
	{ "no remedy", NULL, "do it", NULL },
};

static void test_way(void **state)
{
	const struct way_case *test = *state;
	CLEANUP(findings_done) struct findings findings = {};

	findings_add(&findings, CONFIG_NAME, FINDING_IMAGE_STALE, test->remedy, "text");
	remedies_take_way(&findings, test->way);
	if (test->expected)
		assert_string_equal(findings.items[0].remedy, test->expected);
	else
		assert_null(findings.items[0].remedy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selector),
		cmocka_unit_test(test_no_function),
	};

	return RUN_TABLE(fits, test_fit) + RUN_TABLE(ways, test_way) +
	       cmocka_run_group_tests_name("remedies", tests, NULL, NULL);
}
