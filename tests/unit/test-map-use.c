// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host uses is told without anybody's names. */
#include "unit.h"

#include "cmd/map/map-read.h"

static const struct {
	const char *used_for, *in_use, *words;
} uses[] = {
	{ NULL, NULL, "" },
	{ "disk sda, root file system", NULL, "root file system, disk" },
	{ "network enx001122334455 (up, has an address)", NULL, "network in use" },
	{ "network eth0 (down)", NULL, "" },
	{ "network eth0 (up, no link)", NULL, "" },
	{ "disk nvme0n1, root file system, /boot, swap", NULL,
	  "root file system, /boot, swap, disk" },
	{ "USB keyboard 'Keyboard K120', USB device 'Anna's phone'",
	  "keyboard 'Keyboard K120'", "keyboard" },
	{ "USB storage 'S/N 0815'", "disk sdb1 (mounted on /media/anna)",
	  "disk, USB storage" },
	/* A name that looks like a use. */
	{ "USB device 'swap /boot'", NULL, "" },
	{ "console fb0", NULL, "console" },
};

static void test_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		char buffer[MAP_USE_SIZE];

		assert_string_equal(map_use(uses[i].used_for, uses[i].in_use, buffer),
				    uses[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
