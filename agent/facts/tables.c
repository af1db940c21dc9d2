// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What do the firmware's ACPI tables say of IOMMUs? Bytes in, counts and flags out. Pure: no
 * I/O, and no length in a table is believed before it was held against the buffer.
 */
#include "facts/tables.h"

#include "base/bytes.h"

#define ACPI_LENGTH 4	/* where the ACPI header tells the table's length */
#define TABLE_HEADER 48 /* the ACPI header and what all four tables put before entries */
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

/* How a table's entries begin. */
struct layout {
	size_t header_size;		 /* no entry is shorter */
	size_t type_size, length_offset; /* the length has two bytes in all of them */
};

static const struct layout dmar_layout = { 4, 2, 2 };
static const struct layout short_layout = { 4, 1, 2 }; /* IVRS and VIOT */
static const struct layout iort_layout = { 16, 1, 1 };

/* The entries of one table, while they are walked. */
struct walk {
	const uint8_t *next;
	size_t left;
	const struct layout *layout;
	bool is_malformed;
};

struct entry {
	const uint8_t *bytes;
	unsigned type;
	size_t size;
};

/*
 * How much of the buffer is the table: what is read beyond its own length is no part of it.
 * 0: not even the header is whole.
 */
static size_t table_size(const uint8_t *bytes, size_t size, const char *signature,
			 struct acpi_iommu *tables)
{
	uint32_t length;

	if (size < TABLE_HEADER || memcmp(bytes, signature, strlen(signature)) != 0) {
		tables->is_malformed = true;
		return 0;
	}
	length = get_le32(bytes + ACPI_LENGTH);
	if (length < TABLE_HEADER) {
		tables->is_malformed = true;
		return 0;
	}
	if (length > size)
		tables->is_malformed = true;
	return length < size ? length : size;
}

/* The kernel stops at the same: a length of zero, or one that leaves the table. */
static bool next_entry(struct walk *walk, struct entry *ret_entry)
{
	size_t size;

	if (!walk->left)
		return false;
	if (walk->left < walk->layout->header_size) {
		walk->is_malformed = true;
		return false;
	}
	size = get_le16(walk->next + walk->layout->length_offset);
	if (size < walk->layout->header_size || size > walk->left) {
		walk->is_malformed = true;
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

static bool is_whole(const struct entry *entry, size_t size, struct walk *walk)
{
	if (entry->size >= size)
		return true;
	walk->is_malformed = true;
	return false;
}

void tables_parse_dmar(const void *table, size_t size, struct acpi_iommu *tables)
{
	const uint8_t *bytes = table;
	struct walk walk = { .layout = &dmar_layout };
	struct entry entry;

	tables->has_dmar = true;
	size = table_size(bytes, size, "DMAR", tables);
	if (!size)
		return;
	/* include/linux/dmar.h; the kernel knows the opt-out since 7.3 */
	tables->has_interrupt_remapping |= bytes[DMAR_FLAGS] & DMAR_INTR_REMAP;
	tables->has_platform_opt_in |= bytes[DMAR_FLAGS] & DMAR_PLATFORM_OPT_IN;
	tables->has_remap_opt_out |= bytes[DMAR_FLAGS] & DMAR_REMAP_OPT_OUT;
	walk.next = bytes + TABLE_HEADER;
	walk.left = size - TABLE_HEADER;
	while (next_entry(&walk, &entry)) {
		if (entry.type == DMAR_DRHD)
			tables->n_units += is_whole(&entry, DMAR_DRHD_SIZE, &walk);
		else if (entry.type == DMAR_RMRR)
			tables->n_reserved += is_whole(&entry, DMAR_RMRR_SIZE, &walk);
	}
	tables->is_malformed |= walk.is_malformed;
}

/* The least size of an IVHD block, as get_ivhd_header_size(); 0: it is none. */
static size_t ivhd_size(unsigned type)
{
	return type == 0x10 ? 24 : type == 0x11 || type == 0x40 ? 40 : 0;
}

static bool is_ivmd(unsigned type)
{
	return type >= 0x20 && type <= 0x22;
}

/*
 * Firmware describes each IOMMU once for each type of block that it knows, and the kernel reads
 * one type only: drivers/iommu/amd/init.c, get_highest_supported_ivhd_type().
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

/* The device ids of one table's IOMMUs, each once, with its segment in the upper half. */
struct units {
	uint32_t keys[IVHD_UNITS_MAX];
	size_t n;
};

/* False: more than any machine has. */
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
	struct walk walk = { .layout = &short_layout };
	struct units units;
	struct entry entry;
	unsigned highest;

	tables->has_ivrs = true;
	size = table_size(bytes, size, "IVRS", tables);
	if (!size)
		return;
	walk.next = bytes + TABLE_HEADER;
	walk.left = size - TABLE_HEADER;
	highest = highest_ivhd(walk);
	units.n = 0;
	while (next_entry(&walk, &entry)) {
		if (ivhd_size(entry.type)) {
			if (is_whole(&entry, ivhd_size(entry.type), &walk) &&
			    entry.type == highest && !add_unit(&units, &entry))
				walk.is_malformed = true;
		} else if (is_ivmd(entry.type) && is_whole(&entry, IVMD_SIZE, &walk)) {
			/* An exclusion range is made a unity map, init_unity_map_range(). */
			if (entry.bytes[IVMD_FLAGS] & (IVMD_UNITY | IVMD_EXCLUSION))
				tables->n_reserved++;
		}
	}
	tables->n_units += units.n;
	tables->is_malformed |= walk.is_malformed;
}

/* VIOT and IORT say where their nodes begin and how many there are. */
static void find_nodes(const uint8_t *bytes, size_t size, uint32_t offset, struct walk *walk)
{
	if (offset < TABLE_HEADER || offset > size) {
		walk->is_malformed = true;
		return;
	}
	walk->next = bytes + offset;
	walk->left = size - offset;
}

/* As next_entry(), but the end of the table before the last node is an error. */
static bool next_node(struct walk *walk, uint32_t *left, struct entry *ret_entry)
{
	if (!*left)
		return false;
	--*left;
	if (next_entry(walk, ret_entry))
		return true;
	walk->is_malformed = true;
	return false;
}

void tables_parse_viot(const void *table, size_t size, struct acpi_iommu *tables)
{
	const uint8_t *bytes = table;
	struct walk walk = { .layout = &short_layout };
	struct entry entry;
	uint32_t left;

	tables->has_viot = true;
	size = table_size(bytes, size, "VIOT", tables);
	if (!size)
		return;
	left = get_le16(bytes + VIOT_COUNT);
	find_nodes(bytes, size, get_le16(bytes + VIOT_OFFSET), &walk);
	while (next_node(&walk, &left, &entry))
		if (entry.type == VIOT_IOMMU_PCI || entry.type == VIOT_IOMMU_MMIO)
			tables->n_units += is_whole(&entry, VIOT_IOMMU_SIZE, &walk);
	tables->is_malformed |= walk.is_malformed;
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
	struct walk walk = { .layout = &iort_layout };
	struct entry entry;
	uint32_t left;

	tables->has_iort = true;
	size = table_size(bytes, size, "IORT", tables);
	if (!size)
		return;
	left = get_le32(bytes + IORT_COUNT);
	find_nodes(bytes, size, get_le32(bytes + IORT_OFFSET), &walk);
	while (next_node(&walk, &left, &entry)) {
		if (!has_its_mappings(&entry))
			walk.is_malformed = true;
		if (entry.type == IORT_ITS && is_whole(&entry, IORT_ITS_SIZE, &walk))
			tables->n_its += get_le32(entry.bytes + IORT_ITS_COUNT) > 0;
		if (entry.type == IORT_SMMU || entry.type == IORT_SMMU_V3)
			tables->n_units += is_whole(&entry, IORT_SMMU_SIZE, &walk);
	}
	tables->is_malformed |= walk.is_malformed;
}
