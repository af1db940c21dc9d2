// SPDX-License-Identifier: GPL-2.0-or-later
/* Are addresses, paths and ids read and written alike, and is no finding lost unseen? */
#include "unit.h"

#include "model/function.h"

/* What is read, written anew, is `formatted`; NULL: it is not accepted. */
struct round_trip {
	const char *name;
	const char *formatted;
};

static const struct round_trip addresses[] = {
	{ "0000:01:00.0", "0000:01:00.0" },
	{ "01:00.0", "0000:01:00.0" },
	{ "1:0.0", "0000:01:00.0" },
	{ "0000:ff:1f.7", "0000:ff:1f.7" },
	{ "0000:FF:1F.7", "0000:ff:1f.7" },
	{ "10000:e1:00.0", "10000:e1:00.0" },
	{ "ffffffff:ff:1f.7", "ffffffff:ff:1f.7" },
	{ "", NULL },
	{ "0000", NULL },
	{ "0000:01", NULL },
	{ "0000:01:00", NULL },
	{ "0000:01:00.", NULL },
	{ "0000:01:00.8", NULL },
	{ "0000:01:20.0", NULL },
	{ "0000:01:00.00", NULL },
	{ "0000:100:00.0", NULL },
	{ "100:00.0", NULL },
	{ "1ffffffff:00:00.0", NULL },
	{ ":01:00.0", NULL },
	{ "0000::00.0", NULL },
	{ " 01:00.0", NULL },
	{ "01:00.0 ", NULL },
	{ "01:00.0/00.0", NULL },
	{ "0000:01:00:0", NULL },
	{ "g000:01:00.0", NULL },
};

static void test_address(void **state)
{
	const struct round_trip *test = *state;
	struct bdf address = { .bus = 0x55 };
	char text[PCI_ADDRESS_SIZE];

	assert_int_equal(bdf_parse(test->name, &address), test->formatted != NULL);
	if (test->formatted)
		assert_string_equal(bdf_format(&address, text), test->formatted);
	else
		assert_int_equal(address.bus, 0x55); /* untouched on failure */
}

#define FOUR_HOPS "/00.0/01.1/02.2/1f.7"
#define SIXTEEN_HOPS FOUR_HOPS FOUR_HOPS FOUR_HOPS FOUR_HOPS
#define MOST_HOPS SIXTEEN_HOPS FOUR_HOPS FOUR_HOPS FOUR_HOPS "/00.0/01.1/02.2"

static const struct round_trip paths[] = {
	{ "0000:00:01.1", "0000:00:01.1" },
	{ "0000:00:01.1/00.0", "0000:00:01.1/00.0" },
	{ "00:1.1/0.0", "0000:00:01.1/00.0" },
	{ "10000:e0:06.0/00.0/1F.7", "10000:e0:06.0/00.0/1f.7" },
	{ "ffffffff:ff:1f.7" MOST_HOPS, "ffffffff:ff:1f.7" MOST_HOPS },
	{ "0000:00:01.1" MOST_HOPS "/00.0", NULL },
	{ "", NULL },
	{ "00.0", NULL },
	{ "/00.0", NULL },
	{ "0000:00:01.1/", NULL },
	{ "0000:00:01.1//00.0", NULL },
	{ "0000:00:01.1/00.8", NULL },
	{ "0000:00:01.1/20.0", NULL },
	{ "0000:00:01.1/00.0 ", NULL },
	{ "0000:00:01.1/0000:01:00.0", NULL },
};

static void test_path(void **state)
{
	const struct round_trip *test = *state;
	struct pci_path path = { .hops = 99 };
	char text[PCI_PATH_SIZE];

	assert_int_equal(pci_path_parse(test->name, &path), test->formatted != NULL);
	if (test->formatted)
		assert_string_equal(pci_path_format(&path, text), test->formatted);
	else
		assert_int_equal(path.hops, 99);
}

static const struct round_trip ids[] = {
	{ "10de:2206", "10de:2206" },
	{ "10DE:1AEF", "10DE:1AEF" },
	{ "ffff:ffff", "ffff:ffff" },
	{ "", NULL },
	{ "10de", NULL },
	{ "10de:", NULL },
	{ "10de:220", NULL },
	{ "10de:22060", NULL },
	{ "010de:2206", NULL },
	{ "10de:2206 ", NULL },
	{ "0x10:2206", NULL },
	{ "10de-2206", NULL },
};

static void test_id(void **state)
{
	const struct round_trip *test = *state;
	struct pci_id id = {};

	assert_int_equal(pci_id_parse(test->name, &id), test->formatted != NULL);
	if (test->formatted) {
		assert_int_equal(id.vendor, strtoul(test->formatted, NULL, 16));
		assert_int_equal(id.device, strtoul(test->formatted + 5, NULL, 16));
	}
}

static void test_path_equal(void **state)
{
	struct pci_path a, b, other_root, longer, none = {};
	char text[PCI_PATH_SIZE];

	(void)state;
	assert_true(pci_path_parse("0000:00:01.1/00.0", &a));
	assert_true(pci_path_parse("00:1.1/0.0", &b));
	assert_true(pci_path_parse("0000:40:01.1/00.0", &other_root));
	assert_true(pci_path_parse("0000:00:01.1/00.0/00.0", &longer));
	assert_true(pci_path_equal(&a, &b));
	assert_false(pci_path_equal(&a, &other_root));
	assert_false(pci_path_equal(&a, &longer));
	assert_false(pci_path_equal(&longer, &a));
	/* A function whose path could not be read is nobody's. */
	assert_false(pci_path_equal(&none, &none));
	assert_string_equal(pci_path_format(&none, text), "");
}

static void test_order(void **state)
{
	static const char *const sorted[] = { "0000:00:00.0",	 "0000:00:00.7",
					      "0000:00:1f.0",	 "0000:ff:00.0",
					      "0001:00:00.0",	 "10000:00:00.0",
					      "ffffffff:00:00.0" };
	struct bdf a, b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			int order;

			assert_true(bdf_parse(sorted[i], &a) && bdf_parse(sorted[k], &b));
			order = bdf_compare(&a, &b);
			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
	assert_true(bdf_parse("0000:00:00.0", &a) && bdf_parse("0000:00:00.7", &b));
	assert_true(bdf_is_same_slot(&a, &b));
	assert_true(bdf_parse("0001:00:00.0", &b));
	assert_false(bdf_is_same_slot(&a, &b));
}

struct quote_case {
	const char *name;
	const char *text;
	size_t size;
	const char *quoted;
};

#define QUOTED(literal) literal, sizeof(literal) - 1

static const struct quote_case quotes[] = {
	{ "plain", QUOTED("gpu = 01:00.0"), "gpu = 01:00.0" },
	{ "empty", QUOTED(""), "" },
	{ "NUL, tab, escape, delete", QUOTED("a\0b\t\x1b\x7f"), "a\\x00b\\x09\\x1b\\x7f" },
	{ "the quote itself", QUOTED("it's"), "it\\x27s" },
	{ "beyond ASCII", QUOTED("\xc3\xa4\xff"), "\\xc3\\xa4\\xff" },
	{ "newline", QUOTED("a\nb"), "a\\x0ab" },
};

static void test_quote(void **state)
{
	const struct quote_case *test = *state;
	char buffer[QUOTE_SIZE];

	assert_ptr_equal(quote(test->text, test->size, buffer), buffer);
	assert_string_equal(buffer, test->quoted);
}

/* Any length fits, and what was cut is seen to be cut, never within \xNN. */
static void test_quote_length(void **state)
{
	static const char fills[] = { 'x', '\x01' };
	char text[4 * QUOTE_SIZE];

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(fills); f++) {
		size_t piece = f ? 4 : 1;

		memset(text, fills[f], sizeof(text));
		for (size_t size = 0; size <= sizeof(text); size++) {
			char buffer[QUOTE_SIZE + 1];
			size_t length;

			memset(buffer, '#', sizeof(buffer));
			quote(text, size, buffer);
			assert_int_equal(buffer[QUOTE_SIZE], '#');
			length = strnlen(buffer, QUOTE_SIZE);
			assert_true(length < QUOTE_SIZE);
			if (length == size * piece)
				continue;
			assert_true(size * piece > QUOTE_SIZE - 8);
			assert_string_equal(buffer + length - 3, "...");
			assert_int_equal((length - 3) % piece, 0);
		}
	}
}

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
	/* An error that finds no room is an error all the same. */
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

/* The words of design.md and their default severities: contract, so written out once more. */
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

/* Could be needed ------------------------------------------------------------------------ */

struct class_case {
	const char *name;
	uint32_t class;
	bool could_be_needed, is_unreadable;
};

static const struct class_case classes[] = {
	{ "AHCI", 0x010601, true },
	{ "VMD and RAID", 0x010400, true },
	{ "NVMe", 0x010802, true },
	{ "Ethernet", 0x020000, true },
	{ "wireless network", 0x028000, true },
	{ "InfiniBand as a network", 0x020700, true },
	{ "SD host", 0x080501, true },
	{ "system peripheral of no class of its own", 0x088000, true },
	{ "FireWire", 0x0c0010, true },
	{ "USB", 0x0c0330, true },
	{ "USB4", 0x0c0340, true },
	{ "Fibre Channel", 0x0c0400, true },
	{ "InfiniBand", 0x0c0600, true },
	{ "radio", 0x0d2000, true },
	{ "virtio 9p", 0x000200, true },
	{ "no class assigned", 0xff0000, true },
	{ "display", 0x030000, false },
	{ "3D controller", 0x030200, false },
	{ "audio", 0x040300, false },
	{ "USB Type-C controller", 0x0c8000, false },
	{ "SMBus", 0x0c0500, false },
	{ "encryption", 0x108000, false },
	{ "accelerator", 0x120000, false },
	{ "bridge", 0x060400, false },
	{ "a display whose class cannot be read", 0x030000, true, true },
};

static void test_class(void **state)
{
	const struct class_case *test = *state;
	struct function function = FUNCTION(1, 0, 0, 1, 2, test->class, 1);

	if (test->is_unreadable)
		function.identity_fact = FACT_UNREADABLE;
	assert_int_equal(could_be_needed(&function), test->could_be_needed);
}

/* Each word is read as what it names; another one as nothing good. */
static void test_words(void **state)
{
	(void)state;
	for (enum result i = 0; i <= RESULT_UNKNOWN; i++)
		assert_int_equal(result_parse(result_name(i)), i);
	for (enum mode i = 0; i <= MODE_UNKNOWN; i++)
		assert_int_equal(mode_parse(mode_name(i)), i);
	for (enum severity i = 0; i <= SEVERITY_UNKNOWN; i++)
		assert_int_equal(severity_parse(severity_name(i)), i);
	for (enum finding_code i = 0; i < FINDING_COUNT_; i++)
		assert_int_equal(finding_parse(finding_name(i)), i);
	for (enum vfio_answer i = 0; i <= VFIO_IN_USE; i++)
		assert_int_equal(vfio_answer_parse(vfio_answer_name(i)), i);
	for (enum verified i = 0; i <= VERIFIED_NOT_AS_CONFIGURED; i++)
		assert_int_equal(verified_parse(verified_name(i)), i);
	assert_int_equal(result_parse("claimed "), RESULT_UNKNOWN);
	assert_int_equal(mode_parse(""), MODE_UNKNOWN);
	assert_int_equal(severity_parse("fatal"), SEVERITY_UNKNOWN);
	assert_int_equal(finding_parse("deadline"), FINDING_UNKNOWN);
	assert_int_equal(vfio_answer_parse("accepted?"), VFIO_REFUSED);
	assert_int_equal(verified_parse("as"), VERIFIED_NOT_AS_CONFIGURED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_equal),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_quote_length),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_findings_overflow),
		cmocka_unit_test(test_finding_words),
		cmocka_unit_test(test_words),
	};

	return RUN_TABLE(addresses, test_address) + RUN_TABLE(paths, test_path) +
	       RUN_TABLE(ids, test_id) + RUN_TABLE(quotes, test_quote) +
	       RUN_TABLE(classes, test_class) +
	       cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
