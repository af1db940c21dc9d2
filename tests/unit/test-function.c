// SPDX-License-Identifier: GPL-2.0-or-later
/* Classes of functions that the host could need for booting. */
#include "unit.h"

#include "model/function.h"

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

int main(void)
{
	return RUN_TABLE(classes, test_class);
}
