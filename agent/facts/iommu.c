// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads IOMMU units, groups and interrupt remapping from the kernel's own state. Never from log
 * lines or command-line options, which prove nothing.
 */
#include "facts/iommu.h"

#include "facts/pci.h"
#include "facts/tables.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#define TABLES "/sys/firmware/acpi/tables"
#define UNITS "/sys/class/iommu"
#define IRQS "/sys/kernel/irq"
#define GROUPS "/sys/kernel/iommu_groups"
#define TABLE_INSTANCES 4
#define TABLE_SIZE_MAX (1 << 20)

static bool is_table(const char *name, const char *signature)
{
	/* Further instances have a number: DMAR2. */
	return has_prefix(name, signature) &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

static int take_table(const char *name, void *data)
{
	struct iommu *iommu = data;
	const struct {
		const char *signature;
		bool *seen;
	} known[] = {
		{ "DMAR", &iommu->has_dmar },
		{ "IVRS", &iommu->has_ivrs },
		{ "VIOT", &iommu->has_viot },
		{ "IORT", &iommu->has_iort },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		char path[sizeof(TABLES) + 16];

		if (!is_table(name, known[i].signature) || *known[i].seen)
			continue;
		*known[i].seen = true;
		snprintf(path, sizeof(path), TABLES "/%.8s", name);
		return strings_add(&iommu->evidence, path);
	}
	return 0;
}

struct units {
	const struct root *root;
	struct iommu *iommu;
	bool has_gic; /* version 3 or later, which may have an ITS */
};

/* Each driver names its units. A virtio-iommu unit has the name of its transport's device: only its
 * resolved path, below .../virtioN/, identifies it. */
static enum iommu_kind unit_kind(const struct root *root, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];

	if (has_prefix(name, "dmar"))
		return IOMMU_INTEL;
	if (has_prefix(name, "ivhd"))
		return IOMMU_AMD;
	if (has_prefix(name, "smmu"))
		return IOMMU_ARM_SMMU;
	snprintf(path, sizeof(path), UNITS "/%s", name);
	if (root_readlink(root, path, target, sizeof(target)) == 0 &&
	    strstr(target, "/virtio"))
		return IOMMU_VIRTIO;
	return IOMMU_OTHER;
}

static int take_unit(const char *name, void *data)
{
	struct units *units = data;
	struct iommu *iommu = units->iommu;
	char path[sizeof(UNITS) + NAME_MAX + 1];

	iommu->is_smmu_v3 = has_prefix(name, "smmu3.") &&
			    (!iommu->n_units || iommu->is_smmu_v3);
	if (iommu->n_units++ > 0)
		return 0;
	iommu->kind = unit_kind(units->root, name);
	snprintf(path, sizeof(path), UNITS "/%s", name);
	return strings_add(&iommu->evidence, path);
}

static int take_irq(const char *name, void *data)
{
	struct units *units = data;
	char path[sizeof(IRQS) + NAME_MAX + 16], chip[64];
	char evidence[sizeof(path) + sizeof(chip) + 2];
	int r;

	snprintf(path, sizeof(path), IRQS "/%s/chip_name", name);
	if (root_read_line(units->root, path, chip, sizeof(chip)) < 0)
		return 0;
	units->iommu->irq_fact = FACT_KNOWN;
	if (has_prefix(chip, "GICv") && chip[4] >= '3')
		units->has_gic = true;
	if (!has_prefix(chip, "IR-") && !strstr(chip, "ITS-")) /* x86; ARM's GIC */
		return 0;
	units->iommu->has_irq_remapping = true;
	snprintf(evidence, sizeof(evidence), "%s: %s", path, chip);
	r = strings_add(&units->iommu->evidence, evidence);
	return r < 0 ? r : 1; /* one is enough */
}

/*
 * On ARM the ITS isolates message interrupts, but its chip appears in sysfs only with the first such
 * interrupt. Until then the firmware's table proves that there is an ITS: its domain is isolated,
 * apart from a quirk that needs a device tree (drivers/irqchip/irq-gic-v3-its.c,
 * its_enable_quirk_socionext_synquacer). Without the table it is unknown.
 */
static int look_for_its(struct units *units)
{
	_cleanup_free_ char *table = NULL;
	struct acpi_iommu tables = {};
	struct iommu *iommu = units->iommu;
	size_t size;
	int r = -ENOENT;

	if (iommu->irq_fact != FACT_KNOWN || iommu->has_irq_remapping || !units->has_gic)
		return 0;
	if (iommu->has_iort)
		r = root_read_file(units->root, TABLES "/IORT", TABLE_SIZE_MAX, &table,
				   &size);
	if (r == 0)
		tables_parse_iort(table, size, &tables);
	if (r == -ENOMEM)
		return r;
	iommu->has_irq_remapping = tables.n_its > 0;
	iommu->is_irq_chip_late = !tables.n_its;
	if (iommu->is_irq_chip_late)
		iommu->irq_fact = FACT_ABSENT;
	return tables.n_its ? strings_add(&iommu->evidence, TABLES
					  "/IORT: an interrupt translation service") :
			      0;
}

/* Either module, once loaded, may allow devices without interrupt remapping. */
static bool is_unsafe_allowed(const struct root *root)
{
	static const char *const parameters[] = {
		"/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
		"/sys/module/iommufd/parameters/allow_unsafe_interrupts",
	};

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		char value[8];

		if (root_read_line(root, parameters[i], value, sizeof(value)) > 0 &&
		    (*value == 'Y' || *value == '1'))
			return true;
	}
	return false;
}

/* The tables show why there is no unit. Only root can read them. */
static void read_tables(const struct root *root, struct acpi_iommu *tables)
{
	static const struct {
		const char *signature;
		void (*parse)(const void *table, size_t size, struct acpi_iommu *tables);
	} known[] = {
		{ "DMAR", tables_parse_dmar },
		{ "IVRS", tables_parse_ivrs },
		{ "VIOT", tables_parse_viot },
		{ "IORT", tables_parse_iort },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		for (unsigned instance = 0; instance < TABLE_INSTANCES; instance++) {
			_cleanup_free_ char *table = NULL;
			char path[64];
			size_t size;

			/* DMAR, DMAR1, ...: %.0u prints nothing for 0 */
			snprintf(path, sizeof(path), TABLES "/%s%.0u", known[i].signature,
				 instance);
			if (root_read_file(root, path, TABLE_SIZE_MAX, &table, &size) == 0)
				known[i].parse(table, size, tables);
		}
	}
}

/* An IORT is there for interrupts too, on a machine that has no SMMU. */
static void explain_absence(const struct root *root, struct iommu *iommu)
{
	struct acpi_iommu *tables = &iommu->tables;

	read_tables(root, tables);
	if (tables->has_iort && !tables->n_units && !tables->is_malformed)
		iommu->has_iort = false;
	iommu->kind = iommu->has_dmar ? IOMMU_INTEL :
		      iommu->has_ivrs ? IOMMU_AMD :
		      iommu->has_viot ? IOMMU_VIRTIO :
		      iommu->has_iort ? IOMMU_ARM_SMMU :
					IOMMU_NONE;
}

int iommu_read(const struct root *root, struct iommu *iommu)
{
	struct units units = { .root = root, .iommu = iommu };
	int r;

	r = root_list(root, TABLES, take_table, iommu);
	if (r == -ENOMEM)
		return r;
	iommu->tables_fact = fact_of(r);
	r = root_list(root, UNITS, take_unit, &units);
	if (r == -ENOMEM)
		return r;
	iommu->units_fact = fact_of(r);
	iommu->irq_fact = FACT_ABSENT;
	r = root_list(root, IRQS, take_irq, &units);
	if (r == -ENOMEM)
		return r;
	if (r < 0 && r != -ENOENT)
		iommu->irq_fact = FACT_UNREADABLE;
	r = look_for_its(&units);
	if (r < 0)
		return r;
	iommu->has_unsafe_interrupts = is_unsafe_allowed(root);
	if (!iommu->n_units)
		explain_absence(root, iommu);
	return 0;
}

static bool parse_number(const char *text, int *ret_number)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtol(text, &end, 10);
	if (*end || errno || number > INT_MAX)
		return false;
	*ret_number = number;
	return true;
}

void iommu_read_function_group(const struct root *root, struct function *function)
{
	char file[PCI_FILE_SIZE], name[64];
	int r;

	r = root_readlink_name(root, pci_file(&function->address, "iommu_group", file),
			       name, sizeof(name));
	function->group = GROUP_NONE;
	if (r == -ENOENT)
		function->group_fact = FACT_ABSENT;
	else if (r < 0 || !parse_number(name, &function->group))
		function->group_fact = FACT_UNREADABLE;
	else
		function->group_fact = FACT_KNOWN;
}

void iommu_read_function(const struct root *root, struct function *function)
{
	char file[PCI_FILE_SIZE], name[64];

	iommu_read_function_group(root, function);
	function->has_iommu_unit =
		root_readlink_name(root, pci_file(&function->address, "iommu", file),
				   name, sizeof(name)) == 0;
}

struct membership {
	const struct snapshot *snapshot;
	struct group *group;
	size_t capacity;
};

static int take_member(const char *name, void *data)
{
	struct membership *membership = data;
	struct group *group = membership->group;
	const struct function *function;
	struct bdf address;
	int r;

	if (!bdf_parse(name, &address)) /* a platform device */
		return 0;
	function = snapshot_find(membership->snapshot, &address);
	if (!function) {
		group->n_unknown++;
		return 0;
	}
	r = array_reserve(&group->members, group->n_members, &membership->capacity,
			  sizeof(*group->members));
	if (r < 0)
		return r;
	group->members[group->n_members++] = function - membership->snapshot->functions;
	return 0;
}

static int compare_members(const void *a, const void *b)
{
	const size_t *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

/* Lines "0xSTART 0xEND type"; VFIO refuses the group only for a plain "direct". */
static void read_reserved(const struct root *root, struct group *group)
{
	_cleanup_free_ char *text = NULL;
	char path[96], *line, *rest;
	size_t size;
	int r;

	snprintf(path, sizeof(path), GROUPS "/%d/reserved_regions", group->number);
	r = root_read_file(root, path, 1 << 20, &text, &size);
	group->reserved_fact = fact_of(r);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *type = strrchr(line, ' ');

		if (type && streq(type + 1, "direct"))
			group->has_reserved_direct = true;
	}
}

int iommu_read_group(const struct root *root, struct snapshot *snapshot, int number)
{
	struct group group = { .number = number };
	struct membership membership = { snapshot, &group, 0 };
	char path[96], name[64];
	int r;

	if (snapshot_group(snapshot, number))
		return 0;
	snprintf(path, sizeof(path), GROUPS "/%d/name", number);
	group.is_noiommu = root_read_line(root, path, name, sizeof(name)) > 0 &&
			   streq(name, "vfio-noiommu");
	read_reserved(root, &group);
	snprintf(path, sizeof(path), GROUPS "/%d/devices", number);
	r = root_list(root, path, take_member, &membership);
	if (r != -ENOMEM)
		r = array_reserve(&snapshot->groups, snapshot->n_groups,
				  &snapshot->groups_capacity, sizeof(group));
	if (r < 0) {
		free(group.members);
		return r;
	}
	if (group.n_members)
		qsort(group.members, group.n_members, sizeof(*group.members),
		      compare_members);
	snapshot->groups[snapshot->n_groups++] = group;
	return 0;
}
