// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings keep what is added, and count what does not fit. */
#include "unit.h"

#include "model/finding.h"

static void test_findings_overflow(void **state)
{
	CLEANUP(findings_done) struct findings findings = {};

	(void)state;
	for (int i = 0; i < FINDINGS_MAX; i++)
		findings_add(&findings, NULL, FINDING_GPU_MOVED, NULL, "number %d", i);
	assert_int_equal(findings.n, FINDINGS_MAX);
	assert_int_equal(findings.dropped, 0);
	assert_false(findings_have_error(&findings));
	findings_add(&findings, NULL, FINDING_GPU_MOVED, NULL, "one more");
	assert_int_equal(findings.n, FINDINGS_MAX);
	assert_int_equal(findings.dropped, 1);
	assert_int_equal(findings.dropped_errors, 0);
	assert_false(findings_have_error(&findings));
	/* An error beyond the limit still counts as an error. */
	findings_add(&findings, NULL, FINDING_CONFIG_INVALID, NULL, "an error");
	assert_int_equal(findings.dropped, 2);
	assert_int_equal(findings.dropped_errors, 1);
	assert_true(findings_have_error(&findings));
	assert_false(findings_have(&findings, FINDING_CONFIG_INVALID));
}

static void test_findings(void **state)
{
	CLEANUP(findings_done) struct findings findings = {};

	(void)state;
	findings_add(&findings, "subject", FINDING_IRQ_REMAP_OFF, "remedy", "%s %d",
		     "text", 1);
	findings_add_as(&findings, SEVERITY_WARNING, NULL, FINDING_IRQ_REMAP_OFF, NULL,
			"text");
	assert_int_equal(findings.n, 2);
	assert_int_equal(findings.items[0].severity, SEVERITY_ERROR);
	assert_string_equal(findings.items[0].subject, "subject");
	assert_string_equal(findings.items[0].text, "text 1");
	assert_string_equal(findings.items[0].remedy, "remedy");
	assert_int_equal(findings.items[1].severity, SEVERITY_WARNING);
	assert_null(findings.items[1].subject);
	assert_null(findings.items[1].remedy);
	assert_true(findings_have(&findings, FINDING_IRQ_REMAP_OFF));
	assert_false(findings_have(&findings, FINDING_INTERNAL));
}

/* The words of design.md and their default severities: a contract, so they are repeated here. */
static void test_finding_words(void **state)
{
	static const struct {
		enum finding_code code;
		const char *name;
		const char *severity;
	} words[] = {
		{ FINDING_IOMMU_OFF_FIRMWARE, "IOMMU_OFF_FIRMWARE", "error" },
		{ FINDING_IOMMU_OFF_KERNEL, "IOMMU_OFF_KERNEL", "error" },
		{ FINDING_IOMMU_NOT_READY, "IOMMU_NOT_READY", "error" },
		{ FINDING_IOMMU_NOIOMMU, "IOMMU_NOIOMMU", "error" },
		{ FINDING_UNSAFE_INTERRUPTS, "UNSAFE_INTERRUPTS", "warning" },
		{ FINDING_RESERVED_DIRECT, "RESERVED_DIRECT", "error" },
		{ FINDING_ACS_OVERRIDE, "ACS_OVERRIDE", "warning" },
		{ FINDING_GPU_NOT_FOUND, "GPU_NOT_FOUND", "error" },
		{ FINDING_GPU_MOVED, "GPU_MOVED", "info" },
		{ FINDING_BOOT_DISK, "BOOT_DISK", "error" },
		{ FINDING_LEFTOVER_CONFIG, "LEFTOVER_CONFIG", "info" },
		{ FINDING_CONFIG_INVALID, "CONFIG_INVALID", "error" },
		{ FINDING_CMDLINE_INVALID, "CMDLINE_INVALID", "error" },
		{ FINDING_RESET_NONE, "RESET_NONE", "info" },
		{ FINDING_INTERNAL, "INTERNAL", "error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_string_equal(finding_name(words[i].code), words[i].name);
		assert_string_equal(severity_name(finding_severity(words[i].code)),
				    words[i].severity);
	}
}

/* Each word is read as the value it names; any other word as unknown. */
static void test_words(void **state)
{
	(void)state;
	for (enum severity i = 0; i <= SEVERITY_UNKNOWN; i++)
		assert_int_equal(severity_parse(severity_name(i)), i);
	for (enum finding_code i = 0; i < FINDING_COUNT_; i++)
		assert_int_equal(finding_parse(finding_name(i)), i);
	assert_int_equal(severity_parse("fatal"), SEVERITY_UNKNOWN);
	assert_int_equal(finding_parse("deadline"), FINDING_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_findings_overflow),
		cmocka_unit_test(test_finding_words),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
