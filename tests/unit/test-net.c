// SPDX-License-Identifier: GPL-2.0-or-later
/* Bonds, bridges, VLANs and tunnels lead to the cards below them. */
#include "network-tree.h"

#define USB0                                                                             \
	NET_("usb0", "pci0000:00/0000:00:01.0/0000:01:00.2/usb3/3-1/3-1:1.0", "0x1003")

static const struct bootdisk_case interfaces[] = {
	{ "bond of two",
	  ETH0 ETH1 SOFT("bond0") LOWER("bond0", "eth0") LOWER("bond0", "eth1")
		  ROUTES(ROUTE("bond0", "00000000", "0003", "0", "00000000"))
			  NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_BOTH },
	{ "bond, as older reports have it",
	  ETH0 ETH1 SOFT("bond0") "sys/devices/virtual/net/bond0/bonding/slaves = eth1\n" ROUTES(
		  ROUTE("bond0", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "bridge of a card and a VM's port",
	  ETH0 ETH1 SOFT("br0") SOFT("vnet0") LOWER("br0", "eth1") LOWER("br0", "vnet0")
		  ROUTES(ROUTE("br0", "00000000", "0003", "0", "00000000"))
			  NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "bridge, by its ports alone",
	  ETH0 ETH1 SOFT("br0") "sys/devices/virtual/net/br0/brif/eth1 /\n" ROUTES(
		  ROUTE("br0", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "VLAN on a bond in a bridge",
	  ETH0 ETH1 SOFT("br0") SOFT("bond0") SOFT("bond0.7") LOWER("br0", "bond0.7")
		  LOWER("bond0.7", "bond0") LOWER("bond0", "eth1")
			  ROUTES(ROUTE("br0", "00000000", "0003", "0", "00000000"))
				  NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "macvlan",
	  ETH0 ETH1 SOFT("mv0") LOWER("mv0", "eth1") ROUTES(
		  ROUTE("mv0", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "a tunnel leads to nothing: all that are up",
	  ETH0 ETH1 SOFT("wg0") ROUTES(ROUTE("wg0", "00000000", "0003", "0", "00000000"))
		  NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_BOTH },
	{ "a bridge of VMs' ports alone, and no card: unknown",
	  SOFT("br0") SOFT("vnet0") LOWER("br0", "vnet0") ROUTES(
		  ROUTE("br0", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS ": unknown\n" },
	{ "a circle: all that are up",
	  ETH1 SOFT("br0") SOFT("br1") LOWER("br0", "br1") LOWER("br1", "br0") ROUTES(
		  ROUTE("br0", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "a route to what is no interface",
	  ETH1 ROUTES(ROUTE("../x", "00000000", "0003", "0", "00000000"))
		  NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH1 },
	{ "a USB adapter: the card's controller",
	  ETH0 USB0 ROUTES(ROUTE("usb0", "00000000", "0003", "0", "00000000"))
		  NFS_ROOT("10.0.0.9"),
	  ROOT_NFS ": 0000:01:00.2\n" },
	{ "an interface of the platform needs no PCI function",
	  NET_("end0", "platform/soc/ff3c0000.ethernet", "0x1003") ROUTES(
		  ROUTE("end0", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS ": virtual\n" },
	{ "a virtual function of a card's",
	  NET_("eth2", "pci0000:00/0000:00:1c.0/0000:05:10.0", "0x1003") ROUTES(
		  ROUTE("eth2", "00000000", "0003", "0", "00000000")) NFS_ROOT("10.0.0.9"),
	  ROOT_NFS ": 0000:05:10.0\n" },
};

int main(void)
{
	return RUN_TABLE(interfaces, test_needs);
}
