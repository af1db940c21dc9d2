// SPDX-License-Identifier: GPL-2.0-or-later
/* What a person may write for a card, and which functions it means. */
#include "unit.h"

#include "cmd/selector.h"

#include <stdio.h>

#define NO_SHAPE 9 /* a wrong selector */

static const struct {
	const char *text;
	unsigned shape;
	const char *address; /* of an identity or a slot */
} shapes[] = {
	/* As in the configuration. */
	{ "01:00.0", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "0000:01:00.0", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "10000:01:00.0", SELECTOR_IDENTITY, "10000:01:00.0" },
	{ "C1:1F.7", SELECTOR_IDENTITY, "0000:c1:1f.7" },
	{ "01:00.0 id=10de:2206", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "id=10de:2206", SELECTOR_IDENTITY, NULL },
	{ "path=0000:00:01.0/00.0", SELECTOR_IDENTITY, NULL },
	/* Libvirt's names and sysfs's. */
	{ "pci_0000_01_00_0", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "0000_01_00_0", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "01_00_0", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "pci_10000_e1_00_7", SELECTOR_IDENTITY, "10000:e1:00.7" },
	{ "/sys/bus/pci/devices/0000:01:00.0", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "/sys/bus/pci/devices/0000:01:00.0/", SELECTOR_IDENTITY, "0000:01:00.0" },
	{ "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0", SELECTOR_IDENTITY,
	  "0000:01:00.0" },
	/* Slots. */
	{ "01:00", SELECTOR_SLOT, "0000:01:00.0" },
	{ "1:0", SELECTOR_SLOT, "0000:01:00.0" },
	{ "0000:01:00", SELECTOR_SLOT, "0000:01:00.0" },
	{ "10000:01:1f", SELECTOR_SLOT, "10000:01:1f.0" },
	{ "pci_0000_01_00", SELECTOR_SLOT, "0000:01:00.0" },
	{ "0000_01_00", SELECTOR_SLOT, "0000:01:00.0" },
	{ "01_00", SELECTOR_SLOT, "0000:01:00.0" },
	/* Ids: four digits on both sides. */
	{ "10de:2206", SELECTOR_ID, NULL },
	{ "10DE:2206", SELECTOR_ID, NULL },
	{ "0000:0100", SELECTOR_ID, NULL },
	/* Neither a bus of domain 0000, nor device 1 of bus 0. */
	{ "0000:01", SELECTOR_NAME, NULL },
	/* Names, and what is no address after all. */
	{ "3080", SELECTOR_NAME, NULL },
	{ "rtx 3080", SELECTOR_NAME, NULL },
	{ "rtx_3080", SELECTOR_NAME, NULL },
	{ "540/540X", SELECTOR_NAME, NULL },
	{ "01:00.8", SELECTOR_NAME, NULL },
	{ "01:20", SELECTOR_NAME, NULL },
	{ "/sys/", SELECTOR_NAME, NULL },
	{ "/sys//", SELECTOR_NAME, NULL },
	{ "pci_", SELECTOR_NAME, NULL },
	{ "_", SELECTOR_NAME, NULL },
	{ "pci_0000_0000_0000_0000_0000_0000", SELECTOR_NAME, NULL },
	/* Wrong: something was to be an identity, or there is nothing. */
	{ "", NO_SHAPE, NULL },
	{ " ", NO_SHAPE, NULL },
	{ "id=", NO_SHAPE, NULL },
	{ "0000:01:00 id=10de:2206", NO_SHAPE, NULL },
	{ "name=rtx", NO_SHAPE, NULL },
};

static void test_shapes(void **state)
{
	char address[PCI_ADDRESS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct selector selector = {};
		const char *wrong = selector_parse(shapes[i].text, &selector);

		print_message("'%s'\n", shapes[i].text);
		assert_int_equal(!!wrong, shapes[i].shape == NO_SHAPE);
		if (wrong)
			continue;
		assert_int_equal(selector.shape, shapes[i].shape);
		assert_int_equal(selector.identity.has_address, !!shapes[i].address);
		if (shapes[i].address)
			assert_string_equal(bdf_format(&selector.identity.address, address),
					    shapes[i].address);
		if (selector.shape == SELECTOR_ID)
			assert_true(selector.identity.has_id);
		assert_int_equal(selector_is_place(shapes[i].text),
				 selector.shape != SELECTOR_NAME &&
					 !strchr(shapes[i].text, '='));
	}
}

#define DISPLAY 0x030000
#define AUDIO 0x040300

/* Names as device_name_set() makes them. */
static const struct {
	const char *address;
	struct pci_id id;
	uint32_t class;
	struct device_name name;
} machine[] = {
	{ "0000:00:02.0", { 0x8086, 0x3e98 }, DISPLAY, { "Intel", "UHD Graphics 630" } },
	{ "0000:01:00.0", { 0x10de, 0x1aef }, AUDIO, { "NVIDIA", "GA102 HD Audio" } },
	{ "0000:01:00.1", { 0x10de, 0x2206 }, DISPLAY, { "NVIDIA", "GeForce RTX 3080" } },
	{ "0000:02:00.0", { 0x10de, 0x2208 }, DISPLAY, { "NVIDIA", "GeForce RTX 3080 Ti" } },
	{ "0000:03:00.0", { 0x1002, 0x7480 }, DISPLAY, { "AMD", "Radeon RX 7700S/7600S" } },
	{ "0000:04:00.0", { 0x8086, 0x56a0 }, DISPLAY, { "Intel", "Arc A770" } },
	{ "0000:05:00.0", { 0x8086, 0x15f3 }, 0x020000, { "Intel", "Ethernet I225-V" } },
	{ "0000:06:00.0", { 0x10de, 0x2482 }, DISPLAY, { "NVIDIA", "GeForce RTX 3070 Ti" } },
	{ "0000:07:00.0", { 0x10de, 0x2482 }, DISPLAY, { "NVIDIA", "GeForce RTX 3070 Ti" } },
	{ "0000:08:00.0", { 0x1a03, 0x2000 }, DISPLAY, { "", "" } },
	{ "10000:01:00.0", { 0x144d, 0xa80a }, 0x010802, { "Samsung", "NVMe PM9A1" } },
};

static const struct {
	const char *text;
	const char *found; /* addresses, separated by blanks */
} searches[] = {
	/* The display of a slot, wherever in the slot it is; else the first function. */
	{ "01:00", "0000:01:00.1" },
	{ "0000:01:00", "0000:01:00.1" },
	{ "05:00", "0000:05:00.0" },
	{ "10000:01:00", "10000:01:00.0" },
	{ "09:00", "" },
	/* By id. */
	{ "10de:2206", "0000:01:00.1" },
	{ "10de:1aef", "0000:01:00.0" },
	{ "10de:2482", "0000:06:00.0 0000:07:00.0" },
	{ "10de:ffff", "" },
	/* By name: the whole name before a longer one, words before parts, displays before others. */
	{ "3080", "0000:01:00.1" },
	{ "rtx 3080", "0000:01:00.1" },
	{ "3080 ti", "0000:02:00.0" },
	{ "GeForce RTX 3080 Ti", "0000:02:00.0" },
	{ "nvidia geforce rtx 3080", "0000:01:00.1" },
	{ "nvidia 3080", "0000:01:00.1 0000:02:00.0" },
	{ "308", "0000:01:00.1 0000:02:00.0" },
	{ "3070", "0000:06:00.0 0000:07:00.0" },
	{ "ti", "0000:02:00.0 0000:06:00.0 0000:07:00.0" },
	{ "arc", "0000:04:00.0" },
	{ "7600s", "0000:03:00.0" },
	{ "7700s", "0000:03:00.0" },
	{ "radeon", "0000:03:00.0" },
	{ "intel", "0000:00:02.0 0000:04:00.0" },
	{ "intel uhd", "0000:00:02.0" },
	{ "ethernet", "0000:05:00.0" },
	{ "audio", "0000:01:00.0" },
	{ "nvme", "10000:01:00.0" },
	{ "rtx 4090", "" },
	{ "0000:01", "" },
};

static void find(const char *text, char *found, size_t size)
{
	struct function functions[ARRAY_SIZE(machine)] = {};
	struct device_name names[ARRAY_SIZE(machine)];
	struct snapshot snapshot = { .functions = functions,
				     .n_functions = ARRAY_SIZE(machine) };
	struct selector selector;
	size_t all[ARRAY_SIZE(machine)], n, used = 0;
	char address[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(machine); i++) {
		assert_true(bdf_parse(machine[i].address, &functions[i].address));
		functions[i].id = machine[i].id;
		functions[i].class = machine[i].class;
		names[i] = machine[i].name;
	}
	assert_null(selector_parse(text, &selector));
	n = selector_find(&selector, &snapshot, names, ARRAY_SIZE(all), all);
	*found = '\0';
	for (size_t i = 0; i < n; i++)
		used += snprintf(found + used, size - used, "%s%s", i ? " " : "",
				 bdf_format(&functions[all[i]].address, address));
	/* No more are written than there is room for. */
	all[0] = SIZE_MAX;
	assert_int_equal(selector_find(&selector, &snapshot, names, 0, all), n);
	assert_true(all[0] == SIZE_MAX);
}

static void test_searches(void **state)
{
	char found[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(searches); i++) {
		print_message("'%s'\n", searches[i].text);
		find(searches[i].text, found, sizeof(found));
		assert_string_equal(found, searches[i].found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
