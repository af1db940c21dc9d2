// SPDX-License-Identifier: GPL-2.0-or-later
/* A root that comes by network leads to the interfaces that its server is routed by. */
#include "network-tree.h"

static const struct bootdisk_case routes[] = {
	{ "the network of the server", ETH0 ETH1 TWO_NETWORKS NFS_ROOT("10.1.2.3"),
	  ROOT_NFS BY_ETH1 },
	{ "the other network", ETH0 ETH1 TWO_NETWORKS NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH0 },
	{ "the gateway's", ETH0 ETH1 TWO_NETWORKS NFS_ROOT("192.0.2.1"), ROOT_NFS BY_ETH0 },
	{ "the lower metric",
	  ETH0 ETH1 ROUTES(ROUTE("eth0", "00000000", "0003", "600", "00000000")
				   ROUTE("eth1", "00000000", "0003", "100", "00000000"))
		  NFS_ROOT("192.0.2.1"),
	  ROOT_NFS BY_ETH1 },
	{ "two alike: both",
	  ETH0 ETH1 ROUTES(ROUTE("eth0", "00000000", "0003", "100", "00000000")
				   ROUTE("eth1", "00000000", "0003", "100", "00000000"))
		  NFS_ROOT("192.0.2.1"),
	  ROOT_NFS BY_BOTH },
	{ "a route that is down does not count",
	  ETH0 ETH1 ROUTES(ROUTE("eth0", "00000000", "0003", "100", "00000000")
				   ROUTE("eth1", "000200C0", "0000", "0", "00FFFFFF"))
		  NFS_ROOT("192.0.2.1"),
	  ROOT_NFS BY_ETH0 },
	{ "a route that rejects leads nowhere: all that are up",
	  ETH0 ETH1 ROUTES(ROUTE("eth0", "00000000", "0003", "100", "00000000")
				   ROUTE("*", "000200C0", "0201", "0", "00FFFFFF"))
		  NFS_ROOT("192.0.2.1"),
	  ROOT_NFS BY_BOTH },
	{ "IPv6 by a gateway",
	  ETH0 ETH1 "proc/net/ipv6_route = " ROUTE6("00000000000000000000000000000000",
						    "00", "00000400", "00000003", "eth1")
		  ROUTE6("20010db8000000000000000000000000", "20", "00000100", "00000001",
			 "eth0") "\n" NFS_ROOT("2001:db9::1"),
	  ROOT_NFS BY_ETH1 },
	{ "IPv6 in the network",
	  ETH0 ETH1 "proc/net/ipv6_route = " ROUTE6("00000000000000000000000000000000",
						    "00", "00000400", "00000003", "eth1")
		  ROUTE6("20010db8000000000000000000000000", "20", "00000100", "00000001",
			 "eth0") "\n" NFS_ROOT("2001:db8::1"),
	  ROOT_NFS BY_ETH0 },
	{ "IPv6, a prefix that ends inside a byte",
	  ETH0 ETH1 "proc/net/ipv6_route = " ROUTE6("20010db8800000000000000000000000",
						    "21", "00000100", "00000001", "eth0")
		  ROUTE6("20010db8000000000000000000000000", "20", "00000100", "00000001",
			 "eth1") "\n" NFS_ROOT("2001:db8:7fff::1"),
	  ROOT_NFS BY_ETH1 },
	{ "IPv6, beyond the first bit of the byte",
	  ETH0 ETH1 "proc/net/ipv6_route = " ROUTE6("20010db8800000000000000000000000",
						    "21", "00000100", "00000001", "eth0")
		  ROUTE6("20010db8000000000000000000000000", "20", "00000100", "00000001",
			 "eth1") "\n" NFS_ROOT("2001:db8:c000::1"),
	  ROOT_NFS BY_ETH0 },
	{ "link-local, with its interface",
	  ETH0 ETH1 TWO_NETWORKS NFS_ROOT("fe80::1%eth1"), ROOT_NFS BY_ETH1 },
	{ "no table of routes: all that are up", ETH0 ETH1 NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_BOTH },
	{ "one that is down is not counted", ETH0 DOWN1 NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_ETH0 },
	{ "unreadable flags count as up",
	  "sys/class/net/eth0 -> ../../devices/pci0000:00/0000:00:1f.6/net/eth0\n" NFS_ROOT(
		  "10.0.0.9"),
	  ROOT_NFS BY_ETH0 },
	{ "no interface: unknown", NFS_ROOT("10.0.0.9"), ROOT_NFS ": unknown\n" },
	{ "none that is up: unknown", DOWN1 NFS_ROOT("10.0.0.9"), ROOT_NFS ": unknown\n" },
	{ "lines that are none: all that are up",
	  ETH0 ETH1 ROUTES("eth0\\n\\neth0 x y\\neth0\t0\t0\t3\\n") NFS_ROOT("10.0.0.9"),
	  ROOT_NFS BY_BOTH },
	{ "a server by name: all that are up",
	  ETH0 ETH1 TWO_NETWORKS MOUNTINFO("22 1 0:21 / / rw - nfs4 server:/r rw"),
	  ROOT_NFS BY_BOTH },
};

int main(void)
{
	return RUN_TABLE(routes, test_needs);
}
