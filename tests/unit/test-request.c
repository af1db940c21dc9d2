// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters that ask for a network lead to its interfaces. */
#include "network-tree.h"

#define MAC(place, name, mac) "sys/devices/" place "/net/" name "/address = " mac "\n"

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

int main(void)
{
	return RUN_TABLE(parameters, test_needs);
}
