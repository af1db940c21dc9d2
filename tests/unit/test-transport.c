// SPDX-License-Identifier: GPL-2.0-or-later
/* Block devices of other machines lead to the network that carries them. */
#include "network-tree.h"

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

int main(void)
{
	return RUN_TABLE(transports, test_needs);
}
