// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts IOMMUs and reserved regions in the firmware's ACPI tables. Never trusts a length before it
 * is checked against the buffer. Pure: no I/O.
 */
#include "facts/tables.h"

#include "base/bytes.h"

#define ACPI_LENGTH 4	/* offset of the table's length in the ACPI header */
#define TABLE_HEADER 48 /* in all four tables, entries start here or later */
#define DMAR_FLAGS 37
#define DMAR_INTR_REMAP 0x01
#define DMAR_PLATFORM_OPT_IN 0x04
#define DMAR_REMAP_OPT_OUT 0x08
#define DMAR_DRHD 0
#define DMAR_DRHD_SIZE 16
#define DMAR_RMRR 1
#define DMAR_RMRR_SIZE 24

#define IVHD_DEVICE 4
#define IVHD_SEGMENT 16
#define IVHD_UNITS_MAX 256
#define IVMD_FLAGS 1
#define IVMD_SIZE 32
#define IVMD_UNITY 0x01
#define IVMD_EXCLUSION 0x08

#define VIOT_COUNT 36
#define VIOT_OFFSET 38
#define VIOT_IOMMU_PCI 3
#define VIOT_IOMMU_MMIO 4
#define VIOT_IOMMU_SIZE 16

#define IORT_COUNT 36
#define IORT_OFFSET 40
#define IORT_ITS 0
#define IORT_ITS_SIZE 20 /* up to its count */
#define IORT_ITS_COUNT 16
#define IORT_SMMU 3
#define IORT_SMMU_V3 4
#define IORT_SMMU_SIZE 24 /* up to its base address */
#define IORT_MAPPINGS 8
#define IORT_MAPPINGS_OFFSET 12
#define IORT_MAPPING_SIZE 20

/* The header of a table's entries. */
struct layout {
	size_t header_size;
	size_t type_size, length_offset; /* every length has two bytes */
};

static const struct layout dmar_layout = { 4, 2, 2 };
static const struct layout short_layout = { 4, 1, 2 }; /* IVRS and VIOT */
static const struct layout iort_layout = { 16, 1, 1 };

/* A walk over the entries of one table. */
struct walk {
	const uint8_t *next;
	size_t left;
	const struct layout *layout;
	struct acpi_iommu *tables;
};

struct entry {
	const uint8_t *bytes;
	unsigned type;
	size_t size;
};

/* The size of the table in the buffer; 0: not even the header is complete. */
static size_t table_size(const uint8_t *bytes, size_t size, const char *signature,
			 struct acpi_iommu *tables)
{
	uint32_t length = 0;

	if (size >= TABLE_HEADER && !memcmp(bytes, signature, strlen(signature)))
		length = get_le32(bytes + ACPI_LENGTH);
	tables->is_malformed |= length < TABLE_HEADER || length > size;
	return length < TABLE_HEADER ? 0 : length < size ? length : size;
}

/* Like the kernel, stops at a length of zero or one that exceeds the table. */
static bool next_entry(struct walk *walk, struct entry *ret_entry)
{
	size_t size = 0;

	if (!walk->left)
		return false;
	if (walk->left >= walk->layout->header_size)
		size = get_le16(walk->next + walk->layout->length_offset);
	if (size < walk->layout->header_size || size > walk->left) {
		walk->tables->is_malformed = true;
		return false;
	}
	*ret_entry = (struct entry){
		.bytes = walk->next,
		.type = walk->layout->type_size == 2 ? get_le16(walk->next) : walk->next[0],
		.size = size,
	};
	walk->next += size;
	walk->left -= size;
	return true;
}

static void find_entries(const uint8_t *bytes, size_t size, uint32_t offset,
			 struct walk *walk)
{
	if (offset < TABLE_HEADER || offset > size) {
		walk->tables->is_malformed = true;
		return;
	}
	walk->next = bytes + offset;
	walk->left = size - offset;
}

static bool is_whole(const struct entry *entry, size_t size, struct walk *walk)
{
	if (entry->size >= size)
		return true;
	walk->tables->is_malformed = true;
	return false;
}

void tables_parse_dmar(const void *table, size_t size, struct acpi_iommu *tables)
{
	const uint8_t *bytes = table;
	struct walk walk = { .layout = &dmar_layout, .tables = tables };
	struct entry entry;

	tables->has_dmar = true;
	size = table_size(bytes, size, "DMAR", tables);
	if (!size)
		return;
	/* include/linux/dmar.h; the opt-out exists since 7.3 */
	tables->has_interrupt_remapping |= bytes[DMAR_FLAGS] & DMAR_INTR_REMAP;
	tables->has_platform_opt_in |= bytes[DMAR_FLAGS] & DMAR_PLATFORM_OPT_IN;
	tables->has_remap_opt_out |= bytes[DMAR_FLAGS] & DMAR_REMAP_OPT_OUT;
	find_entries(bytes, size, TABLE_HEADER, &walk);
	while (next_entry(&walk, &entry)) {
		if (entry.type == DMAR_DRHD)
			tables->n_units += is_whole(&entry, DMAR_DRHD_SIZE, &walk);
		else if (entry.type == DMAR_RMRR)
			tables->n_reserved += is_whole(&entry, DMAR_RMRR_SIZE, &walk);
	}
}

/* The minimum size of an IVHD block, as in get_ivhd_header_size(); 0: another type. */
static size_t ivhd_size(unsigned type)
{
	return type == 0x10 ? 24 : type == 0x11 || type == 0x40 ? 40 : 0;
}

static bool is_ivmd(unsigned type)
{
	return type >= 0x20 && type <= 0x22;
}

/*
 * Firmware describes each IOMMU once per type of block. The kernel reads only one type:
 * drivers/iommu/amd/init.c, get_highest_supported_ivhd_type().
 */
static unsigned highest_ivhd(struct walk walk)
{
	struct entry entry;
	unsigned highest = 0;

	while (next_entry(&walk, &entry))
		if (ivhd_size(entry.type) && entry.size >= ivhd_size(entry.type) &&
		    entry.type > highest)
			highest = entry.type;
	return highest;
}

/* The IOMMUs of one table, each once: device id, and the segment in the upper half. */
struct units {
	uint32_t keys[IVHD_UNITS_MAX];
	size_t n;
};

/* False: no machine has that many. */
static bool add_unit(struct units *units, const struct entry *ivhd)
{
	uint32_t key = get_le16(ivhd->bytes + IVHD_DEVICE) |
		       (uint32_t)get_le16(ivhd->bytes + IVHD_SEGMENT) << 16;

	for (size_t i = 0; i < units->n; i++)
		if (units->keys[i] == key)
			return true;
	if (units->n == IVHD_UNITS_MAX)
		return false;
	units->keys[units->n++] = key;
	return true;
}

void tables_parse_ivrs(const void *table, size_t size, struct acpi_iommu *tables)
{
	const uint8_t *bytes = table;
	struct walk walk = { .layout = &short_layout, .tables = tables };
	struct units units;
	struct entry entry;
	unsigned highest;

	tables->has_ivrs = true;
	size = table_size(bytes, size, "IVRS", tables);
	if (!size)
		return;
	find_entries(bytes, size, TABLE_HEADER, &walk);
	highest = highest_ivhd(walk);
	units.n = 0;
	while (next_entry(&walk, &entry)) {
		if (ivhd_size(entry.type)) {
			if (is_whole(&entry, ivhd_size(entry.type), &walk) &&
			    entry.type == highest && !add_unit(&units, &entry))
				tables->is_malformed = true;
		} else if (is_ivmd(entry.type) && is_whole(&entry, IVMD_SIZE, &walk)) {
			/* An exclusion range becomes a unity map: init_unity_map_range(). */
			if (entry.bytes[IVMD_FLAGS] & (IVMD_UNITY | IVMD_EXCLUSION))
				tables->n_reserved++;
		}
	}
	tables->n_units += units.n;
}

/* VIOT and IORT count their nodes: a table that ends before the last one is malformed. */
static bool next_node(struct walk *walk, uint32_t *left, struct entry *ret_entry)
{
	if (!*left)
		return false;
	--*left;
	if (next_entry(walk, ret_entry))
		return true;
	walk->tables->is_malformed = true;
	return false;
}

void tables_parse_viot(const void *table, size_t size, struct acpi_iommu *tables)
{
	const uint8_t *bytes = table;
	struct walk walk = { .layout = &short_layout, .tables = tables };
	struct entry entry;
	uint32_t left;

	tables->has_viot = true;
	size = table_size(bytes, size, "VIOT", tables);
	if (!size)
		return;
	left = get_le16(bytes + VIOT_COUNT);
	find_entries(bytes, size, get_le16(bytes + VIOT_OFFSET), &walk);
	while (next_node(&walk, &left, &entry))
		if (entry.type == VIOT_IOMMU_PCI || entry.type == VIOT_IOMMU_MMIO)
			tables->n_units += is_whole(&entry, VIOT_IOMMU_SIZE, &walk);
}

static bool has_its_mappings(const struct entry *node)
{
	uint64_t n = get_le32(node->bytes + IORT_MAPPINGS);
	uint64_t offset = get_le32(node->bytes + IORT_MAPPINGS_OFFSET);

	return !n || offset + n * IORT_MAPPING_SIZE <= node->size;
}

void tables_parse_iort(const void *table, size_t size, struct acpi_iommu *tables)
{
	const uint8_t *bytes = table;
	struct walk walk = { .layout = &iort_layout, .tables = tables };
	struct entry entry;
	uint32_t left;

	tables->has_iort = true;
	size = table_size(bytes, size, "IORT", tables);
	if (!size)
		return;
	left = get_le32(bytes + IORT_COUNT);
	find_entries(bytes, size, get_le32(bytes + IORT_OFFSET), &walk);
	while (next_node(&walk, &left, &entry)) {
		if (!has_its_mappings(&entry))
			tables->is_malformed = true;
		if (entry.type == IORT_ITS && is_whole(&entry, IORT_ITS_SIZE, &walk))
			tables->n_its += get_le32(entry.bytes + IORT_ITS_COUNT) > 0;
		if (entry.type == IORT_SMMU || entry.type == IORT_SMMU_V3)
			tables->n_units += is_whole(&entry, IORT_SMMU_SIZE, &walk);
	}
}
