// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems of servers and of the hypervisor lead to the functions that carry them. */
#include "network-tree.h"

#define CIFS_(source, options) MOUNTINFO("22 1 0:21 / / rw - cifs " source " " options)

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

int main(void)
{
	return RUN_TABLE(types, test_needs);
}
