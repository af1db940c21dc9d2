// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No ACPI table harms tables.c. Each input is tried as all four tables under its own
 * signature, and as two instances of one.
 */
#include "facts/tables.h"

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition))                                                        \
			abort();                                                         \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_table(void (*parse)(const void *, size_t, struct acpi_iommu *),
			const void *table, size_t size)
{
	struct acpi_iommu once = {}, twice = {};

	parse(table, size, &once);
	parse(table, size, &twice);
	CHECK(!memcmp(&once, &twice, sizeof(once))); /* no memory of earlier tables */
	/* No entry is shorter than four bytes. */
	CHECK(once.n_units <= size / 4 && once.n_reserved <= size / 4);
	CHECK(once.has_dmar + once.has_ivrs + once.has_viot + once.has_iort == 1);
	CHECK(size >= 48 || once.is_malformed);
	parse(table, size, &twice);
	CHECK(twice.n_units == 2 * once.n_units && twice.n_reserved == 2 * once.n_reserved);
	CHECK(twice.is_malformed == once.is_malformed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *signature;
		void (*parse)(const void *, size_t, struct acpi_iommu *);
	} kinds[] = {
		{ "DMAR", tables_parse_dmar },
		{ "IVRS", tables_parse_ivrs },
		{ "VIOT", tables_parse_viot },
		{ "IORT", tables_parse_iort },
	};
	uint8_t *copy = malloc(size ? size : 1);

	CHECK(copy);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (size)
			memcpy(copy, data, size);
		check_table(kinds[i].parse, copy, size);
		if (size >= 4)
			memcpy(copy, kinds[i].signature, 4);
		check_table(kinds[i].parse, copy, size);
	}
	free(copy);
	return 0;
}
