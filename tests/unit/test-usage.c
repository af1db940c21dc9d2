// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's uses of a PCI function are found and named, and nothing of other functions.
 */
#include "tree.h"
#include "facts/usage.h"

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

#define INPUT(number, place, keys)                                                       \
	"sys/class/input/input" number " -> ../../devices/" XHCI "/" place               \
	"/input/input" number "\n"                                                       \
	"sys/devices/" XHCI "/" place "/input/input" number "/capabilities/key = " keys  \
	"\n"
#define STICK(number)                                                                    \
	"sys/class/block/sda -> ../../devices/" XHCI "/1-4/block/sda\n"                  \
	"sys/devices/" XHCI "/1-4/block/sda/dev = 8:0\n"                                 \
	"sys/class/block/sda1 -> ../../devices/" XHCI "/1-4/block/sda/sda1\n"            \
	"sys/devices/" XHCI "/1-4/block/sda/sda1/dev = " number "\n"                     \
	"sys/devices/" XHCI "/1-4/block/sda/sda1/partition = 1\n"
#define ANY NULL /* pieces of text, as folders are listed in no order */

struct usage_case {
	const char *name, *tree;
	struct bdf address;
	unsigned kinds;
	const char *text;
	const char *in_use; /* NULL: nothing */
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
	  NULL,
	  "keyboard 'K120'" },
	{ "USB hubs alone",
	  USB("usb1", "09", "") USB("1-1", "09", ""),
	  { 0, 0, 0x14, 0 },
	  0,
	  "" },
	{ "USB: a mouse is no keyboard, nor is a device with inputs of other keys",
	  USB("1-1", "00", "") INTERFACE("1-1", "1.0", "03", "01", "02")
		  USB("1-2", "00", PRODUCT("1-2", "Headset")) INTERFACE("1-2", "1.3",
									"03", "00", "00")
			  INPUT("4", "1-2/1-2:1.3/0003:1B1C", "1000000000007 10cfc"),
	  { 0, 0, 0x14, 0 },
	  USAGE_USB_DEVICES,
	  ANY },
	{ "USB: a keyboard without an interface for a BIOS, by its keys",
	  USB("1-2", "00", PRODUCT("1-2", "Moonlander"))
		  INTERFACE("1-2", "1.0", "03", "00", "00")
			  INPUT("4", "1-2/1-2:1.0/0003:3297", "7 fffffffffffffffe"),
	  { 0, 0, 0x14, 0 },
	  USAGE_USB_DEVICES,
	  "USB keyboard 'Moonlander'",
	  "keyboard 'Moonlander'" },
	{ "USB: another device's keys are not its own",
	  USB("1-2", "00", "") INTERFACE("1-2", "1.0", "03", "00", "00")
		  USB("1-21", "ff", "")
			  INPUT("4", "1-21/1-21:1.0/0003:3297", "7 fffffffffffffffe"),
	  { 0, 0, 0x14, 0 },
	  USAGE_USB_DEVICES,
	  ANY },
	{ "USB network in use",
	  NET("enx1", XHCI "/1-3/1-3:1.0", "0x1003"),
	  { 0, 0, 0x14, 0 },
	  USAGE_NETWORK | USAGE_NETWORK_IN_USE,
	  "network enx1 (up)",
	  "network enx1" },
	{ "USB network that is down",
	  NET("enx1", XHCI "/1-3/1-3:1.0", "0x1002"),
	  { 0, 0, 0x14, 0 },
	  USAGE_NETWORK,
	  "network enx1 (down)" },
	{ "USB disk, its partition mounted",
	  STICK("8:1") "proc/self/mountinfo = 22 1 8:33 / / rw - ext4 x rw\\n"
		       "30 22 8:1 / /mnt/x rw shared:1 - vfat /dev/sda1 rw\n",
	  { 0, 0, 0x14, 0 },
	  USAGE_BLOCK,
	  "disk sda",
	  "disk sda1 (mounted on /mnt/x)" },
	{ "USB disk with swap",
	  STICK("8:1") "proc/swaps = Filename Type\\n/dev/sda12 partition\\n/dev/sda1 partition 1\n",
	  { 0, 0, 0x14, 0 },
	  USAGE_BLOCK,
	  "disk sda",
	  "disk sda1 (swap)" },
	{ "USB disk in a volume",
	  STICK("8:1") "sys/devices/" XHCI "/1-4/block/sda/sda1/holders/dm-0 /\n",
	  { 0, 0, 0x14, 0 },
	  USAGE_BLOCK,
	  "disk sda",
	  "disk sda1 (part of dm-0)" },
	{ "USB disk that nothing uses",
	  STICK("8:1") "proc/self/mountinfo = 22 1 8:11 / / rw - ext4 x rw\n"
		       "proc/swaps = Filename Type\\n/dev/sda12 partition 1\n",
	  { 0, 0, 0x14, 0 },
	  USAGE_BLOCK,
	  "disk sda" },
	{ "a mounted disk that is not on USB",
	  "sys/class/block/sda -> ../../devices/pci0000:00/0000:00:14.0/ata1/block/sda\n"
	  "sys/devices/pci0000:00/0000:00:14.0/ata1/block/sda/dev = 8:0\n"
	  "proc/self/mountinfo = 22 1 8:0 / / rw - ext4 x rw\n",
	  { 0, 0, 0x14, 0 },
	  USAGE_BLOCK,
	  "disk sda" },
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

/* Folders are listed in no order: searches for pieces. */
static const char *const usb_pieces[] = { "USB keyboard 'K120'", "USB storage 1-3",
					  "USB device 'it\\x27s'" };

static void test_case(void **state)
{
	const struct usage_case *row = *state;
	struct usage usage;
	struct tree tree;

	tree_make(&tree, row->tree);
	assert_int_equal(usage_read(&tree.root, &row->address, &usage), 0);
	assert_int_equal(usage.kinds, row->kinds);
	assert_string_equal(usage.in_use, row->in_use ? row->in_use : "");
	if (row->text)
		assert_string_equal(usage.text, row->text);
	for (size_t i = 0; !row->text && row->in_use && i < ARRAY_SIZE(usb_pieces); i++)
		assert_non_null(strstr(usage.text, usb_pieces[i]));
	tree_remove(&tree);
}

/* With a hundred disks the text ends in "..." and fits. */
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
