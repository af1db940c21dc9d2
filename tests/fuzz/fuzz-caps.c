// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No configuration space harms caps.c, or acs.c after it. The first byte selects one of the
 * ids with quirks; the rest is the space.
 */
#include "decide/acs.h"
#include "facts/caps.h"

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition))                                                        \
			abort();                                                         \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_caps(const struct pci_caps *caps, size_t size)
{
	char letters[ACS_LETTERS_SIZE];

	CHECK(caps->size == (size < CONFIG_SPACE_SIZE ? size : CONFIG_SPACE_SIZE));
	CHECK(pcie_type_name(caps->type));
	CHECK(strlen(acs_letters(caps->acs_capability, letters)) < sizeof(letters));
	CHECK(caps->acs_fact == FACT_KNOWN || !(caps->acs_capability | caps->acs_control));
	CHECK(caps->serial_fact == FACT_KNOWN || !caps->serial);
	CHECK(caps->sriov_fact == FACT_KNOWN || !caps->sriov_enabled_vfs);
	CHECK(caps->header_fact != FACT_ABSENT);
	if (caps->is_gone || size < 64)
		CHECK(caps->type == PCIE_UNKNOWN && caps->header_fact == FACT_UNREADABLE &&
		      caps->acs_fact == FACT_UNREADABLE);
	/* A short read of a PCI Express function cannot prove that a capability is absent. */
	if (size <= 256 && caps->type != PCIE_NONE)
		CHECK(caps->acs_fact == FACT_UNREADABLE &&
		      caps->rebar_fact == FACT_UNREADABLE);
	if (caps->type == PCIE_NONE)
		CHECK(caps->acs_fact == FACT_ABSENT && !caps->has_flr);
}

/* The same space at both ends of a link, and in one slot: any answer, but no crash. */
static void check_acs(const struct pci_caps *caps, const struct pci_id *id)
{
	struct function functions[] = {
		{ .address = { 0, 0, 1, 0 }, .id = *id, .caps = *caps, .parent = SIZE_MAX },
		{ .address = { 0, 0, 1, 1 }, .id = *id, .caps = *caps, .parent = SIZE_MAX },
		{ .address = { 0, 1, 0, 0 }, .id = *id, .caps = *caps, .parent = 0 },
		{ .address = { 0, 2, 0, 0 }, .id = *id, .caps = *caps, .parent = 2 },
	};
	struct snapshot snapshot = { .functions = functions,
				     .n_functions = ARRAY_SIZE(functions) };

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		for (size_t k = 0; k < ARRAY_SIZE(functions); k++) {
			struct acs_explanation why = acs_explain(&snapshot, i, k);
			enum fact shared = acs_predict_shared(&snapshot, i, k);

			CHECK(why.culprit == SIZE_MAX ||
			      why.culprit < ARRAY_SIZE(functions));
			CHECK((why.reason == ACS_REASON_NONE) == (why.culprit == SIZE_MAX));
			CHECK(!why.may_be_quirk || why.quirk);
			/* Every prediction has an explanation. */
			CHECK(shared != FACT_KNOWN ||
			      (why.reason != ACS_REASON_NONE &&
			       why.reason != ACS_REASON_UNREADABLE));
			CHECK(i == k || shared == acs_predict_shared(&snapshot, k, i));
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pci_id ids[] = {
		{ 0x10de, 0x2206 }, { 0x8086, 0xa110 }, { 0x8086, 0x8c10 },
		{ 0x8086, 0x5912 }, { 0x1022, 0x780f },
	};
	const struct pci_id *id;
	struct pci_caps caps;

	if (!size)
		return 0;
	id = &ids[data[0] % ARRAY_SIZE(ids)];
	caps_parse(data + 1, size - 1, id, &caps);
	check_caps(&caps, size - 1);
	check_acs(&caps, id);
	return 0;
}
