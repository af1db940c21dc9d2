// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists the functions that isolate, or may isolate, without the usual ACS registers. Pure. */
#include "decide/acs-quirks.h"

#define VENDOR_INTEL 0x8086

#define NAME_NIC "network card that its maker vouches for"
#define NAME_PCH "Intel PCH root port with a workaround in place of ACS"
#define NAME_SPT "Intel PCH root port with ACS registers in an unusual place"
#define NAME_SB "AMD southbridge function"
#define NAME_PORT "root port that isolates without showing ACS"

/* clang-format off */
#define NIC(vendor, first, last)                                                         \
	{ vendor, first, last, false, PCIE_UNKNOWN, QUIRK_ISOLATES, NAME_NIC }
#define PCH(first, last)                                                                 \
	{ VENDOR_INTEL, first, last, false, PCIE_ROOT_PORT, QUIRK_MAY_ISOLATE, NAME_PCH }
#define PCH_EVEN(first, last)                                                            \
	{ VENDOR_INTEL, first, last, true, PCIE_ROOT_PORT, QUIRK_MAY_ISOLATE, NAME_PCH }
#define SPT(first, last)                                                                 \
	{ VENDOR_INTEL, first, last, false, PCIE_ROOT_PORT, QUIRK_DECODES, NAME_SPT }
#define SB(vendor, device)                                                               \
	{ vendor, device, device, false, PCIE_UNKNOWN, QUIRK_MAY_ISOLATE, NAME_SB }
#define PORT(vendor, first, last)                                                        \
	{ vendor, first, last, false, PCIE_ROOT_PORT, QUIRK_ISOLATES, NAME_PORT }
/* clang-format on */

/*
 * The devices for which the kernel has a quirk: pci_dev_specific_acs_enabled() of
 * drivers/pci/quirks.c. The list grows with each kernel, so it is only a hint.
 */
static const struct quirk quirks[] = {
	SB(0x1002, 0x4383),
	SB(0x1002, 0x4384),
	SB(0x1002, 0x4385),
	SB(0x1002, 0x4399),
	SB(0x1002, 0x439c),
	SB(0x1002, 0x439d),
	SB(0x1022, 0x7809),
	SB(0x1022, 0x780f),
	/* Intel 82571, 82575, 82576, 82580, 82598, 82599, X540, I350, I219 */
	NIC(VENDOR_INTEL, 0x105e, 0x1060),
	NIC(VENDOR_INTEL, 0x10a7, 0x10a7),
	NIC(VENDOR_INTEL, 0x10a9, 0x10a9),
	NIC(VENDOR_INTEL, 0x10c6, 0x10c6),
	NIC(VENDOR_INTEL, 0x10c9, 0x10c9),
	NIC(VENDOR_INTEL, 0x10d6, 0x10d6),
	NIC(VENDOR_INTEL, 0x10d9, 0x10d9),
	NIC(VENDOR_INTEL, 0x10db, 0x10db),
	NIC(VENDOR_INTEL, 0x10dd, 0x10dd),
	NIC(VENDOR_INTEL, 0x10e1, 0x10e1),
	NIC(VENDOR_INTEL, 0x10e6, 0x10e8),
	NIC(VENDOR_INTEL, 0x10f1, 0x10f1),
	NIC(VENDOR_INTEL, 0x10f7, 0x10fc),
	NIC(VENDOR_INTEL, 0x1507, 0x1507),
	NIC(VENDOR_INTEL, 0x1509, 0x150a),
	NIC(VENDOR_INTEL, 0x150d, 0x1511),
	NIC(VENDOR_INTEL, 0x1514, 0x1514),
	NIC(VENDOR_INTEL, 0x1516, 0x1516),
	NIC(VENDOR_INTEL, 0x1518, 0x1518),
	NIC(VENDOR_INTEL, 0x151c, 0x151c),
	NIC(VENDOR_INTEL, 0x1521, 0x1524),
	NIC(VENDOR_INTEL, 0x1526, 0x1527),
	NIC(VENDOR_INTEL, 0x1529, 0x152a),
	NIC(VENDOR_INTEL, 0x154d, 0x154d),
	NIC(VENDOR_INTEL, 0x154f, 0x154f),
	NIC(VENDOR_INTEL, 0x1551, 0x1551),
	NIC(VENDOR_INTEL, 0x1558, 0x1558),
	NIC(VENDOR_INTEL, 0x15b7, 0x15b8),
	/* Solarflare, Emulex, Broadcom, Wangxun */
	NIC(0x1924, 0x0903, 0x0903),
	NIC(0x1924, 0x0923, 0x0923),
	NIC(0x1924, 0x0a03, 0x0a03),
	NIC(0x19a2, 0x0710, 0x0710),
	NIC(0x10df, 0x0720, 0x0720),
	NIC(0x14e4, 0x16d7, 0x16d7),
	NIC(0x14e4, 0x1750, 0x1752),
	NIC(0x8088, 0x0100, 0x010f),
	NIC(0x8088, 0x1001, 0x1001),
	NIC(0x8088, 0x2001, 0x2001),
	{ VENDOR_INTEL, 0x0000, 0xffff, false, PCIE_RC_ENDPOINT, QUIRK_ISOLATES,
	  "Intel endpoint integrated into the root complex" },
	/* Ibex Peak, Cougar, Panther, Lynx and Wildcat Point, Patsburg, Wellsburg */
	PCH(0x3b42, 0x3b51),
	PCH(0x1c10, 0x1c1f),
	PCH(0x1e10, 0x1e1f),
	PCH(0x8c10, 0x8c1f),
	PCH(0x9c10, 0x9c1b),
	PCH(0x9c90, 0x9c9b),
	PCH(0x8d10, 0x8d1e),
	PCH_EVEN(0x1d10, 0x1d1e),
	PCH_EVEN(0x8c90, 0x8c9e),
	/* Sunrise Point, Union Point, and their mobile successors */
	SPT(0xa110, 0xa11f),
	SPT(0xa167, 0xa16a),
	SPT(0xa290, 0xa29f),
	SPT(0xa2e7, 0xa2ee),
	SPT(0x9d10, 0x9d1b),
	/* Cavium, X-Gene, Ampere, Qualcomm, HXT, Annapurna, Zhaoxin */
	PORT(0x177d, 0xa000, 0xa7ff),
	PORT(0x177d, 0xaf84, 0xaf84),
	PORT(0x177d, 0xb884, 0xb884),
	PORT(0x10e8, 0xe004, 0xe004),
	PORT(0x1def, 0xe005, 0xe00c),
	PORT(0x17cb, 0x0115, 0x0115),
	PORT(0x17cb, 0x0400, 0x0401),
	PORT(0x1dbf, 0x0401, 0x0401),
	PORT(0x1c36, 0x0031, 0x0031),
	PORT(0x1d17, 0x0710, 0x071e),
	PORT(0x1d17, 0x0721, 0x0721),
	PORT(0x1d17, 0x0723, 0x0732),
};

const struct quirk *find_quirk(const struct function *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++) {
		const struct quirk *quirk = &quirks[i];

		if (function->id.vendor != quirk->vendor ||
		    function->id.device < quirk->first ||
		    function->id.device > quirk->last ||
		    (quirk->every_second && (function->id.device - quirk->first) % 2) ||
		    (quirk->type != PCIE_UNKNOWN && function->caps.type != quirk->type))
			continue;
		return quirk;
	}
	return NULL;
}

const struct quirk *isolating_quirk(const struct function *function)
{
	const struct quirk *quirk = find_quirk(function);

	return quirk && quirk->effect != QUIRK_DECODES ? quirk : NULL;
}
