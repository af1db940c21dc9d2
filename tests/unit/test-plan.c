// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans decide what the configuration asks for, and nothing else. Configuration text and a
 * machine in; verdicts, ordered steps and findings out, each as text.
 */
#include "hold.h"
#include "decide/member.h"
#include "unit.h"

#include "decide/judge.h"
#include "decide/plan.h"
#include "decide/reserve.h"

#include <stdio.h>

struct plan_case {
	const char *name;
	const char *config;
	const char *cmdline;
	const struct snapshot *machine;
	const char *targets; /* "claim 01:00.0 01:00.1\n" for each line of the configuration */
	const char *steps;    /* "override 01:00.0 vfio_pci\n", ...; NULL: none */
	const char *findings; /* as findings_to_text(); NULL: none */
	const char *says;     /* a part of the first finding's text */
	const char *adds;     /* a part of the second's */
};

/* machine_join_groups() fills in their members. */
static struct group groups[] = { { 1 },	 { 2 },	 { 12 },
				 { 13 }, { 14 }, { .number = 20, .is_noiommu = true },
				 { 30 } };

static struct function one_card[] = { ROOT_PORT(1, 1), RTX3080(1, 12), BMC_DISPLAY };
static const struct snapshot one = MACHINE(one_card, groups, IOMMU_ON);

/* Drivers that registered before the agent ran. */
#define REGISTERED(name, places)                                                         \
	static const struct snapshot name =                                              \
		MACHINE(one_card, groups, IOMMU_ON, .registered = places)
REGISTERED(behind_nouveau, 1 << 1);
REGISTERED(behind_all, (1 << FIRST_DRIVERS) - 2);
REGISTERED(behind_amdgpu, 1 << 3);
REGISTERED(order_unknown, 1 << FIRST_VFIO | 1 << 1);

static struct function two_cards[] = { ROOT_PORT(1, 1), ROOT_PORT(2, 2), RTX3080(1, 12),
				       RTX3080(2, 13), BMC_DISPLAY };
static const struct snapshot two = MACHINE(two_cards, groups, IOMMU_ON);

/* A Ryzen's graphics slot: display, audio, security processor, two of the host's USB. */
static struct function apu_slot[] = {
	FUNCTION(0, 8, 1, 0x1022, 0x14dd, 0x060400, 1, .caps.header_type = 1),
	FUNCTION(4, 0, 0, 0x1002, 0x1638, 0x030000, 12),
	FUNCTION(4, 0, 1, 0x1002, 0x1637, 0x040300, 12),
	FUNCTION(4, 0, 2, 0x1022, 0x15df, 0x108000, 13),
	FUNCTION(4, 0, 3, 0x1022, 0x1639, 0x0c0330, 14),
	FUNCTION(4, 0, 4, 0x1002, 0x1639, 0x0c0330, 14),
	BMC_DISPLAY,
};
static const struct snapshot apu = MACHINE(apu_slot, groups, IOMMU_ON);

/* All four classes of a card; then a vendor other than the display's. */
static struct function four_functions[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x1e07, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x10f7, 0x040300, 12),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12),
	FUNCTION(1, 0, 3, 0x10de, 0x1ad7, 0x0c8000, 12),
	FUNCTION(1, 1, 0, 0x10de, 0x1ad6, 0x0c0330, 12), /* another slot */
	BMC_DISPLAY,
};
static const struct snapshot four = MACHINE(four_functions, groups, IOMMU_ON);

static struct function other_vendor[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x1e07, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x10f7, 0x040300, 12),
	FUNCTION(1, 0, 2, 0x1b21, 0x2142, 0x0c0330, 12),
	BMC_DISPLAY,
};
static const struct snapshot mixed = MACHINE(other_vendor, groups, IOMMU_ON);

/* A bridge in the slot of the display. */
static struct function bridge_in_slot[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x1e07, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x10f7, 0x040300, 12),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x060400, 12),
	BMC_DISPLAY,
};
static const struct snapshot bridges = MACHINE(bridge_in_slot, groups, IOMMU_ON);

static struct function contradiction_in_slot[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x1e07, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x1ad7, 0x0c0330, 12, .caps.header_type = 1),
	BMC_DISPLAY,
};
static const struct snapshot contradiction =
	MACHINE(contradiction_in_slot, groups, IOMMU_ON);

static struct function disk_in_slot[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x1e07, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x10f7, 0x010802, 12),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x020000, 12),
	BMC_DISPLAY,
};
static const struct snapshot disk = MACHINE(disk_in_slot, groups, IOMMU_ON);

static struct function other_things[] = {
	ROOT_PORT(1, 1),
	RTX3080(1, 12),
	FUNCTION(5, 0, 0, 0x1b21, 0x2142, 0x0c0330, 13),
	FUNCTION(6, 0, 0, 0x144d, 0xa808, 0x010802, 14),
	BMC_DISPLAY,
};
static const struct snapshot things = MACHINE(other_things, groups, IOMMU_ON);

/* clang-format off */
/* The display's group and unit in all states that matter. */
#define DISPLAY_ONLY(...)                                                                \
	{ FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12, __VA_ARGS__), BMC_DISPLAY }
#define NO_GROUP .group_fact = FACT_ABSENT, .group = GROUP_NONE, .has_iommu_unit = false
/* clang-format on */

static struct function no_group[] = DISPLAY_ONLY(NO_GROUP);
static const struct snapshot no_table =
	MACHINE(no_group, groups, { .tables_fact = FACT_KNOWN, .units_fact = FACT_KNOWN });
static const struct snapshot dmar_no_unit =
	MACHINE(no_group, groups,
		{ .tables_fact = FACT_KNOWN, .has_dmar = true, .units_fact = FACT_KNOWN });
static const struct snapshot ivrs_no_unit =
	MACHINE(no_group, groups,
		{ .tables_fact = FACT_KNOWN, .has_ivrs = true, .units_fact = FACT_ABSENT });
static const struct snapshot viot_no_unit =
	MACHINE(no_group, groups, { .tables_fact = FACT_KNOWN, .has_viot = true });
static const struct snapshot unit_no_group = MACHINE(no_group, groups, IOMMU_ON);
static const struct snapshot tables_unreadable =
	MACHINE(no_group, groups, { .tables_fact = FACT_UNREADABLE });
static const struct snapshot tables_absent =
	MACHINE(no_group, groups, { .tables_fact = FACT_ABSENT });

static struct function noiommu_group[] = DISPLAY_ONLY(.group = 20, .has_iommu_unit = false);
static const struct snapshot noiommu = MACHINE(noiommu_group, groups, { FACT_KNOWN });
/* Even with a unit link: the group's name decides. */
static struct function noiommu_unit_group[] = DISPLAY_ONLY(.group = 20);
static const struct snapshot noiommu_unit = MACHINE(noiommu_unit_group, groups, IOMMU_ON);
static struct function group_unreadable_[] = DISPLAY_ONLY(.group_fact = FACT_UNREADABLE);
static const struct snapshot group_unreadable =
	MACHINE(group_unreadable_, groups, IOMMU_ON);
static struct function group_unknown_[] = DISPLAY_ONLY(.group = 99);
static const struct snapshot group_unknown = MACHINE(group_unknown_, groups, IOMMU_ON);
static struct function no_unit_[] = DISPLAY_ONLY(.has_iommu_unit = false);
static const struct snapshot no_unit = MACHINE(no_unit_, groups, IOMMU_ON);

/* One function of three without a group is enough. */
static struct function one_outside_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12, NO_GROUP),
	BMC_DISPLAY,
};
static const struct snapshot one_outside = MACHINE(one_outside_, groups, IOMMU_ON);

/* With an SMMU the group comes with the driver: no group, and no driver that should have brought one. */
/* clang-format off */
#define SMMU_ON                                                                          \
	{ .tables_fact = FACT_ABSENT,                                                    \
	  .units_fact = FACT_KNOWN,                                                      \
	  .n_units = 1,                                                                  \
	  .kind = IOMMU_ARM_SMMU,                                                        \
	  .is_smmu_v3 = true,                                                            \
	  .irq_fact = FACT_KNOWN,                                                        \
	  .has_irq_remapping = true }
/* clang-format on */
static const struct snapshot smmu = MACHINE(no_group, groups, SMMU_ON);
static struct function smmu_driven_[] =
	DISPLAY_ONLY(NO_GROUP, .driver_fact = FACT_KNOWN, .driver = TEXT("nouveau"));
static const struct snapshot smmu_driven = MACHINE(smmu_driven_, groups, SMMU_ON);

/* Drivers that bound before the agent. */
#define BOUND(name) .driver_fact = FACT_KNOWN, .driver = TEXT(name)
static struct function nouveau_has_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12, BOUND("nouveau")),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12),
	BMC_DISPLAY,
};
static const struct snapshot nouveau_has = MACHINE(nouveau_has_, groups, IOMMU_ON);
static struct function xhci_has_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12, BOUND("snd_hda_intel")),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12, BOUND("xhci_hcd")),
	BMC_DISPLAY,
};
static const struct snapshot xhci_has = MACHINE(xhci_has_, groups, IOMMU_ON);
static struct function vfio_has_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12, BOUND("vfio-pci")),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12, BOUND("vfio-pci")),
	BMC_DISPLAY,
};
static const struct snapshot vfio_has = MACHINE(vfio_has_, groups, IOMMU_ON);
static struct function driver_unreadable_[] = DISPLAY_ONLY(.driver_fact = FACT_UNREADABLE);
static const struct snapshot driver_unreadable =
	MACHINE(driver_unreadable_, groups, IOMMU_ON);

/* A variant module for one of two functions. */
static struct function variant_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2342, 0x030200, 12,
		 .vfio_module = TEXT("nvgrace_gpu_vfio_pci")),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12, .vfio_module = NULL),
	BMC_DISPLAY,
};
static const struct snapshot variant = MACHINE(variant_, groups, IOMMU_ON);

static const struct snapshot nothing = { .iommu = { FACT_KNOWN } };

#define LOAD_VFIO "load vfio_pci\nload? vfio_iommu_type1\n"
#define ALL_OF(address, before, after)                                                   \
	before " " address ".0" after "\n" before " " address ".1" after "\n" before     \
	       " " address ".2" after "\n"
#define CLAIM_ONE                                                                        \
	ALL_OF("0000:01:00", "override", " vfio_pci")                                    \
	LOAD_VFIO ALL_OF("0000:01:00", "probe", " vfio_pci")
#define AWAITED                                                                          \
	"error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n"                                   \
	"info GPU_AWAITED /etc/vfio-claim.conf:1\n"
#define CARD(bus) "0000:" bus ":00.0 0000:" bus ":00.1 0000:" bus ":00.2"
#define GPU "gpu = 01:00.0\n"

static const struct plan_case cases[] = {
	/* Which functions */
	{ "one card", GPU, NULL, &one, "claim " CARD("01") "\n", CLAIM_ONE },
	{ "nothing configured", "", NULL, &one, "", NULL },
	{ "all four classes of a card, its own slot only", GPU, NULL, &four,
	  "claim " CARD("01") " 0000:01:00.3\n",
	  ALL_OF("0000:01:00", "override",
		 " vfio_pci") "override 0000:01:00.3 vfio_pci\n" LOAD_VFIO
		  ALL_OF("0000:01:00", "probe",
			 " vfio_pci") "probe 0000:01:00.3 vfio_pci\n" },
	{ "an APU's slot: display and audio only", "gpu = 04:00.0\n", NULL, &apu,
	  "claim 0000:04:00.0 0000:04:00.1\n",
	  "override 0000:04:00.0 vfio_pci\noverride 0000:04:00.1 vfio_pci\n" LOAD_VFIO
	  "probe 0000:04:00.0 vfio_pci\nprobe 0000:04:00.1 vfio_pci\n",
	  "warning SLOT_HAS_HOST_FUNCTIONS 0000:04:00.0\n",
	  "0000:04:00.2 (class 1080), 0000:04:00.3 (class 0c03), 0000:04:00.4 (class 0c03)" },
	{ "a function of another vendor stays", GPU, NULL, &mixed,
	  "claim 0000:01:00.0 0000:01:00.1\n",
	  "override 0000:01:00.0 vfio_pci\noverride 0000:01:00.1 vfio_pci\n" LOAD_VFIO
	  "probe 0000:01:00.0 vfio_pci\nprobe 0000:01:00.1 vfio_pci\n",
	  "warning SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n", "0000:01:00.2 (class 0c03)" },
	{ "bridges of the slot are never taken", GPU, NULL, &bridges,
	  "claim 0000:01:00.0 0000:01:00.1\n",
	  "override 0000:01:00.0 vfio_pci\noverride 0000:01:00.1 vfio_pci\n" LOAD_VFIO
	  "probe 0000:01:00.0 vfio_pci\nprobe 0000:01:00.1 vfio_pci\n",
	  "warning SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n", "0000:01:00.2 (class 0604)" },
	{ "a card's class and a bridge's header: nobody knows what it is", GPU, NULL,
	  &contradiction, "refuse 0000:01:00.0\n", NULL,
	  "warning SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n"
	  "error SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n",
	  "0000:01:00.1 (class 0c03)" },
	{ "storage and network of the slot are never taken", GPU, NULL, &disk,
	  "claim 0000:01:00.0\n",
	  "override 0000:01:00.0 vfio_pci\n" LOAD_VFIO "probe 0000:01:00.0 vfio_pci\n",
	  "warning SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n",
	  "0000:01:00.1 (class 0108), 0000:01:00.2 (class 0200)" },
	{ "device lines take the one function", "device = 05:00.0\ndevice = 06:00.0\n",
	  NULL, &things, "claim 0000:05:00.0\nclaim 0000:06:00.0\n",
	  "override 0000:05:00.0 vfio_pci\noverride 0000:06:00.0 vfio_pci\n" LOAD_VFIO
	  "probe 0000:05:00.0 vfio_pci\nprobe 0000:06:00.0 vfio_pci\n" },
	{ "a device line may name a bridge as little", "device = 00:01.0\n", NULL,
	  &things, "refuse\n", NULL, "error CONFIG_INVALID 0000:00:01.0\n",
	  "'00:01.0' names a bridge" },
	{ "a gpu line may not name a bridge", "gpu = 00:01.0\n", NULL, &things,
	  "refuse\n", NULL, "error NOT_A_GPU 0000:00:01.0\n", "class 0604" },
	{ "the card's audio function is no GPU", "gpu = 01:00.1\n", NULL, &one,
	  "refuse\n", NULL, "error NOT_A_GPU 0000:01:00.1\n", "class 0403" },
	/* Which card */
	{ "no such address", "gpu = 09:00.0\n", NULL, &one, "refuse\n", NULL,
	  "error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n", "'09:00.0'" },
	{ "awaited: nothing here has its ids",
	  "gpu = 09:00.0 id=10de:2231 subsystem=1458:403b\n", NULL, &one, "refuse\n", NULL,
	  "error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n"
	  "info GPU_AWAITED /etc/vfio-claim.conf:1\n" },
	{ "awaited, but its id alone would mean others too",
	  "gpu = 09:00.0 id=10de:2231\n", NULL, &one, "refuse\n", NULL,
	  "error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n"
	  "info GPU_AWAITED /etc/vfio-claim.conf:1\n" },
	{ "awaited, and the host's driver is there first",
	  "gpu = 09:00.0 id=10de:2231 subsystem=1458:403b\n", NULL, &behind_nouveau,
	  "refuse\n", NULL, AWAITED, NULL,
	  "the host's driver nouveau is asked before vfio-pci" },
	{ "awaited, the same without a subsystem", "gpu = 09:00.0 id=10de:2231\n", NULL,
	  &behind_nouveau, "refuse\n", NULL, AWAITED, NULL,
	  "driver nouveau is asked before vfio-pci" },
	{ "awaited, and every vendor's driver is there first",
	  "gpu = 09:00.0 id=8086:56a0 subsystem=1458:403b\n", NULL, &behind_all,
	  "refuse\n", NULL, AWAITED, NULL, "driver xe is asked before vfio-pci" },
	{ "awaited, and another vendor's driver is there first",
	  "gpu = 09:00.0 id=10de:2231 subsystem=1458:403b\n", NULL, &behind_amdgpu,
	  "refuse\n", NULL, AWAITED, NULL, "vfio-pci is asked for it first" },
	{ "awaited, and vfio-pci is there too: either may be first",
	  "gpu = 09:00.0 id=10de:2231 subsystem=1458:403b\n", NULL, &order_unknown,
	  "refuse\n", NULL, AWAITED, NULL, "vfio-pci is asked for it first" },
	{ "no PCI function at all", GPU, NULL, &nothing, "refuse\n", NULL,
	  "error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n", "'01:00.0'" },
	{ "another card at the address", "gpu = 01:00.0 id=1002:744c\n", NULL, &one,
	  "refuse\n", NULL, "error GPU_CHANGED 0000:01:00.0\n",
	  "expected '01:00.0 id=1002:744c', found 0000:01:00.0 10de:2206 (subsystem 1458:403b)" },
	{ "another card at the address, hold",
	  "on-failure = hold\ngpu = 01:00.0 id=1002:744c\n", NULL, &one, "refuse\n", NULL,
	  "error GPU_CHANGED 0000:01:00.0\n", NULL },
	{ "moved", "gpu = 05:00.0 id=10de:2206 path=00:01.0/00.0\n", NULL, &one,
	  "claim " CARD("01") "\n", CLAIM_ONE, "info GPU_MOVED 0000:01:00.0\n",
	  "'05:00.0 id=10de:2206 path=00:01.0/00.0' was found as 0000:01:00.0" },
	{ "moved, and nothing is remembered of it, hold",
	  "gpu = 05:00.0 id=10de:2206\non-failure = hold\n", NULL, &one, "refuse\n", NULL,
	  "error GPU_AMBIGUOUS /etc/vfio-claim.conf:1\n", "0000:01:00.0" },
	{ "two of this id", "gpu = id=10de:2206\n", NULL, &two, "refuse\n", NULL,
	  "error GPU_AMBIGUOUS /etc/vfio-claim.conf:1\n", "any of 2 cards" },
	{ "two of this id, hold", "gpu = id=10de:2206\non-failure = hold\n", NULL, &two,
	  "refuse\n", NULL, "error GPU_AMBIGUOUS /etc/vfio-claim.conf:1\n" },
	{ "one of two twins, the other is in no step", "gpu = 02:00.0 id=10de:2206\n",
	  NULL, &two, "claim " CARD("02") "\n",
	  ALL_OF("0000:02:00", "override", " vfio_pci")
		  LOAD_VFIO ALL_OF("0000:02:00", "probe", " vfio_pci") },
	{ "both twins: all overrides, then loads, then probes",
	  "gpu = 01:00.0\ngpu = 02:00.0\n", NULL, &two,
	  "claim " CARD("01") "\nclaim " CARD("02") "\n",
	  ALL_OF("0000:01:00", "override", " vfio_pci")
		  ALL_OF("0000:02:00", "override", " vfio_pci")
			  LOAD_VFIO ALL_OF("0000:01:00", "probe", " vfio_pci")
				  ALL_OF("0000:02:00", "probe", " vfio_pci") },
	{ "one found, one not: the one is claimed", "gpu = 09:00.0\n" GPU, NULL, &one,
	  "refuse\nclaim " CARD("01") "\n", CLAIM_ONE,
	  "error GPU_NOT_FOUND /etc/vfio-claim.conf:1\n" },
	{ "two lines, one card", GPU "gpu = id=10de:2206\n", NULL, &one,
	  "claim " CARD("01") "\nclaim " CARD("01") "\n", CLAIM_ONE,
	  "warning CONFIG_INVALID 0000:01:00.0\n",
	  "'id=10de:2206' of /etc/vfio-claim.conf:2 means the same as '01:00.0'" },
	{ "a device line for a function of a gpu line", GPU "device = 01:00.1\n", NULL,
	  &one, "claim " CARD("01") "\nclaim 0000:01:00.1\n", CLAIM_ONE },
	{ "a device line for a function of a gpu line, before it", "device = 01:00.1\n" GPU,
	  NULL, &one, "claim 0000:01:00.1\nclaim " CARD("01") "\n", CLAIM_ONE },
	{ "two lines, one card, hold", GPU "gpu = id=10de:2206\non-failure = hold\n",
	  NULL, &one, "claim " CARD("01") "\nclaim " CARD("01") "\n", CLAIM_ONE,
	  "warning CONFIG_INVALID 0000:01:00.0\n" },
	/* Is DMA remapping on */
	{ "no table", GPU, NULL, &no_table, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_OFF_FIRMWARE 0000:01:00.0\n", "no DMAR, IVRS, VIOT or IORT" },
	{ "DMAR, but no unit", GPU, NULL, &dmar_no_unit, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_OFF_KERNEL 0000:01:00.0\n", "the kernel does not use it" },
	{ "IVRS, but no unit", GPU, NULL, &ivrs_no_unit, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_OFF_KERNEL 0000:01:00.0\n", "the kernel does not use it" },
	{ "VIOT, but no unit", GPU, NULL, &viot_no_unit, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_NOT_READY 0000:01:00.0\n", "virtio-iommu" },
	{ "a unit, but no group", GPU, NULL, &unit_no_group, "refuse 0000:01:00.0\n",
	  NULL, "error IOMMU_NOT_READY 0000:01:00.0\n", "in no IOMMU group" },
	{ "tables unreadable: not blamed on the firmware", GPU, NULL, &tables_unreadable,
	  "refuse 0000:01:00.0\n", NULL, "error IOMMU_OFF_KERNEL 0000:01:00.0\n",
	  "cannot be read" },
	{ "no table folder: not blamed on the firmware", GPU, NULL, &tables_absent,
	  "refuse 0000:01:00.0\n", NULL, "error IOMMU_OFF_KERNEL 0000:01:00.0\n",
	  "cannot be read" },
	{ "no-IOMMU group", GPU, NULL, &noiommu, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_NOIOMMU 0000:01:00.0\n", "group 20" },
	{ "no-IOMMU group beside a unit", GPU, NULL, &noiommu_unit,
	  "refuse 0000:01:00.0\n", NULL, "error IOMMU_NOIOMMU 0000:01:00.0\n", "group 20" },
	{ "group unreadable", GPU, NULL, &group_unreadable, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_NOT_READY 0000:01:00.0\n", "cannot be read" },
	{ "group without a folder", GPU, NULL, &group_unknown, "refuse 0000:01:00.0\n",
	  NULL, "error IOMMU_NOT_READY 0000:01:00.0\n", "cannot be read" },
	{ "group, but no unit", GPU, NULL, &no_unit, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_NOT_READY 0000:01:00.0\n", "no IOMMU unit" },
	{ "a group that a driver brings", GPU, NULL, &smmu, "claim 0000:01:00.0\n",
	  "override 0000:01:00.0 vfio_pci\n" LOAD_VFIO "probe 0000:01:00.0 vfio_pci\n" },
	{ "a group that no driver brought", GPU, NULL, &smmu_driven, "refuse 0000:01:00.0\n",
	  NULL, "error IOMMU_NOT_READY 0000:01:00.0\nerror DRIVER_ATTACHED 0000:01:00.0\n",
	  "in no IOMMU group" },
	{ "one function without a group refuses the card", GPU, NULL, &one_outside,
	  "refuse 0000:01:00.0 0000:01:00.1\n", NULL,
	  "error IOMMU_NOT_READY 0000:01:00.1\n" },
	/* Bound drivers */
	{ "a device line for a function of a card that is refused",
	  GPU "device = 01:00.1\n", NULL, &nouveau_has,
	  "refuse 0000:01:00.0 0000:01:00.1\nrefuse 0000:01:00.1\n", NULL,
	  "error DRIVER_ATTACHED 0000:01:00.0\n"
	  "error CARD_REFUSED 0000:01:00.1\n" },
	{ "nouveau has the display: refused", GPU, NULL, &nouveau_has,
	  "refuse 0000:01:00.0 0000:01:00.1\n", NULL,
	  "error DRIVER_ATTACHED 0000:01:00.0\n", "nouveau" },
	{ "nouveau has the display: taken off when asked", GPU "attached-driver = unbind\n",
	  NULL, &nouveau_has, "claim 0000:01:00.0 0000:01:00.1\n",
	  "override 0000:01:00.0 vfio_pci\noverride 0000:01:00.1 vfio_pci\n" LOAD_VFIO
	  "unbind 0000:01:00.0 vfio_pci\n"
	  "probe 0000:01:00.0 vfio_pci\nprobe 0000:01:00.1 vfio_pci\n",
	  "warning DRIVER_ATTACHED 0000:01:00.0\n", "nouveau" },
	{ "audio and USB drivers are taken off unasked", GPU, NULL, &xhci_has,
	  "claim " CARD("01") "\n",
	  ALL_OF("0000:01:00", "override", " vfio_pci") LOAD_VFIO
	  "unbind 0000:01:00.1 vfio_pci\nunbind 0000:01:00.2 vfio_pci\n" ALL_OF("0000:01:00",
										"probe",
										" vfio_pci"),
	  "warning DRIVER_ATTACHED 0000:01:00.1\nwarning DRIVER_ATTACHED 0000:01:00.2\n",
	  "snd_hda_intel" },
	{ "vfio-pci has it: nothing to take off", GPU, NULL, &vfio_has,
	  "claim 0000:01:00.0 0000:01:00.1\n",
	  "override 0000:01:00.0 vfio_pci\noverride 0000:01:00.1 vfio_pci\n" LOAD_VFIO
	  "probe 0000:01:00.0 vfio_pci\nprobe 0000:01:00.1 vfio_pci\n" },
	{ "driver unreadable", GPU, NULL, &driver_unreadable, "refuse 0000:01:00.0\n",
	  NULL, "error DRIVER_ATTACHED 0000:01:00.0\n", "cannot be read" },
	/* Hold */
	{ "refused and held", GPU "on-failure = hold\n", NULL, &no_table,
	  "refuse 0000:01:00.0\n", "hold 0000:01:00.0 vfio_pci\n",
	  "error IOMMU_OFF_FIRMWARE 0000:01:00.0\n" },
	{ "hold does nothing to a card that is claimed", GPU "on-failure = hold\n", NULL,
	  &one, "claim " CARD("01") "\n", CLAIM_ONE },
	{ "one claimed, one held: the hold comes before any load",
	  "gpu = 01:00.0\ndevice = 05:00.0\non-failure = hold\n", NULL,
	  &(const struct snapshot)MACHINE(
		  ((struct function[]){ FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12),
					FUNCTION(5, 0, 0, 0x1b21, 0x2142, 0x0c0330, 20),
					BMC_DISPLAY }),
		  groups, IOMMU_ON),
	  "claim 0000:01:00.0\nrefuse 0000:05:00.0\n",
	  "override 0000:01:00.0 vfio_pci\nhold 0000:05:00.0 vfio_pci\n" LOAD_VFIO
	  "probe 0000:01:00.0 vfio_pci\n",
	  "error IOMMU_NOIOMMU 0000:05:00.0\n" },
	/* Doubtful functions are not touched */
	{ "a bad line: nothing is claimed", GPU "nonsense\n", NULL, &one,
	  "refuse " CARD("01") "\n" },
	{ "a bad line, hold: nothing is touched either",
	  GPU "nonsense\non-failure = hold\n", NULL, &one, "refuse " CARD("01") "\n" },
	{ "a bad kernel parameter", GPU, "vfio_claim.mode=claim vfio_claim.x=1", &one,
	  "refuse " CARD("01") "\n" },
	{ "a mere warning does not keep from claiming", GPU GPU, NULL, &one,
	  "claim " CARD("01") "\n", CLAIM_ONE },
	{ "mode=check: judged, no steps", GPU, "vfio_claim.mode=check", &one,
	  "claim " CARD("01") "\n" },
	{ "mode=check, refused, hold: no steps", GPU "on-failure = hold\n",
	  "vfio_claim.mode=check", &no_table, "refuse 0000:01:00.0\n", NULL,
	  "error IOMMU_OFF_FIRMWARE 0000:01:00.0\n" },
	{ "mode=off: no steps", GPU "on-failure = hold\n", "vfio_claim.mode=off", &one,
	  "claim " CARD("01") "\n" },
	/* Modules */
	{ "a variant module, and vfio_pci where the reader knows none", GPU, NULL,
	  &variant, "claim 0000:01:00.0 0000:01:00.1\n",
	  "override 0000:01:00.0 nvgrace_gpu_vfio_pci\noverride 0000:01:00.1 vfio_pci\n"
	  "load nvgrace_gpu_vfio_pci\nload vfio_pci\nload? vfio_iommu_type1\n"
	  "probe 0000:01:00.0 nvgrace_gpu_vfio_pci\nprobe 0000:01:00.1 vfio_pci\n" },
};

static char *targets_to_text(const struct plan *plan, const struct snapshot *snapshot)
{
	char *text = NULL, address[PCI_ADDRESS_SIZE];
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];

		fputs(target->verdict == VERDICT_CLAIM ? "claim" : "refuse", stream);
		for (size_t k = 0; k < target->n_functions; k++)
			fprintf(stream, " %s",
				bdf_format(&snapshot->functions[target->functions[k]].address,
					   address));
		fputc('\n', stream);
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

static char *steps_to_text(const struct plan *plan, const struct snapshot *snapshot)
{
	static const char *const actions[] = {
		[STEP_OVERRIDE] = "override", [STEP_LOAD] = "load",
		[STEP_UNBIND] = "unbind",     [STEP_PROBE] = "probe",
		[STEP_HOLD] = "hold",	      [STEP_RELEASE_FRAMEBUFFER] = "release",
		[STEP_RESCAN] = "rescan",
	};
	char *text = NULL, address[PCI_ADDRESS_SIZE];
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];
		const struct function *function = &snapshot->functions[step->function];

		if (step->action == STEP_LOAD)
			fprintf(stream, "load%s %s\n", step->is_optional ? "?" : "",
				step->module);
		else
			fprintf(stream, "%s %s %s\n", actions[step->action],
				bdf_format(&function->address, address), step->module);
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void test_plan(void **state)
{
	const struct plan_case *test = *state;
	CLEANUP(config_done)
	struct config config = config_from(test->config, test->cmdline);
	CLEANUP(plan_done) struct plan plan = {};
	CLEANUP(machine_done)
	struct snapshot machine = machine_join_groups(test->machine);
	_cleanup_free_ char *targets = NULL, *steps = NULL, *findings = NULL;

	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	targets = targets_to_text(&plan, &machine);
	steps = steps_to_text(&plan, &machine);
	findings = findings_to_text(&plan.findings);
	assert_string_equal(targets, test->targets);
	assert_string_equal(steps, test->steps ? test->steps : "");
	assert_string_equal(findings, test->findings ? test->findings : "");
	if (test->says && !strstr(plan.findings.items[0].text, test->says))
		fail_msg("'%s' is not in '%s'", test->says, plan.findings.items[0].text);
	if (test->adds && !strstr(plan.findings.items[1].text, test->adds))
		fail_msg("'%s' is not in '%s'", test->adds, plan.findings.items[1].text);
	check_release_and_hold(&config, &machine);
}

/* Last: every code that this file causes. */
static void test_held_codes(void **state)
{
	static const enum finding_code held[] = {
		FINDING_IOMMU_OFF_FIRMWARE,
		FINDING_IOMMU_OFF_KERNEL,
		FINDING_IOMMU_NOT_READY,
		FINDING_IOMMU_NOIOMMU,
		FINDING_SLOT_HAS_HOST_FUNCTIONS,
		FINDING_DRIVER_ATTACHED,
		FINDING_COUNT_,
	};
	static const enum finding_code never[] = {
		FINDING_GPU_NOT_FOUND, FINDING_GPU_CHANGED,    FINDING_GPU_AMBIGUOUS,
		FINDING_NOT_A_GPU,     FINDING_CONFIG_INVALID, FINDING_COUNT_,
	};

	(void)state;
	check_held_codes(held, never);
}

/* Groups of a target: each once, in the order of the functions. */
static void test_groups(void **state)
{
	CLEANUP(config_done)
	struct config config = config_from(GPU "gpu = 04:00.0\n", NULL);
	CLEANUP(plan_done) struct plan plan = {};

	(void)state;
	assert_int_equal(plan_make(&config, &two, &plan), 0);
	assert_int_equal(plan.targets[0].n_groups, 1);
	assert_int_equal(plan.targets[0].groups[0], 12);
	assert_int_equal(plan.targets[1].n_groups, 0);
	assert_ptr_equal(plan.targets[0].wanted, &config.wanted[0]);
}

struct blocking_case {
	const char *name;
	struct function member;
	bool is_blocking;
};

#define MEMBER(class, ...) FUNCTION(1, 1, 0, 0x8086, 0x1234, class, 12, __VA_ARGS__)

static const struct blocking_case members[] = {
	{ "nothing drives it", MEMBER(0x0c0330), false },
	{ "a module would",
	  MEMBER(0x0c0330, .rivals = { (char *[]){ TEXT("xhci_pci") }, 1 }), true },
	{ "a driver does", MEMBER(0x0c0330, BOUND("xhci_hcd")), true },
	{ "vfio-pci has it", MEMBER(0x0c0330, BOUND("vfio-pci")), false },
	{ "pci-stub has it", MEMBER(0x0c0330, BOUND("pci-stub")), false },
	{ "bridge by header, with a driver",
	  MEMBER(0x060400, .caps.header_type = 1, BOUND("pcieport")), false },
	{ "host bridge", MEMBER(0x060000), false },
	{ "host bridge with a driver of its own", MEMBER(0x060000, BOUND("skl_uncore")),
	  true },
	{ "driver unreadable", MEMBER(0x0c0330, .driver_fact = FACT_UNREADABLE), true },
	{ "not read in detail", MEMBER(0x0c0330, .detailed = false), true },
	{ "no modalias: what would drive it is unknown",
	  MEMBER(0x0c0330, .modalias = NULL), true },
};

static bool is_blocking(const struct snapshot *snapshot, const struct plan *plan,
			size_t member)
{
	enum membership membership =
		member_judge(snapshot, plan, &plan->targets[0], member);

	return membership == MEMBER_BLOCKS || membership == MEMBER_BRIDGE_BLOCKS;
}

static void test_blocking(void **state)
{
	const struct blocking_case *test = *state;
	struct function functions[] = { RTX3080(1, 12), test->member, BMC_DISPLAY };
	const struct snapshot snapshot = MACHINE(functions, groups, IOMMU_ON);
	CLEANUP(config_done) struct config config = config_from(GPU, NULL);
	CLEANUP(plan_done) struct plan plan = {};

	assert_int_equal(plan_make(&config, &snapshot, &plan), 0);
	assert_int_equal(is_blocking(&snapshot, &plan, 3), test->is_blocking);
	/* The card's own functions never do. */
	for (size_t i = 0; i < 3; i++)
		assert_false(is_blocking(&snapshot, &plan, i));
}

static void test_vfio_driver(void **state)
{
	(void)state;
	assert_true(is_vfio_driver("vfio-pci"));
	assert_true(is_vfio_driver("mlx5_vfio_pci"));
	assert_true(is_vfio_driver("nvgrace-gpu-vfio-pci"));
	assert_false(is_vfio_driver("nouveau"));
	assert_false(is_vfio_driver("pci-stub"));
	assert_false(is_vfio_driver(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_vfio_driver),
		cmocka_unit_test(test_held_codes),
	};

	return RUN_TABLE(cases, test_plan) + RUN_TABLE(members, test_blocking) +
	       cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
