// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a root that comes by a network followed to the interface that carries it, and every interface
 * that is up taken where that cannot be told? Is the keyboard found that a passphrase is typed on?
 */
#include "boot-tree.h"

/* Interfaces on two cards; eth0 is up, eth1 is not. */
#define NET_(name, place, flags)                                                         \
	"sys/class/net/" name " -> ../../devices/" place "/net/" name "\n"               \
	"sys/devices/" place "/net/" name "/flags = " flags "\n"
#define ETH0 NET_("eth0", "pci0000:00/0000:00:1f.6", "0x1003")
#define ETH1 NET_("eth1", "pci0000:00/0000:00:1c.0/0000:05:00.0", "0x1003")
#define DOWN1 NET_("eth1", "pci0000:00/0000:00:1c.0/0000:05:00.0", "0x1002")
#define USB0                                                                             \
	NET_("usb0", "pci0000:00/0000:00:01.0/0000:01:00.2/usb3/3-1/3-1:1.0", "0x1003")
#define SOFT(name) NET_(name, "virtual", "0x1003")
#define LOWER(name, lower)                                                               \
	"sys/devices/virtual/net/" name "/lower_" lower " -> ../../x/net/" lower "\n"
#define MAC(place, name, mac) "sys/devices/" place "/net/" name "/address = " mac "\n"

/* 10.0.0.0/24 by eth0, 10.1.0.0/16 by eth1, the rest by eth0; as a little-endian machine has it. */
#define HEADING                                                                          \
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\\n"
#define ROUTE(name, network, flags, metric, mask)                                        \
	name "\t" network "\t00000000\t" flags "\t0\t0\t" metric "\t" mask "\t0\t0\t0\\n"
#define ROUTES(lines) "proc/net/route = " HEADING lines "\n"
#define TWO_NETWORKS                                                                     \
	ROUTES(ROUTE("eth0", "00000000", "0003", "100", "00000000")                      \
		       ROUTE("eth0", "0000000A", "0001", "100", "00FFFFFF")              \
			       ROUTE("eth1", "0000010A", "0001", "100", "0000FFFF"))
#define ROUTE6(network, length, metric, flags, name)                                     \
	network " " length " 00000000000000000000000000000000 00 "                       \
		"00000000000000000000000000000000 " metric " 00000001 00000000 " flags   \
		"     " name "\\n"
#define NFS_ROOT(address)                                                                \
	MOUNTINFO("22 1 0:21 / / rw - nfs4 server:/r rw,vers=4.2,clientaddr=10.0.0.5,"   \
		  "local_lock=none,addr=" address)
#define BY_ETH0 ": 0000:00:1f.6\n"
#define BY_ETH1 ": 0000:05:00.0\n"
#define BY_BOTH ": 0000:00:1f.6 0000:05:00.0\n"
#define ROOT_NFS "root file system server:/r"

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

#define CIFS_(source, options) MOUNTINFO("22 1 0:21 / / rw - cifs " source " " options)
#define VIRTIOFS(number, tag)                                                            \
	"sys/bus/virtio/devices/virtio" number " -> ../../../devices/pci0000:00/"        \
	"0000:00:0" number ".0/virtio" number "\n"                                       \
	"sys/devices/pci0000:00/0000:00:0" number ".0/virtio" number "/" tag

static const struct bootdisk_case types[] = {
	{ "CIFS", ETH0 ETH1 TWO_NETWORKS CIFS_("//nas/root", "rw,addr=10.1.0.1"),
	  "root file system //nas/root" BY_ETH1 },
	{ "CIFS by its source", ETH0 ETH1 TWO_NETWORKS CIFS_("//10.1.0.1/root", "rw"),
	  "root file system //10.1.0.1/root" BY_ETH1 },
	{ "NFS by an IPv6 source",
	  ETH0 ETH1 "proc/net/ipv6_route = " ROUTE6(
		  "20010db8000000000000000000000000", "20", "00000100", "00000001",
		  "eth1") "\n" MOUNTINFO("22 1 0:21 / / rw - nfs4 [2001:db8::1]:/r rw"),
	  "root file system [2001:db8::1]:/r" BY_ETH1 },
	{ "ceph's monitors in two networks",
	  ETH0 ETH1 TWO_NETWORKS MOUNTINFO(
		  "22 1 0:21 / / rw - ceph 10.0.0.1:6789,10.1.0.1:6789:/a/b rw"),
	  "root file system 10.0.0.1:6789,10.1.0.1:6789:/a/b" BY_BOTH },
	{ "ceph's monitors in an option",
	  ETH0 ETH1 TWO_NETWORKS MOUNTINFO(
		  "22 1 0:21 / / rw - ceph a@1.fs=/ rw,mon_addr=10.1.0.1:6789/10.1.0.2:6789"),
	  "root file system a@1.fs=/" BY_ETH1 },
	{ "9p by its tag",
	  ETH0 VIRTIOFS("3", "mount_tag = other\n") VIRTIOFS("4", "mount_tag = root\n")
		  MOUNTINFO("22 1 0:21 / / rw - 9p root rw,trans=virtio"),
	  "root file system root: 0000:00:04.0\n" },
	{ "9p over TCP",
	  ETH0 ETH1 TWO_NETWORKS MOUNTINFO("22 1 0:21 / / rw - 9p 10.1.0.1 rw"),
	  "root file system 10.1.0.1" BY_ETH1 },
	{ "9p whose tag nothing has: unknown",
	  ETH0 VIRTIOFS("3", "mount_tag = other\n")
		  MOUNTINFO("22 1 0:21 / / rw - 9p root rw"),
	  "root file system root: unknown\n" },
	{ "virtiofs by its tag",
	  ETH0 VIRTIOFS("3", "device = 0x001a\n") VIRTIOFS(
		  "4",
		  "device = 0x001a\n") "sys/fs/virtiofs/1/tag = root\n"
				       "sys/fs/virtiofs/1/device -> ../../../devices/pci0000:00/0000:00:04.0/virtio4\n" MOUNTINFO(
					       "22 1 0:21 / / rw - virtiofs root rw"),
	  "root file system root: 0000:00:04.0\n" },
	{ "virtiofs before Linux 6.9: all of its devices",
	  ETH0 VIRTIOFS("3", "device = 0x001a\n") VIRTIOFS("4", "device = 0x001a\n")
		  VIRTIOFS("5", "device = 0x0001\n")
			  MOUNTINFO("22 1 0:21 / / rw - virtiofs root rw"),
	  "root file system root: 0000:00:03.0 0000:00:04.0\n" },
	{ "virtiofs of the platform",
	  "sys/bus/virtio/devices/virtio0 -> ../../../devices/platform/a.virtio/virtio0\n"
	  "sys/devices/platform/a.virtio/virtio0/device = 0x001a\n" MOUNTINFO(
		  "22 1 0:21 / / rw - virtiofs root rw"),
	  "root file system root: virtual\n" },
	{ "/usr by NFS, the root on a disk",
	  ETH0 ETH1 TWO_NETWORKS SATA MOUNTINFO(
		  ROOT_ON("8:2", "ext4",
			  "/dev/sda2") "30 22 0:40 / /usr ro - nfs4 s:/usr ro,addr=10.1.0.1"),
	  "root file system /dev/sda2: 0000:00:17.0\n/usr s:/usr" BY_ETH1 },
	{ "an NFS mount that nothing waits for is no need",
	  ETH0 SATA
	  "etc/fstab = s:/x /srv nfs defaults 0 0\\nt:/x /early nfs x-initrd.mount 0 0\n" MOUNTINFO(
		  ROOT_ON("8:2", "ext4",
			  "/dev/sda2") "30 22 0:40 / /srv rw - nfs4 s:/x rw,addr=10.1.0.1\\n"
				       "31 22 0:41 / /early rw - nfs4 t:/x rw,addr=10.0.0.1"),
	  "root file system /dev/sda2: 0000:00:17.0\n/early t:/x" BY_ETH0 },
	{ "an overlay of NFS and memory",
	  ETH0 ETH1 TWO_NETWORKS MOUNTINFO(
		  "20 1 0:40 / / rw - overlay overlay rw,lowerdir=/run/ro,upperdir=/run/rw/up\\n"
		  "21 20 0:41 / /run/ro ro - nfs s:/x ro,addr=10.1.0.1\\n22 20 0:42 / /run/rw rw - tmpfs t rw"),
	  "root file system overlay" BY_ETH1 },
};

#define ISCSI_DISK                                                                       \
	DISK("sda", "8:0", "platform/host2/session1/target2:0:0/2:0:0:0")                \
	MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda"))
#define NVME_SUBSYSTEM "sys/devices/virtual/nvme-subsystem/nvme-subsys0/"
#define FABRIC_DISK                                                                      \
	BLOCK_("nvme0n1", "259:0", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1")        \
	NVME_SUBSYSTEM "nvme0 -> ../../nvme-fabrics/ctl/nvme0\n" MOUNTINFO(              \
		ROOT_ON("259:0", "ext4", "/dev/nvme0n1"))
#define FABRIC(name, transport, address)                                                 \
	"sys/devices/virtual/nvme-fabrics/ctl/" name "/transport = " transport "\n"      \
	"sys/devices/virtual/nvme-fabrics/ctl/" name "/address = " address "\n"

static const struct bootdisk_case transports[] = {
	{ "iSCSI by the address of its connection",
	  ETH0 ETH1 TWO_NETWORKS ISCSI_DISK
	  "sys/class/iscsi_connection/connection1:0/address = 10.1.0.1\n"
	  "sys/class/iscsi_connection/connection2:0/address = 10.0.0.1\n",
	  "root file system /dev/sda" BY_ETH1 },
	{ "iSCSI, a connection that is not up: the address that was asked for",
	  ETH0 ETH1 TWO_NETWORKS ISCSI_DISK
	  "sys/class/iscsi_connection/connection1:0/persistent_address = 10.1.0.1\n",
	  "root file system /dev/sda" BY_ETH1 },
	{ "iSCSI, two connections in two networks",
	  ETH0 ETH1 TWO_NETWORKS ISCSI_DISK
	  "sys/class/iscsi_connection/connection1:0/address = 10.1.0.1\n"
	  "sys/class/iscsi_connection/connection1:1/address = 10.0.0.1\n",
	  "root file system /dev/sda" BY_BOTH },
	{ "iSCSI bound to an interface",
	  ETH0 ETH1 TWO_NETWORKS ISCSI_DISK
	  "sys/class/iscsi_host/host2/netdev = eth1\n"
	  "sys/class/iscsi_connection/connection1:0/address = 10.0.0.1\n",
	  "root file system /dev/sda" BY_ETH1 },
	{ "iSCSI bound to none: (null) is no interface",
	  ETH0 ETH1 TWO_NETWORKS ISCSI_DISK
	  "sys/class/iscsi_host/host2/netdev = (null)\n"
	  "sys/class/iscsi_connection/connection1:0/address = 10.1.0.1\n",
	  "root file system /dev/sda" BY_ETH1 },
	{ "iSCSI, by netroot= alone",
	  ETH0 ETH1 TWO_NETWORKS ISCSI_DISK CMDLINE(
		  "root=UUID=x netroot=iscsi:@10.1.0.1::3260::iqn.2020-01.example:a"),
	  "root file system /dev/sda" BY_ETH1
	  "netroot= netroot=iscsi:@10.1.0.1::3260::iqn.2020-01.example:a" BY_ETH1 },
	{ "iSCSI, and no interface: unknown", ISCSI_DISK,
	  "root file system /dev/sda: unknown\n" },
	{ "an iSCSI adapter is a function of its own",
	  ETH0 DISK("sda", "8:0",
		    "pci0000:00/0000:00:03.0/0000:09:00.4/host2/session1/target2:0:0/2:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: 0000:09:00.4\n" },
	{ "NVMe over TCP",
	  ETH0 ETH1 TWO_NETWORKS FABRIC_DISK
		  FABRIC("nvme0", "tcp", "traddr=10.1.0.1,trsvcid=4420,src_addr=10.1.0.9"),
	  "root file system /dev/nvme0n1" BY_ETH1 },
	{ "NVMe over TCP, without multipath",
	  ETH0 ETH1 TWO_NETWORKS BLOCK_("nvme0n1", "259:0",
					"virtual/nvme-fabrics/ctl/nvme0/nvme0n1")
		  MOUNTINFO(ROOT_ON("259:0", "ext4", "/dev/nvme0n1"))
			  FABRIC("nvme0", "tcp", "traddr=10.1.0.1,trsvcid=4420"),
	  "root file system /dev/nvme0n1" BY_ETH1 },
	{ "NVMe over RDMA, bound to an interface",
	  ETH0 ETH1 TWO_NETWORKS FABRIC_DISK
		  FABRIC("nvme0", "rdma", "traddr=10.0.0.1,trsvcid=4420,host_iface=eth1"),
	  "root file system /dev/nvme0n1" BY_ETH1 },
	{ "NVMe over Fibre Channel: the adapter with that port",
	  ETH0 FABRIC_DISK FABRIC(
		  "nvme0", "fc",
		  "traddr=nn-0x20:pn-0x21,host_traddr=nn-0x10:pn-0x11") "sys/class/fc_host/host7 -> ../../devices/pci0000:00/0000:00:03.0/0000:08:00.0/host7/fc_host/host7\n"
									"sys/devices/pci0000:00/0000:00:03.0/0000:08:00.0/host7/fc_host/host7/port_name = 0x99\n"
									"sys/class/fc_host/host8 -> ../../devices/pci0000:00/0000:00:03.0/0000:08:00.1/host8/fc_host/host8\n"
									"sys/devices/pci0000:00/0000:00:03.0/0000:08:00.1/host8/fc_host/host8/port_name = 0x11\n",
	  "root file system /dev/nvme0n1: 0000:08:00.1\n" },
	{ "NVMe over Fibre Channel, no adapter has that port: unknown",
	  ETH0 FABRIC_DISK FABRIC("nvme0", "fc",
				  "traddr=nn-0x20:pn-0x21,host_traddr=nn-0x10:pn-0x11"),
	  "root file system /dev/nvme0n1: unknown\n" },
	{ "NVMe of this machine's own: unknown",
	  ETH0 FABRIC_DISK FABRIC("nvme0", "loop", "(null)"),
	  "root file system /dev/nvme0n1: unknown\n" },
	{ "NVMe with a path of each kind",
	  ETH0 ETH1 TWO_NETWORKS FABRIC_DISK FABRIC("nvme0", "tcp", "traddr=10.1.0.1")
		  NVME_SUBSYSTEM "nvme1 -> ../../../" NVME "\n",
	  "root file system /dev/nvme0n1: 0000:02:00.0 0000:05:00.0\n" },
	{ "Fibre Channel: the adapter",
	  DISK("sda", "8:0",
	       "pci0000:00/0000:00:03.0/0000:08:00.1/host8/rport-8:0-1/target8:0:0/8:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: 0000:08:00.1\n" },
	{ "FCoE",
	  DISK("sda", "8:0",
	       "pci0000:00/0000:00:1f.6/net/eth0/ctlr_0/host7/rport-7:0-1/target7:0:0/7:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda" BY_ETH0 },
	{ "FCoE on a VLAN",
	  ETH0 ETH1 SOFT("eth1.802") LOWER("eth1.802", "eth1")
		  DISK("sda", "8:0",
		       "virtual/net/eth1.802/ctlr_0/host7/rport-7:0-1/target7:0:0/7:0:0:0")
			  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda" BY_ETH1 },
	{ "ATA over Ethernet, by its interfaces",
	  ETH0 ETH1 VIRTUAL("etherd!e0.1", "152:16") "sys/devices/virtual/block/etherd!e0.1/netif = eth1\n" MOUNTINFO(
		  ROOT_ON("152:16", "ext4", "/dev/etherd/e0.1")),
	  "root file system /dev/etherd/e0.1" BY_ETH1 },
	{ "NBD, by its server",
	  ETH0 ETH1 TWO_NETWORKS VIRTUAL("nbd0", "43:0")
		  MOUNTINFO(ROOT_ON("43:0", "ext4", "/dev/nbd0"))
			  CMDLINE("root=/dev/nbd0 nbdroot=10.1.0.1,host"),
	  "root file system /dev/nbd0" BY_ETH1 "nbdroot= nbdroot=10.1.0.1,host" BY_ETH1 },
	{ "NBD in dracut's words",
	  ETH0 ETH1 TWO_NETWORKS VIRTUAL("nbd0", "43:0") MOUNTINFO(
		  ROOT_ON("43:0", "ext4", "/dev/nbd0")) CMDLINE("root=nbd:10.1.0.1:10809"),
	  "root file system /dev/nbd0" BY_ETH1 },
	{ "NBD of no server that is named: the network, and what else is not known",
	  ETH0 VIRTUAL("nbd0", "43:0") MOUNTINFO(ROOT_ON("43:0", "ext4", "/dev/nbd0")),
	  "root file system /dev/nbd0" BY_ETH0 "root file system nbd0: unknown\n" },
	{ "RBD",
	  ETH0 DISK("rbd0", "251:0", "rbd/0")
		  MOUNTINFO(ROOT_ON("251:0", "ext4", "/dev/rbd0")),
	  "root file system /dev/rbd0" BY_ETH0 },
	{ "DRBD on a disk of this machine's",
	  ETH0 SATA VIRTUAL("drbd0", "147:0") SLAVE("drbd0", "sda2")
		  MOUNTINFO(ROOT_ON("147:0", "ext4", "/dev/drbd0")),
	  "root file system /dev/drbd0: 0000:00:17.0\n" },
	{ "DRBD without a disk",
	  ETH0 VIRTUAL("drbd0", "147:0") MOUNTINFO(ROOT_ON("147:0", "ext4", "/dev/drbd0")),
	  "root file system /dev/drbd0" BY_ETH0 "root file system drbd0: unknown\n" },
	{ "a SCSI host of software's that is no iSCSI: unknown",
	  ETH0 DISK("sda", "8:0", "platform/host2/target2:0:0/2:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: unknown\n" },
};

static const struct bootdisk_case controllers[] = {
	{ "SD card",
	  DISK("mmcblk0", "179:0", "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001")
		  MOUNTINFO(ROOT_ON("179:0", "ext4", "/dev/mmcblk0")),
	  "root file system /dev/mmcblk0: 0000:00:1a.0\n" },
	{ "SD card in a reader of Realtek's",
	  DISK("mmcblk0", "179:0",
	       "pci0000:00/0000:00:1d.0/0000:04:00.0/rtsx_pci_sdmmc.0/mmc_host/mmc0/mmc0:0001")
		  MOUNTINFO(ROOT_ON("179:0", "ext4", "/dev/mmcblk0")),
	  "root file system /dev/mmcblk0: 0000:04:00.0\n" },
	{ "FireWire",
	  DISK("sda", "8:0",
	       "pci0000:00/0000:00:1e.0/0000:0a:02.0/fw1/fw1.0/host6/target6:0:0/6:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: 0000:0a:02.0\n" },
	{ "SAS",
	  DISK("sda", "8:0",
	       "pci0000:00/0000:00:03.0/0000:08:00.0/host8/port-8:0/end_device-8:0/target8:0:0/8:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: 0000:08:00.0\n" },
	{ "NVMe behind Thunderbolt: its own function",
	  DISK("nvme0n1", "259:0",
	       "pci0000:00/0000:00:07.0/0000:2e:00.0/0000:2f:01.0/0000:30:00.0/nvme/nvme0")
		  MOUNTINFO(ROOT_ON("259:0", "ext4", "/dev/nvme0n1")),
	  "root file system /dev/nvme0n1: 0000:30:00.0\n" },
	{ "InfiniBand's SRP: the adapter",
	  DISK("sda", "8:0", "pci0000:00/0000:00:03.0/0000:08:00.0/host9/target9:0:0/9:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: 0000:08:00.0\n" },
	{ "UFS of the platform",
	  DISK("sda", "8:0", "platform/soc@0/1d84000.ufshc/host0/target0:0:0/0:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: virtual\n" },
};

static const struct bootdisk_case parameters[] = {
	{ "root=/dev/nfs",
	  ETH0 ETH1 TWO_NETWORKS CMDLINE("root=/dev/nfs nfsroot=10.1.0.1:/r,vers=4"),
	  "root file system /dev/nfs" BY_ETH1
	  "nfsroot= nfsroot=10.1.0.1:/r,vers=4" BY_ETH1 },
	{ "root=nfs:", ETH0 ETH1 TWO_NETWORKS CMDLINE("root=nfs:10.1.0.1:/r"),
	  "root file system nfs:10.1.0.1:/r" BY_ETH1 },
	{ "root=iscsi: with a password",
	  ETH0 ETH1 TWO_NETWORKS CMDLINE("root=iscsi:user:pass@10.1.0.1::3260::iqn.x"),
	  "root file system iscsi:user:pass@10.1.0.1::3260::iqn.x" BY_ETH1 },
	{ "root=live:http",
	  ETH0 ETH1 TWO_NETWORKS CMDLINE("root=live:http://10.1.0.1/a.img"),
	  "root file system live:http://10.1.0.1/a.img" BY_ETH1 },
	{ "root=virtiofs:", VIRTIOFS("3", "device = 0x001a\n") CMDLINE("root=virtiofs:root"),
	  "root file system virtiofs:root: 0000:00:03.0\n" },
	{ "rootfstype=9p",
	  VIRTIOFS("3", "mount_tag = tag\n")
		  CMDLINE("root=tag rootfstype=9p rootflags=trans=virtio"),
	  "root file system tag: 0000:00:03.0\n" },
	{ "a root by network, and no interface yet: unknown",
	  CMDLINE("root=/dev/nfs ip=dhcp"),
	  "root file system /dev/nfs: unknown\nip= ip=dhcp: unknown\n" },
	{ "ip=dhcp: all that are up",
	  ETH0 ETH1 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2")) CMDLINE("ip=dhcp"),
	  "root file system /dev/sda2: 0000:00:17.0\nip= ip=dhcp" BY_BOTH },
	{ "ip= names its interface",
	  ETH0 ETH1 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("ip=10.0.0.5::10.0.0.1:255.255.255.0:host:eth1:off"),
	  "root file system /dev/sda2: 0000:00:17.0\n"
	  "ip= ip=10.0.0.5::10.0.0.1:255.255.255.0:host:eth1:off" BY_ETH1 },
	{ "ip= in dracut's short form",
	  ETH0 ETH1 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("ip=eth1:dhcp"),
	  "root file system /dev/sda2: 0000:00:17.0\nip= ip=eth1:dhcp" BY_ETH1 },
	{ "ip= with the host's own address alone",
	  ETH0 ETH1 TWO_NETWORKS SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("ip=10.1.0.5::10.1.0.1:255.255.0.0"),
	  "root file system /dev/sda2: 0000:00:17.0\n"
	  "ip= ip=10.1.0.5::10.1.0.1:255.255.0.0" BY_ETH1 },
	{ "ip= by IPv6, the interface named",
	  ETH0 ETH1 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("ip=[2001:db8::5]::[2001:db8::1]:64:host:eth1:none"),
	  "root file system /dev/sda2: 0000:00:17.0\n"
	  "ip= ip=[2001:db8::5]::[2001:db8::1]:64:host:eth1:none" BY_ETH1 },
	{ "ip= of an interface that has another name now",
	  ETH0 ETH1 TWO_NETWORKS SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("ip=10.1.0.5::10.1.0.1:255.255.0.0:h:eth7"),
	  "root file system /dev/sda2: 0000:00:17.0\n"
	  "ip= ip=10.1.0.5::10.1.0.1:255.255.0.0:h:eth7" BY_ETH1 },
	{ "ip=dhcp by the interface that PXE came by",
	  ETH0 ETH1 MAC("pci0000:00/0000:00:1c.0/0000:05:00.0", "eth1", "00:11:22:aa:bb:cc")
		  SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
			  CMDLINE("ip=dhcp BOOTIF=01-00-11-22-AA-BB-CC"),
	  "root file system /dev/sda2: 0000:00:17.0\nip= ip=dhcp" BY_ETH1 },
	{ "BOOTIF= alone brings no network up",
	  ETH0 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("BOOTIF=01-00-11-22-aa-bb-cc"),
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "no network",
	  ETH0 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2")) CMDLINE(
		  "ip=off ip=none ip=eth0:off rd.neednet=0 rd.iscsi.firmware=0 ipv6.disable=1"),
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "IP= in initramfs-tools' configuration",
	  ETH0 ETH1 SATA
	  "etc/initramfs-tools/initramfs.conf = MODULES=most\\nIP=eth0:dhcp\\n#IP=off\n"
	  "etc/initramfs-tools/conf.d/network = IP=\"::::host:eth1:dhcp\" # later\n" MOUNTINFO(
		  ROOT_ON("8:2", "ext4", "/dev/sda2")),
	  "root file system /dev/sda2: 0000:00:17.0\nip= ip=::::host:eth1:dhcp" BY_ETH1 },
	{ "ip= on the kernel command line counts before it",
	  ETH0 ETH1 SATA "etc/initramfs-tools/initramfs.conf = IP=eth0:dhcp\n" MOUNTINFO(
		  ROOT_ON("8:2", "ext4", "/dev/sda2")) CMDLINE("ip=eth1:dhcp"),
	  "root file system /dev/sda2: 0000:00:17.0\nip= ip=eth1:dhcp" BY_ETH1 },
	{ "IP= that is off",
	  ETH0 SATA "etc/initramfs-tools/initramfs.conf = IP=off\n" MOUNTINFO(
		  ROOT_ON("8:2", "ext4", "/dev/sda2")),
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "rd.neednet",
	  ETH0 DOWN1 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("rd.neednet=1"),
	  "root file system /dev/sda2: 0000:00:17.0\nrd.neednet= rd.neednet=1" BY_ETH0 },
	{ "the firmware's table names the interface",
	  ETH0 ETH1 MAC("pci0000:00/0000:00:1c.0/0000:05:00.0", "eth1",
			"00:11:22:aa:bb:cc") "sys/firmware/ibft/ethernet0/mac = 00:11:22:aa:bb:cc\nsys/firmware/ibft/target0/port = 1\n" SATA
		  MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
			  CMDLINE("rd.iscsi.firmware ip=ibft"),
	  "root file system /dev/sda2: 0000:00:17.0\n"
	  "rd.iscsi.firmware rd.iscsi.firmware" BY_ETH1 "ip= ip=ibft" BY_ETH1 },
	{ "the firmware has no table: all that are up",
	  ETH0 SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2")) CMDLINE("iscsi_auto"),
	  "root file system /dev/sda2: 0000:00:17.0\niscsi_auto iscsi_auto" BY_ETH0 },
	{ "NVMe that is discovered",
	  ETH0 ETH1 TWO_NETWORKS SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("rd.nvmf.discover=tcp,10.1.0.1,,8009 rd.nvmf.discover=fc,auto"),
	  "root file system /dev/sda2: 0000:00:17.0\n"
	  "rd.nvmf.discover= rd.nvmf.discover=tcp,10.1.0.1,,8009" BY_ETH1 },
	{ "fcoe= by name and by address",
	  ETH0 ETH1 MAC("pci0000:00/0000:00:1c.0/0000:05:00.0", "eth1", "00:11:22:aa:bb:cc")
		  SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
			  CMDLINE("fcoe=eth0:dcb fcoe=00:11:22:aa:bb:cc:nodcb"),
	  "root file system /dev/sda2: 0000:00:17.0\nfcoe= fcoe=eth0:dcb" BY_ETH0
	  "fcoe= fcoe=00:11:22:aa:bb:cc:nodcb" BY_ETH1 },
};

/* An encrypted root on sda2, and keyboards. */
#define LUKS                                                                                     \
	SATA VIRTUAL("dm-0", "253:0")                                                            \
		SLAVE("dm-0",                                                                    \
		      "sda2") "sys/devices/virtual/block/dm-0/dm/uuid = CRYPT-LUKS2-77-opened\n" \
			      "sys/devices/virtual/block/dm-0/dm/name = opened\n" MOUNTINFO(     \
				      ROOT_ON("253:0", "ext4", "/dev/mapper/opened"))
#define CARD_XHCI "pci0000:00/0000:00:01.0/0000:01:00.2/usb3"
#define BOARD_XHCI "pci0000:00/0000:00:14.0/usb1"
#define HID(xhci, name, number, protocol)                                                \
	"sys/bus/usb/devices/" name ":" number " -> ../../../devices/" xhci "/" name     \
	"/" name ":" number "\n"                                                         \
	"sys/devices/" xhci "/" name "/" name ":" number "/bInterfaceClass = 03\n"       \
	"sys/devices/" xhci "/" name "/" name ":" number "/bInterfaceSubClass = 01\n"    \
	"sys/devices/" xhci "/" name "/" name ":" number                                 \
	"/bInterfaceProtocol = " protocol "\n"
#define KEYBOARD_(place, number, keys)                                                   \
	"sys/class/input/input" number " -> ../../devices/" place "/input/input" number  \
	"\nsys/devices/" place "/input/input" number "/capabilities/key = " keys "\n"
#define ALL_KEYS "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe"
#define PS2 KEYBOARD_("platform/i8042/serio0", "3", ALL_KEYS)
#define LUKS_ROOT "root file system /dev/mapper/opened: 0000:00:17.0\n"
#define TYPED LUKS_ROOT "keyboard for the passphrase of opened keyboard"
#define ON_CARD TYPED ": 0000:01:00.2\n"
#define ELSEWHERE TYPED ": virtual\n"

static const struct bootdisk_case keyboards[] = {
	{ "the only keyboard is the card's", LUKS HID(CARD_XHCI, "3-1", "1.0", "01"),
	  ON_CARD },
	{ "a receiver: keyboard first, then mouse",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01") HID(CARD_XHCI, "3-1", "1.1", "02"),
	  ON_CARD },
	{ "two on the same card",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01") HID(CARD_XHCI, "3-2", "1.0", "01"),
	  ON_CARD },
	{ "one more on the board",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01") HID(BOARD_XHCI, "1-1", "1.0", "01"),
	  ELSEWHERE },
	{ "PS/2 too", LUKS HID(CARD_XHCI, "3-1", "1.0", "01") PS2, ELSEWHERE },
	{ "a laptop's own on an I2C controller",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01")
		  KEYBOARD_("pci0000:00/0000:00:15.0/i2c_designware.0/i2c-1/0018:04F3",
			    "5", ALL_KEYS),
	  ELSEWHERE },
	{ "a mouse with keys is no keyboard elsewhere",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01") HID(BOARD_XHCI, "1-1", "1.0", "02")
		  HID(BOARD_XHCI, "1-1", "1.1", "01"),
	  ON_CARD },
	{ "nor are its keys",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01") HID(BOARD_XHCI, "1-1", "1.0", "02")
		  HID(BOARD_XHCI, "1-1", "1.1", "01")
			  KEYBOARD_(BOARD_XHCI "/1-1/1-1:1.1/0003:046D", "9", ALL_KEYS),
	  ON_CARD },
	{ "a keyboard without a boot interface is one",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01")
		  KEYBOARD_(BOARD_XHCI "/1-11/1-11:1.1/0003:3297", "9", ALL_KEYS),
	  ELSEWHERE },
	{ "a remote control has some of the keys",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01")
		  KEYBOARD_("pci0000:00/0000:00:1b.0/rc/rc0", "9", "402000000 10cfc"),
	  ON_CARD },
	{ "nor are a power button, Bluetooth and a program",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01")
		  KEYBOARD_("LNXSYSTM:00/LNXPWRBN:00", "0", "10000000000000 0")
			  KEYBOARD_("virtual/misc/uhid/0005:046D", "7", ALL_KEYS)
				  KEYBOARD_("virtual", "8", ALL_KEYS),
	  ON_CARD },
	{ "no keyboard at all", LUKS, ELSEWHERE },
	{ "another keyboard's input on USB is not counted twice",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01")
		  KEYBOARD_(CARD_XHCI "/3-1/3-1:1.0/0003:046D", "9", ALL_KEYS),
	  ON_CARD },
	{ "opened with a key file",
	  LUKS HID(CARD_XHCI, "3-1", "1.0",
		   "01") "etc/crypttab = opened UUID=x /etc/keys/root.key luks,discard\n",
	  LUKS_ROOT },
	{ "opened with the TPM",
	  LUKS HID(CARD_XHCI, "3-1", "1.0",
		   "01") "etc/crypttab = opened UUID=x none luks,tpm2-device=auto\n",
	  LUKS_ROOT },
	{ "opened with the TPM and a PIN",
	  LUKS HID(CARD_XHCI, "3-1", "1.0",
		   "01") "etc/crypttab = opened UUID=x - tpm2-device=auto,tpm2-pin=yes\n",
	  ON_CARD },
	{ "opened by a script",
	  LUKS HID(CARD_XHCI, "3-1", "1.0",
		   "01") "etc/crypttab = opened UUID=x none luks,keyscript=decrypt_derived\n",
	  LUKS_ROOT },
	{ "opened by the script that asks",
	  LUKS HID(CARD_XHCI, "3-1", "1.0",
		   "01") "etc/crypttab = opened UUID=x none luks,keyscript=decrypt_keyctl\n",
	  ON_CARD },
	{ "opened with a passphrase, as crypttab says",
	  LUKS HID(CARD_XHCI, "3-1", "1.0",
		   "01") "etc/crypttab = # name\\nother UUID=y /key\\nopened UUID=x none luks\n",
	  ON_CARD },
	{ "opened with a key of the kernel command line",
	  LUKS HID(CARD_XHCI, "3-1", "1.0", "01")
		  CMDLINE("rd.luks.uuid=x rd.luks.key=/a.key"),
	  LUKS_ROOT },
	{ "the key lies on a stick",
	  LUKS DISK("sdc", "8:32", USB) UDEV("8:32", "E:ID_FS_LABEL=KEYS")
		  HID(CARD_XHCI, "3-1", "1.0",
		      "01") "etc/crypttab = opened UUID=x /root.key:LABEL=KEYS luks\n",
	  LUKS_ROOT "key of opened LABEL=KEYS: 0000:00:14.0\n" },
	{ "the key lies on a stick, in the words of passdev",
	  LUKS DISK("sdc", "8:32",
		    USB) "etc/crypttab = opened UUID=x /dev/sdc:/root.key:5 luks,keyscript=/lib/cryptsetup/scripts/passdev\n",
	  LUKS_ROOT "key of opened /dev/sdc: 0000:00:14.0\n" },
	{ "the stick is not there: unknown", LUKS CMDLINE("rd.luks.key=/root.key:UUID=77"),
	  LUKS_ROOT "key of opened UUID=77: unknown\n" },
	{ "a key of Arch's on a disk",
	  LUKS SATA2 CMDLINE("cryptdevice=UUID=x:opened cryptkey=/dev/sdb1:ext4:/k"),
	  LUKS_ROOT "key of opened /dev/sdb1: 0000:03:00.0\n" },
	{ "a key in random numbers is on no disk",
	  LUKS "etc/crypttab = opened UUID=x /dev/urandom luks\n", LUKS_ROOT },
	{ "a passphrase from afar: the network",
	  LUKS ETH0 PS2 "etc/dropbear/initramfs/authorized_keys = ssh-ed25519 x\n",
	  ELSEWHERE
	  "network for the passphrase /etc/dropbear/initramfs/authorized_keys" BY_ETH0 },
	{ "a passphrase from afar, as ip= says",
	  LUKS ETH0 ETH1
	  "etc/dropbear/initramfs/authorized_keys = ssh-ed25519 x\n" CMDLINE("ip=eth1:dhcp"),
	  LUKS_ROOT "ip= ip=eth1:dhcp" BY_ETH1
		    "keyboard for the passphrase of opened keyboard: virtual\n" },
	{ "no passphrase, nothing from afar",
	  LUKS ETH0 "etc/dropbear/initramfs/authorized_keys = ssh-ed25519 x\n"
		    "etc/crypttab = opened UUID=x /etc/keys/k luks\n",
	  LUKS_ROOT },
	{ "swap for hibernation alone is encrypted",
	  SATA VIRTUAL("dm-0", "253:0")
		  SLAVE("dm-0",
			"sda1") "sys/devices/virtual/block/dm-0/dm/uuid = CRYPT-LUKS2-77-sw\n"
				"sys/devices/virtual/block/dm-0/dm/name = sw\n"
				"proc/swaps = Filename Type Size Used Priority\\n/dev/dm-0 partition 1 0 -2\n" MOUNTINFO(
					ROOT_ON("8:2", "ext4", "/dev/sda2"))
					HID(CARD_XHCI, "3-1", "1.0", "01"),
	  "root file system /dev/sda2: 0000:00:17.0\nswap /dev/dm-0: 0000:00:17.0\n"
	  "keyboard for the passphrase of sw keyboard: 0000:01:00.2\n" },
	{ "LVM without encryption",
	  SATA VIRTUAL("dm-0", "253:0")
		  SLAVE("dm-0",
			"sda2") "sys/devices/virtual/block/dm-0/dm/uuid = LVM-77\n"
				"sys/devices/virtual/block/dm-0/dm/name = vg-root\n" MOUNTINFO(
					ROOT_ON("253:0", "ext4", "/dev/mapper/vg-root"))
					HID(CARD_XHCI, "3-1", "1.0", "01"),
	  "root file system /dev/mapper/vg-root: 0000:00:17.0\n" },
};

int main(void)
{
#define RUN(table) run_cases(#table, table, ARRAY_SIZE(table))
	return RUN(routes) + RUN(interfaces) + RUN(types) + RUN(transports) +
		       RUN(controllers) + RUN(parameters) + RUN(keyboards) >
	       0;
}
