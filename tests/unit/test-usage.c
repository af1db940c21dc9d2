// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is what the host has on a PCI function found and named, and nothing that hangs elsewhere?
 * Needs agent/usage.c, device-path.c, model.c, root.c, tests/unit/tree.c.
 */
#include "tree.h"
#include "usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NIC "pci0000:00/0000:00:1c.0/0000:02:00.0"
#define XHCI "pci0000:00/0000:00:14.0/usb1"

#define NET(name, place, flags)                                                          \
	"sys/class/net/" name " -> ../../devices/" place "/net/" name "\n"               \
	"sys/devices/" place "/net/" name "/flags = " flags "\n"
#define USB(name, class, lines)                                                          \
	"sys/bus/usb/devices/" name " -> ../../../devices/" XHCI "/" name "\n"           \
	"sys/devices/" XHCI "/" name "/bDeviceClass = " class "\n" lines
#define INTERFACE(name, number, class, subclass, protocol)                               \
	"sys/bus/usb/devices/" name ":" number " -> ../../../devices/" XHCI "/" name     \
	"/" name ":" number "\n"                                                         \
	"sys/devices/" XHCI "/" name "/" name ":" number                                 \
	"/bInterfaceClass = " class "\n"                                                 \
				    "sys/devices/" XHCI "/" name "/" name ":" number     \
				    "/bInterfaceSubClass = " subclass "\n"               \
				    "sys/devices/" XHCI "/" name "/" name ":" number     \
				    "/bInterfaceProtocol = " protocol "\n"
#define PRODUCT(name, text) "sys/devices/" XHCI "/" name "/product = " text "\n"

struct usage_case {
	const char *name, *tree;
	struct bdf address;
	unsigned kinds;
	const char *text;
};

static const struct bdf nic = { 0, 2, 0, 0 }, xhci = { 0, 0, 0x14, 0 };

static const struct usage_case cases[] = {
	{ "nothing", "sys /\n", { 0, 2, 0, 0 }, 0, "" },
	{ "interface down",
	  NET("eth0", NIC, "0x1002"),
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK,
	  "network eth0 (down)" },
	{ "up with a link",
	  NET("eth0", NIC, "0x1003") "sys/devices/" NIC "/net/eth0/carrier = 1\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK | USAGE_NETWORK_IN_USE,
	  "network eth0 (up)" },
	{ "up without a link",
	  NET("eth0", NIC, "0x1003") "sys/devices/" NIC "/net/eth0/carrier = 0\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK,
	  "network eth0 (up, no link)" },
	{ "no link, but a route; not that of eth01",
	  NET("eth0", NIC,
	      "0x1003") "sys/devices/" NIC "/net/eth0/carrier = 0\n"
			"proc/net/route = Iface\tDestination\\neth01\t0\\neth0\t0000A8C0\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK | USAGE_NETWORK_IN_USE,
	  "network eth0 (up, has an address)" },
	{ "a route of another's",
	  NET("eth0", NIC,
	      "0x1003") "sys/devices/" NIC
			"/net/eth0/carrier = 0\nproc/net/route = eth01\t0\\nxeth0\t0\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK,
	  "network eth0 (up, no link)" },
	{ "an IPv6 address",
	  NET("eth0", NIC, "0x1003") "sys/devices/" NIC "/net/eth0/carrier = 0\n"
				     "proc/net/if_inet6 = fe80 02 40 20 80     eth0\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK | USAGE_NETWORK_IN_USE,
	  "network eth0 (up, has an address)" },
	{ "in a bridge",
	  NET("eth0", NIC, "0x1003") "sys/devices/" NIC "/net/eth0/carrier = 0\n"
				     "sys/devices/" NIC "/net/eth0/master /\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK | USAGE_NETWORK_IN_USE,
	  "network eth0 (up, in a bridge or bond)" },
	{ "unreadable flags count as in use",
	  "sys/class/net/eth0 -> ../../devices/" NIC "/net/eth0\n",
	  { 0, 2, 0, 0 },
	  USAGE_NETWORK | USAGE_NETWORK_IN_USE,
	  "network eth0 (up)" },
	{ "not the bridge above it", NET("eth0", NIC, "0x1003"), { 0, 0, 0x1c, 0 }, 0, "" },
	{ "USB: keyboard, storage, no hubs, an unknown one with quotes in its name",
	  USB("usb1", "09", "") USB("1-1", "09", "")
		  USB("1-1.2", "00", PRODUCT("1-1.2", "K120")) INTERFACE("1-1.2", "1.1",
									 "03", "00", "00")
			  INTERFACE("1-1.2", "1.0", "03", "01", "01") USB("1-3", "00", "")
				  INTERFACE("1-3", "1.0", "08", "06", "50")
					  USB("1-4", "ff", PRODUCT("1-4", "it's")),
	  { 0, 0, 0x14, 0 },
	  USAGE_USB_DEVICES,
	  NULL },
	{ "USB hubs alone",
	  USB("usb1", "09", "") USB("1-1", "09", ""),
	  { 0, 0, 0x14, 0 },
	  0,
	  "" },
	{ "disk, not its partition; framebuffer",
	  "sys/class/block/sda -> ../../devices/pci0000:00/0000:00:14.0/ata1/block/sda\n"
	  "sys/class/block/sda1 -> ../../devices/pci0000:00/0000:00:14.0/ata1/block/sda/sda1\n"
	  "sys/devices/pci0000:00/0000:00:14.0/ata1/block/sda/sda1/partition = 1\n"
	  "sys/class/graphics/fbcon -> ../../devices/pci0000:00/0000:00:14.0/graphics/fbcon\n"
	  "sys/class/graphics/fb0 -> ../../devices/pci0000:00/0000:00:14.0/graphics/fb0\n",
	  { 0, 0, 0x14, 0 },
	  USAGE_BLOCK | USAGE_CONSOLE,
	  "disk sda, console fb0" },
};

/* Folders are listed in no order: look for pieces. */
static const char *const usb_pieces[] = { "USB keyboard 'K120'", "USB storage 1-3",
					  "USB device 'it\\x27s'" };

static void test_case(void **state)
{
	const struct usage_case *row = *state;
	struct usage usage;
	struct tree tree;
	char *text = NULL;

	tree_make(&tree, row->tree);
	assert_int_equal(usage_read(&tree.root, &row->address, &usage), 0);
	assert_int_equal(usage.kinds, row->kinds);
	assert_int_equal(usage_describe(&tree.root, &row->address, &text), 0);
	if (row->kinds)
		assert_string_equal(text, usage.text);
	else
		assert_null(text);
	free(text);
	if (row->text)
		assert_string_equal(usage.text, row->text);
	for (size_t i = 0; !row->text && i < ARRAY_SIZE(usb_pieces); i++)
		assert_non_null(strstr(usage.text, usb_pieces[i]));
	tree_remove(&tree);
}

/* A hundred disks: the text ends in "..." and within its size. */
static void test_long(void **state)
{
	char *text = NULL;
	struct usage usage;
	struct tree tree;
	size_t size, length;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		fprintf(stream,
			"sys/class/block/sd%03u -> ../../devices/" NIC "/block/sd%03u\n",
			i, i);
	fclose(stream);
	tree_make(&tree, text);
	assert_int_equal(usage_read(&tree.root, &nic, &usage), 0);
	length = strlen(usage.text);
	assert_in_range(length, USAGE_TEXT_SIZE - 20, USAGE_TEXT_SIZE - 1);
	assert_string_equal(usage.text + length - 5, ", ...");
	assert_int_equal(usage_read(&tree.root, &xhci, &usage), 0);
	assert_int_equal(usage.kinds, 0);
	free(text);
	tree_remove(&tree);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases) + 1] = {};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = test_case,
						.initial_state = (void *)&cases[i] };
	tests[ARRAY_SIZE(cases)] = (struct CMUnitTest)cmocka_unit_test(test_long);
	return _cmocka_run_group_tests("usage", tests, ARRAY_SIZE(tests), NULL, NULL) > 0;
}
