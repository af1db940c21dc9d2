// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IOMMUs in ACPI tables are counted, and malformed tables are rejected. Bytes in; the result
 * out, as one line.
 */
#include "facts/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ZERO2 0, 0
#define ZERO4 ZERO2, ZERO2
#define ZERO8 ZERO4, ZERO4
#define LE16(value) (value) & 0xff, (value) >> 8 & 0xff
#define LE32(value) LE16(value), LE16((value) >> 16)

#define DMAR(flags) 38, flags, ZERO8, ZERO2
#define DMAR_ENTRY(type, size) LE16(type), LE16(size)
#define DRHD DMAR_ENTRY(0, 16), ZERO4, 0, 0, 0xd9, 0xfe, ZERO4
#define DRHD_SCOPED DMAR_ENTRY(0, 24), ZERO4, ZERO8, 1, 8, ZERO2, 0, 0, 2, 0
#define RMRR DMAR_ENTRY(1, 24), ZERO4, ZERO8, ZERO8
#define ATSR DMAR_ENTRY(2, 8), ZERO4

#define IVRS ZERO4, ZERO8
#define IVHD_HEAD(type, size, device, segment)                                           \
	type, 0, LE16(size), LE16(device), LE16(0x40), ZERO8, LE16(segment), ZERO2, ZERO4
#define IVHD10(device) IVHD_HEAD(0x10, 24, device, 0)
#define IVHD(type, device, segment) IVHD_HEAD(type, 40, device, segment), ZERO8, ZERO8
#define IVMD(type, flags) type, flags, LE16(32), ZERO4, ZERO8, ZERO8, ZERO8

#define VIOT(count, offset) LE16(count), LE16(offset), ZERO8
#define VIOT_RANGE 1, 0, LE16(24), ZERO4, ZERO8, ZERO8
#define VIOT_IOMMU(type) type, 0, LE16(16), ZERO4, ZERO8

#define IORT(count, offset) LE32(count), LE32(offset), ZERO4
#define IORT_NODE(type, size, mappings, offset)                                          \
	type, LE16(size), 0, ZERO4, LE32(mappings), LE32(offset)
#define IORT_SMMU IORT_NODE(3, 24, 0, 0), ZERO8
#define IORT_SMMU3 IORT_NODE(4, 44, 1, 24), ZERO8, ZERO8, ZERO8, ZERO4
#define IORT_ITS(n, ids) IORT_NODE(0, 20 + 4 * (ids), 0, 0), LE32(n)
#define IORT_ROOT IORT_NODE(2, 36, 1, 16), ZERO8, ZERO8, ZERO4

struct tables_case {
	const char *name;
	const char *signature;
	const uint8_t *body; /* after the 36 bytes of the common header */
	size_t size;
	uint32_t length; /* as in the header; 0: the real length */
	const char *found;
};

#define BODY(...)                                                                        \
	(const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static const struct tables_case cases[] = {
	{ "no unit", "DMAR", BODY(DMAR(0)), 0, "dmar: 0 units, 0 reserved" },
	{ "two units", "DMAR", BODY(DMAR(0), DRHD, DRHD_SCOPED, ATSR), 0,
	  "dmar: 2 units, 0 reserved" },
	{ "reserved regions", "DMAR", BODY(DMAR(0), DRHD, RMRR, RMRR), 0,
	  "dmar: 1 units, 2 reserved" },
	{ "unknown entries", "DMAR",
	  BODY(DMAR(0), DMAR_ENTRY(0x100, 4), DMAR_ENTRY(9, 8), ZERO4, DRHD), 0,
	  "dmar: 1 units, 0 reserved" },
	{ "interrupt remapping", "DMAR", BODY(DMAR(1)), 0, "dmar: 0 units, 0 reserved, ir" },
	{ "no x2APIC is nothing to us", "DMAR", BODY(DMAR(2)), 0,
	  "dmar: 0 units, 0 reserved" },
	{ "platform opt-in", "DMAR", BODY(DMAR(4)), 0, "dmar: 0 units, 0 reserved, opt-in" },
	{ "remapping opt-out", "DMAR", BODY(DMAR(8)), 0,
	  "dmar: 0 units, 0 reserved, opt-out" },
	{ "zero length", "DMAR", BODY(DMAR(1), DRHD, DMAR_ENTRY(0, 0), DRHD), 0,
	  "dmar: 1 units, 0 reserved, ir, malformed" },
	{ "length below its own header", "DMAR", BODY(DMAR(0), DRHD, DMAR_ENTRY(0, 3), DRHD),
	  0, "dmar: 1 units, 0 reserved, malformed" },
	{ "length beyond the end", "DMAR",
	  BODY(DMAR(0), DRHD, DMAR_ENTRY(0, 17), ZERO4, ZERO8), 0,
	  "dmar: 1 units, 0 reserved, malformed" },
	{ "short unit", "DMAR", BODY(DMAR(0), DMAR_ENTRY(0, 8), ZERO4, DRHD), 0,
	  "dmar: 1 units, 0 reserved, malformed" },
	{ "short region", "DMAR", BODY(DMAR(0), DMAR_ENTRY(1, 16), ZERO4, ZERO8, RMRR), 0,
	  "dmar: 0 units, 1 reserved, malformed" },
	{ "crumbs at the end", "DMAR", BODY(DMAR(0), DRHD, ZERO2, 0), 0,
	  "dmar: 1 units, 0 reserved, malformed" },
	{ "header longer than the buffer", "DMAR", BODY(DMAR(1), DRHD), 0x100,
	  "dmar: 1 units, 0 reserved, ir, malformed" },
	{ "header longest", "DMAR", BODY(DMAR(1), DRHD), 0xffffffff,
	  "dmar: 1 units, 0 reserved, ir, malformed" },
	{ "header shorter: the rest is not the table", "DMAR", BODY(DMAR(1), DRHD, DRHD),
	  48 + 16, "dmar: 1 units, 0 reserved, ir" },
	{ "header cuts an entry", "DMAR", BODY(DMAR(1), DRHD, DRHD), 48 + 20,
	  "dmar: 1 units, 0 reserved, ir, malformed" },
	{ "header shorter than itself", "DMAR", BODY(DMAR(1), DRHD), 47,
	  "dmar: 0 units, 0 reserved, malformed" },
	{ "no room for flags", "DMAR", BODY(38), 0, "dmar: 0 units, 0 reserved, malformed" },
	{ "another table", "DMAX", BODY(DMAR(1), DRHD), 0,
	  "dmar: 0 units, 0 reserved, malformed" },

	{ "no block", "IVRS", BODY(IVRS), 0, "ivrs: 0 units, 0 reserved" },
	{ "one described three times", "IVRS",
	  BODY(IVRS, IVHD10(2), IVHD(0x11, 2, 0), IVHD(0x40, 2, 0)), 0,
	  "ivrs: 1 units, 0 reserved" },
	{ "only the oldest type", "IVRS", BODY(IVRS, IVHD10(2), IVHD10(0x4002)), 0,
	  "ivrs: 2 units, 0 reserved" },
	{ "the highest type counts, in any order", "IVRS",
	  BODY(IVRS, IVHD(0x11, 2, 0), IVHD10(2), IVHD10(0x4002)), 0,
	  "ivrs: 1 units, 0 reserved" },
	{ "one twice in a type", "IVRS", BODY(IVRS, IVHD(0x11, 2, 0), IVHD(0x11, 2, 0)),
	  0, "ivrs: 1 units, 0 reserved" },
	{ "same id, two segments", "IVRS", BODY(IVRS, IVHD(0x40, 2, 0), IVHD(0x40, 2, 1)),
	  0, "ivrs: 2 units, 0 reserved" },
	{ "a type above the known", "IVRS",
	  BODY(IVRS, IVHD(0x11, 2, 0), IVHD(0x11, 3, 0), IVHD(0x41, 4, 0)), 0,
	  "ivrs: 2 units, 0 reserved" },
	{ "memory blocks", "IVRS",
	  BODY(IVRS, IVMD(0x20, 1), IVMD(0x21, 8), IVMD(0x22, 9), IVMD(0x22, 6),
	       IVMD(0x23, 1)),
	  0, "ivrs: 0 units, 3 reserved" },
	{ "short block is no reason to prefer its type", "IVRS",
	  BODY(IVRS, IVHD10(2), 0x40, 0, LE16(8), LE16(2), ZERO2), 0,
	  "ivrs: 1 units, 0 reserved, malformed" },
	{ "block 0x11 as short as 0x10", "IVRS", BODY(IVRS, IVHD_HEAD(0x11, 24, 2, 0)), 0,
	  "ivrs: 0 units, 0 reserved, malformed" },
	{ "short memory block", "IVRS", BODY(IVRS, 0x20, 1, LE16(24), ZERO4, ZERO8, ZERO8),
	  0, "ivrs: 0 units, 0 reserved, malformed" },
	{ "zero length", "IVRS", BODY(IVRS, IVHD10(2), 0x10, 0, LE16(0), ZERO4, IVHD10(3)),
	  0, "ivrs: 1 units, 0 reserved, malformed" },
	{ "length beyond the end", "IVRS",
	  BODY(IVRS, IVHD10(2), 0x10, 0, LE16(0xffff), ZERO4), 0,
	  "ivrs: 1 units, 0 reserved, malformed" },
	{ "flags are DMAR's", "IVRS", BODY(0xff, 0xff, 0xff, 0xff, ZERO8), 0,
	  "ivrs: 0 units, 0 reserved" },
	{ "header only", "IVRS", BODY(ZERO4), 0, "ivrs: 0 units, 0 reserved, malformed" },

	{ "no node", "VIOT", BODY(VIOT(0, 48)), 0, "viot: 0 units, 0 reserved" },
	{ "both kinds", "VIOT", BODY(VIOT(3, 48), VIOT_RANGE, VIOT_IOMMU(3), VIOT_IOMMU(4)),
	  0, "viot: 2 units, 0 reserved" },
	{ "fewer than there are bytes for", "VIOT",
	  BODY(VIOT(1, 48), VIOT_IOMMU(3), VIOT_IOMMU(3)), 0, "viot: 1 units, 0 reserved" },
	{ "more than there are", "VIOT", BODY(VIOT(3, 48), VIOT_IOMMU(3), VIOT_IOMMU(3)),
	  0, "viot: 2 units, 0 reserved, malformed" },
	{ "a gap before the nodes", "VIOT", BODY(VIOT(1, 56), ZERO8, VIOT_IOMMU(4)), 0,
	  "viot: 1 units, 0 reserved" },
	{ "nodes in the header", "VIOT", BODY(LE16(1), LE16(40), VIOT_IOMMU(4)), 0,
	  "viot: 0 units, 0 reserved, malformed" },
	{ "nodes beyond the end", "VIOT", BODY(VIOT(1, 65), VIOT_IOMMU(4)), 0,
	  "viot: 0 units, 0 reserved, malformed" },
	{ "nodes at the end", "VIOT", BODY(VIOT(1, 64), VIOT_IOMMU(4)), 0,
	  "viot: 0 units, 0 reserved, malformed" },
	{ "short node", "VIOT", BODY(VIOT(2, 48), 3, 0, LE16(8), ZERO4, VIOT_IOMMU(4)), 0,
	  "viot: 1 units, 0 reserved, malformed" },
	{ "zero length", "VIOT", BODY(VIOT(2, 48), 3, 0, LE16(0), ZERO4, VIOT_IOMMU(4)),
	  0, "viot: 0 units, 0 reserved, malformed" },

	{ "no node", "IORT", BODY(IORT(0, 48)), 0, "iort: 0 units, 0 reserved" },
	{ "both kinds, and a root complex", "IORT",
	  BODY(IORT(3, 48), IORT_ROOT, IORT_SMMU, IORT_SMMU3), 0,
	  "iort: 2 units, 0 reserved" },
	{ "an interrupt translation service", "IORT",
	  BODY(IORT(2, 48), IORT_ITS(1, 1), LE32(0), IORT_SMMU3), 0,
	  "iort: 1 units, 0 reserved, its" },
	{ "two groups of them", "IORT",
	  BODY(IORT(2, 48), IORT_ITS(2, 2), LE32(0), LE32(1), IORT_ITS(1, 1), LE32(2)), 0,
	  "iort: 0 units, 0 reserved, several its" },
	{ "a group of none", "IORT", BODY(IORT(2, 48), IORT_ITS(0, 0), IORT_SMMU), 0,
	  "iort: 1 units, 0 reserved" },
	{ "a group without its count", "IORT",
	  BODY(IORT(2, 48), IORT_NODE(0, 16, 0, 0), IORT_SMMU), 0,
	  "iort: 1 units, 0 reserved, malformed" },
	{ "more than there are", "IORT", BODY(IORT(0xffffffff, 48), IORT_SMMU), 0,
	  "iort: 1 units, 0 reserved, malformed" },
	{ "nodes in the header", "IORT", BODY(IORT(1, 0), IORT_SMMU), 0,
	  "iort: 0 units, 0 reserved, malformed" },
	{ "nodes beyond all", "IORT", BODY(IORT(1, 0xffffffff), IORT_SMMU), 0,
	  "iort: 0 units, 0 reserved, malformed" },
	{ "short node", "IORT", BODY(IORT(2, 48), IORT_NODE(4, 16, 0, 0), IORT_SMMU), 0,
	  "iort: 1 units, 0 reserved, malformed" },
	{ "shorter than any", "IORT", BODY(IORT(2, 48), IORT_NODE(0, 15, 0, 0), IORT_SMMU),
	  0, "iort: 0 units, 0 reserved, malformed" },
	{ "mappings beyond the node", "IORT",
	  BODY(IORT(2, 48), IORT_NODE(2, 36, 2, 16), ZERO8, ZERO8, ZERO4, IORT_SMMU), 0,
	  "iort: 1 units, 0 reserved, malformed" },
	{ "mappings that come round to a small size", "IORT",
	  BODY(IORT(2, 48), IORT_NODE(2, 36, 0x0ccccccd, 16), ZERO8, ZERO8, ZERO4, IORT_SMMU),
	  0, "iort: 1 units, 0 reserved, malformed" },
	{ "no mappings, and no matter where", "IORT",
	  BODY(IORT(1, 48), IORT_NODE(1, 16, 0, 0xffff)), 0, "iort: 0 units, 0 reserved" },
	{ "mappings past all numbers", "IORT",
	  BODY(IORT(2, 48), IORT_NODE(2, 16, 0xffffffff, 0xffffffff), IORT_SMMU), 0,
	  "iort: 1 units, 0 reserved, malformed" },
};

static void parse(const char *signature, const void *bytes, size_t size,
		  struct acpi_iommu *tables)
{
	switch (*signature) {
	case 'D':
		tables_parse_dmar(bytes, size, tables);
		break;
	case 'V':
		tables_parse_viot(bytes, size, tables);
		break;
	default:
		if (signature[1] == 'V')
			tables_parse_ivrs(bytes, size, tables);
		else
			tables_parse_iort(bytes, size, tables);
	}
}

/* The whole table; to be freed. */
static uint8_t *build(const struct tables_case *test, size_t *ret_size)
{
	size_t size = 36 + test->size;
	uint32_t length = test->length ? test->length : size;
	uint8_t *bytes = calloc(1, size);

	assert_non_null(bytes);
	memcpy(bytes, test->signature, 4);
	for (unsigned i = 0; i < 4; i++)
		bytes[4 + i] = length >> 8 * i;
	memcpy(bytes + 36, test->body, test->size);
	*ret_size = size;
	return bytes;
}

#define FOUND_SIZE 128
static void describe(const struct acpi_iommu *tables, char buffer[static FOUND_SIZE])
{
	snprintf(buffer, FOUND_SIZE, "%s%s%s%s: %zu units, %zu reserved%s%s%s%s%s",
		 tables->has_dmar ? "dmar" : "", tables->has_ivrs ? "ivrs" : "",
		 tables->has_viot ? "viot" : "", tables->has_iort ? "iort" : "",
		 tables->n_units, tables->n_reserved,
		 tables->has_interrupt_remapping ? ", ir" : "",
		 tables->has_platform_opt_in ? ", opt-in" : "",
		 tables->has_remap_opt_out ? ", opt-out" : "",
		 tables->n_its == 1 ? ", its" :
		 tables->n_its	    ? ", several its" :
				      "",
		 tables->is_malformed ? ", malformed" : "");
}

static void test_cases(void **state)
{
	char found[FOUND_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct acpi_iommu tables = {};
		size_t size;
		uint8_t *bytes = build(&cases[i], &size);

		parse(cases[i].signature, bytes, size, &tables);
		free(bytes);
		describe(&tables, found);
		if (strcmp(found, cases[i].found) != 0)
			fail_msg("%s %s: found '%s', expected '%s'", cases[i].signature,
				 cases[i].name, found, cases[i].found);
	}
}

/* Cut at any byte: ASan reports a read beyond, and a cut table is never taken for whole. */
static void test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct acpi_iommu full = {};
		size_t size;
		uint8_t *bytes = build(&cases[i], &size);

		parse(cases[i].signature, bytes, size, &full);
		for (size_t cut = 0; cut < size; cut++) {
			struct acpi_iommu tables = {};
			uint8_t *copy = malloc(cut ? cut : 1);

			assert_non_null(copy);
			memcpy(copy, bytes, cut);
			parse(cases[i].signature, cut ? copy : NULL, cut, &tables);
			free(copy);
			assert_true(tables.n_units <= full.n_units ||
				    *cases[i].signature == 'I');
			assert_true(tables.n_reserved <= full.n_reserved);
			if (!cases[i].length || cut < cases[i].length)
				assert_true(tables.is_malformed);
		}
		free(bytes);
	}
}

static const struct tables_case instances[] = {
	{ "first", "DMAR", BODY(DMAR(1), DRHD, DMAR_ENTRY(0, 0)), 0, NULL },
	{ "second", "DMAR", BODY(DMAR(4), DRHD, DRHD, RMRR), 0, NULL },
	{ "third", "IVRS", BODY(IVRS, IVHD10(2), IVMD(0x20, 1)), 0, NULL },
};

/* DMAR2 adds to DMAR; a valid table does not excuse a malformed one. */
static void test_instances(void **state)
{
	struct acpi_iommu tables = {};
	char found[FOUND_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(instances); i++) {
		size_t size;
		uint8_t *bytes = build(&instances[i], &size);

		parse(instances[i].signature, bytes, size, &tables);
		free(bytes);
	}
	describe(&tables, found);
	assert_string_equal(found, "dmarivrs: 4 units, 2 reserved, ir, opt-in, malformed");
}

/* More IOMMUs than any machine has: the table is rejected, and the count stops. */
static void test_many_units(void **state)
{
	static uint8_t body[12 + 300 * 24];
	const struct tables_case many = { "many", "IVRS", body, sizeof(body), 0, NULL };

	(void)state;
	for (unsigned n = 0; n < 300; n++) {
		const uint8_t block[] = { IVHD10(n) };

		memcpy(body + 12 + n * sizeof(block), block, sizeof(block));
	}
	for (size_t n = 256; n <= 300; n += 44) {
		struct tables_case some = many;
		struct acpi_iommu tables = {};
		uint8_t *bytes;
		size_t size;

		some.size = 12 + n * 24;
		bytes = build(&some, &size);
		parse("IVRS", bytes, size, &tables);
		free(bytes);
		assert_int_equal(tables.n_units, 256);
		assert_int_equal(tables.is_malformed, n > 256);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_many_units),
	};

	printf("tables: %zu cases in test_cases\n", ARRAY_SIZE(cases));
	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
