// SPDX-License-Identifier: GPL-2.0-or-later
/* Nothing in sysfs, procfs or modprobe.d harms the readers of agent/facts. */
#include "facts/display.h"
#include "fuzz.h"
#include "facts/iommu.h"
#include "host/leftover.h"
#include "host/machine.h"
#include "facts/pci.h"
#include "facts/traits.h"
#include "facts/usage.h"

static void read_all(const struct root *root, struct snapshot *snapshot)
{
	CHECK(iommu_read(root, &snapshot->iommu) == 0);
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];
		struct usage usage;

		iommu_read_function(root, function);
		traits_read(root, function);
		CHECK(pci_read_driver(root, &function->address, &function->driver) !=
		      -ENOMEM);
		CHECK(usage_read(root, &function->address, &usage) == 0);
		CHECK(strnlen(usage.text, USAGE_TEXT_SIZE) < USAGE_TEXT_SIZE);
		CHECK(strnlen(usage.in_use, USAGE_TEXT_SIZE) < USAGE_TEXT_SIZE);
	}
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (snapshot->functions[i].group_fact == FACT_KNOWN)
			CHECK(iommu_read_group(root, snapshot,
					       snapshot->functions[i].group) == 0);
	CHECK(display_read(root, snapshot) == 0);
	traits_read_security(root, &snapshot->security);
	CHECK(machine_read(root, snapshot) == 0);
	leftover_find(root, snapshot, &snapshot->findings);
}

static void check(const struct snapshot *snapshot)
{
	CHECK(snapshot->iommu.n_units || snapshot->iommu.units_fact != FACT_ABSENT ||
	      snapshot->iommu.kind != IOMMU_OTHER);
	for (size_t i = 0; i < snapshot->n_groups; i++)
		for (size_t k = 0; k < snapshot->groups[i].n_members; k++)
			CHECK(snapshot->groups[i].members[k] < snapshot->n_functions);
	for (size_t i = 0; i < snapshot->findings.n; i++) {
		CHECK(snapshot->findings.items[i].code == FINDING_LEFTOVER_CONFIG);
		for (const char *c = snapshot->findings.items[i].text; *c; c++)
			CHECK((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct root root = fuzz_root(data, size);
	struct snapshot snapshot = {};

	snapshot.n_functions = 2;
	snapshot.functions = calloc(2, sizeof(*snapshot.functions));
	CHECK(snapshot.functions);
	for (size_t i = 0; i < 2; i++) {
		snapshot.functions[i].address = (struct bdf){ 0, 1, 0, i };
		snapshot.functions[i].class = i ? 0x040300 : 0x030000;
		snapshot.functions[i].group = GROUP_NONE;
		snapshot.functions[i].identity_fact = FACT_KNOWN;
	}
	read_all(&root, &snapshot);
	check(&snapshot);
	snapshot_done(&snapshot);
	return 0;
}
