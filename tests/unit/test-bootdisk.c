// SPDX-License-Identifier: GPL-2.0-or-later
/* Every need of the host's boot leads to its PCI functions, or stays unknown. */
#include "boot-tree.h"

#include <stdio.h>

static const struct bootdisk_case running[] = {
	{ "SATA partition; /boot and /boot/efi too",
	  SATA MOUNTINFO(ROOT_ON(
		  "8:2", "ext4",
		  "/dev/root") "40 27 8:1 / /boot rw - ext4 /dev/sda1 rw\\n"
			       "41 40 0:33 / /boot/efi rw - autofs systemd-1 rw\\n"
			       "42 40 8:1 / /boot/efi rw shared:3 master:2 - vfat /dev/sda1 rw"),
	  "root file system /dev/root: 0000:00:17.0\n"
	  "/boot /dev/sda1: 0000:00:17.0\n"
	  "/boot/efi /dev/sda1: 0000:00:17.0\n" },
	{ "NVMe",
	  DISK("nvme0n1", "259:0", NVME) PART("nvme0n1", "nvme0n1p2", "259:2", NVME)
		  MOUNTINFO(ROOT_ON("259:2", "xfs", "/dev/nvme0n1p2")),
	  "root file system /dev/nvme0n1p2: 0000:02:00.0\n" },
	{ "NVMe, place of the namespace as of Linux 6: no block folder",
	  BLOCK_("nvme0n1", "259:0", NVME "/nvme0n1")
		  BLOCK_("nvme0n1p2", "259:2",
			 NVME
			 "/nvme0n1/nvme0n1p2") "sys/devices/" NVME
					       "/nvme0n1/nvme0n1p2/partition = 2\n" MOUNTINFO(
						       ROOT_ON("259:2", "xfs",
							       "/dev/nvme0n1p2")),
	  "root file system /dev/nvme0n1p2: 0000:02:00.0\n" },
	{ "NVMe multipath: both controllers",
	  BLOCK_("nvme0n1", "259:0", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1") BLOCK_(
		  "nvme0n1p1", "259:1",
		  "virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1") "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1/partition = 1\n"
									   "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 -> ../../../" NVME
									   "\n"
									   "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1 -> "
									   "../../../pci0000:00/0000:00:06.1/0000:05:00.0/nvme/nvme1\n" MOUNTINFO(
										   ROOT_ON("259:1",
											   "ext4",
											   "/dev/nvme0n1p1")),
	  "root file system /dev/nvme0n1p1: 0000:02:00.0 0000:05:00.0\n" },
	{ "NVMe over fabrics: unknown",
	  BLOCK_("nvme0n1", "259:0", "virtual/nvme-subsystem/nvme-subsys0/nvme0n1") "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 -> ../../nvme-fabrics/ctl/nvme0\n" MOUNTINFO(
		  ROOT_ON("259:0", "ext4", "/dev/nvme0n1")),
	  "root file system /dev/nvme0n1: unknown\n" },
	{ "NVMe behind a VMD: that one too",
	  DISK("nvme0n1", "259:0", VMD) MOUNTINFO(ROOT_ON("259:0", "ext4", "/dev/nvme0n1")),
	  "root file system /dev/nvme0n1: 0000:00:0e.0 10000:e1:00.0\n" },
	{ "LUKS on LVM",
	  SATA VIRTUAL("dm-0", "253:0") SLAVE("dm-0", "sda2") VIRTUAL("dm-1", "253:1")
		  SLAVE("dm-1", "dm-0")
			  MOUNTINFO(ROOT_ON("253:1", "ext4", "/dev/mapper/root")),
	  "root file system /dev/mapper/root: 0000:00:17.0\n" },
	{ "md RAID1 on two controllers",
	  SATA SATA2 VIRTUAL("md0", "9:0") SLAVE("md0", "sda2") SLAVE("md0", "sdb1")
		  MOUNTINFO(ROOT_ON("9:0", "ext4", "/dev/md0")),
	  "root file system /dev/md0: 0000:00:17.0 0000:03:00.0\n" },
	{ "md with a member that leads nowhere: the rest stands, it stays unknown",
	  SATA VIRTUAL("md0", "9:0") SLAVE("md0", "sda2") SLAVE("md0", "sdz1")
		  MOUNTINFO(ROOT_ON("9:0", "ext4", "/dev/md0")),
	  "root file system /dev/md0: 0000:00:17.0\nroot file system sdz1: unknown\n" },
	{ "btrfs on two disks",
	  SATA SATA2
	  "sys/fs/btrfs/features/x = 1\n"
	  "sys/fs/btrfs/1234-5678/devices/sda2 -> ../../../../devices/" AHCI "/block/sda/sda2\n"
	  "sys/fs/btrfs/1234-5678/devices/sdb1 -> ../../../../devices/" AHCI2
	  "/block/sdb/sdb1\n" MOUNTINFO("27 1 0:25 /@ / rw - btrfs /dev/sda2 rw,subvol=/@"),
	  "root file system /dev/sda2: 0000:00:17.0 0000:03:00.0\n" },
	{ "ZFS mirror, by udev's records",
	  SATA SATA2 UDEV("8:2", "E:ID_FS_TYPE=zfs_member\\nE:ID_FS_LABEL=rpool")
		  UDEV("8:17", "E:ID_FS_LABEL=rpool\\nE:ID_FS_TYPE=zfs_member")
			  UDEV("8:1", "E:ID_FS_TYPE=ext4\\nE:ID_FS_LABEL=rpool")
				  MOUNTINFO("27 1 0:25 / / rw - zfs rpool/ROOT/debian rw"),
	  "root file system rpool/ROOT/debian: 0000:00:17.0 0000:03:00.0\n" },
	{ "ZFS without records: unknown",
	  SATA MOUNTINFO("27 1 0:25 / / rw - zfs rpool/ROOT/debian rw"),
	  "root file system rpool/ROOT/debian: unknown\n" },
	{ "bcachefs on two disks",
	  SATA SATA2 MOUNTINFO("27 1 0:25 / / rw - bcachefs /dev/sda2:/dev/sdb1 rw"),
	  "root file system /dev/sda2:/dev/sdb1: 0000:00:17.0 0000:03:00.0\n" },
	{ "XFS with its log elsewhere",
	  SATA SATA2 MOUNTINFO("27 1 8:2 / / rw - xfs /dev/sda2 rw,logdev=/dev/sdb1,noquota"),
	  "root file system /dev/sda2: 0000:00:17.0 0000:03:00.0\n" },
	{ "USB stick: the controller",
	  DISK("sdc", "8:32", USB) MOUNTINFO(ROOT_ON("8:32", "ext4", "/dev/sdc")),
	  "root file system /dev/sdc: 0000:00:14.0\n" },
	{ "virtio",
	  DISK("vda", "254:0", VIRTIO) MOUNTINFO(ROOT_ON("254:0", "ext4", "/dev/vda")),
	  "root file system /dev/vda: 0000:00:02.0\n" },
	{ "eMMC of the platform: no PCI function",
	  DISK("mmcblk0", "179:0", "platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001")
		  MOUNTINFO(ROOT_ON("179:0", "ext4", "/dev/mmcblk0")),
	  "root file system /dev/mmcblk0: virtual\n" },
	{ "iSCSI: unknown",
	  DISK("sda", "8:0", "platform/host2/session1/target2:0:0/2:0:0:0")
		  MOUNTINFO(ROOT_ON("8:0", "ext4", "/dev/sda")),
	  "root file system /dev/sda: unknown\n" },
	{ "swap: partition, file, zram, an escaped name",
	  SATA SATA2 VIRTUAL("zram0", "253:0") MOUNTINFO(ROOT_ON(
		  "8:2", "ext4",
		  "/dev/sda2") "30 27 8:17 / /swap\\040dir rw - ext4 /dev/sdb1 rw") "proc/swaps = Filename Type Size Used Priority\\n/dev/sdb1 partition 1 0 -2\\n"
										    "/swapfile file 1 0 -2\\n/dev/zram0 partition 1 0 100\\n/swap\\040dir/file file 1 0 -2\n",
	  "root file system /dev/sda2: 0000:00:17.0\nswap /dev/sdb1: 0000:03:00.0\n"
	  "swap /swapfile: 0000:00:17.0\nswap /dev/zram0: virtual\n"
	  "swap /swap dir/file: 0000:03:00.0\n" },
	{ "resume= by label; root= is not asked again",
	  SATA UDEV("8:1", "E:ID_FS_LABEL=my swap\\nE:ID_FS_LABEL_ENC=my\\x20swap")
		  MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
			  CMDLINE("root=UUID=77 \"resume=LABEL=my swap\""),
	  "root file system /dev/sda2: 0000:00:17.0\nresume= LABEL=my swap: 0000:00:17.0\n" },
	{ "noresume",
	  SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2"))
		  CMDLINE("resume=/dev/sda1 noresume"),
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "fstab: mounted and required ones only",
	  SATA SATA2
	  "etc/fstab = # a comment\\nUUID=1 / ext4 defaults 0 1\\n/dev/sdb1 /srv ext4 defaults 0 2\\n"
	  "/dev/sda1 /data ext4 nofail 0 2\\n/dev/sda1 /gone ext4 defaults 0 2\\n"
	  "host:/x /net nfs defaults 0 0\\nUUID=5 none swap sw 0 0\\ntmpfs /tmp tmpfs size=1G 0 0\n" MOUNTINFO(
		  ROOT_ON("8:2", "ext4",
			  "/dev/sda2") "30 27 8:17 / /srv rw - ext4 /dev/sdb1 rw\\n"
				       "31 27 8:1 / /data rw - ext4 /dev/sda1 rw"),
	  "root file system /dev/sda2: 0000:00:17.0\n/srv /dev/sdb1: 0000:03:00.0\n" },
	{ "loop file on a disk",
	  SATA VIRTUAL("loop0", "7:0") "sys/devices/virtual/block/loop0/loop/backing_file = /images/root.img\n" MOUNTINFO(
		  ROOT_ON("7:0", "ext4",
			  "/dev/loop0") "28 27 8:1 / /images rw - ext4 /dev/sda1 rw"),
	  "root file system /dev/loop0: 0000:00:17.0\n" },
	{ "loop file on itself: unknown",
	  VIRTUAL("loop0", "7:0") "sys/devices/virtual/block/loop0/loop/backing_file = /root.img\n" MOUNTINFO(
		  ROOT_ON("7:0", "ext4", "/dev/loop0")),
	  "root file system /dev/loop0: unknown\n" },
	{ "loop file in a file system on a loop file",
	  SATA VIRTUAL("loop0", "7:0") VIRTUAL(
		  "loop1",
		  "7:1") "sys/devices/virtual/block/loop0/loop/backing_file = /outer/root.img\n"
			 "sys/devices/virtual/block/loop1/loop/backing_file = /images/outer.img\n" MOUNTINFO(
				 ROOT_ON("7:0", "ext4",
					 "/dev/loop0") "28 27 7:1 / /outer rw - ext4 /dev/loop1 rw\\n"
						       "29 27 8:1 / /images rw - ext4 /dev/sda1 rw"),
	  "root file system /dev/loop0: 0000:00:17.0\n" },
	{ "md of a disk and of a loop file that is nowhere: the rest stands, it stays unknown",
	  SATA VIRTUAL("loop0", "7:0") VIRTUAL("md0", "9:0") SLAVE("md0", "sda2")
		  SLAVE("md0", "loop0") "sys/devices/virtual/block/loop0/loop/backing_file = gone.img\n" MOUNTINFO(
			  ROOT_ON("9:0", "ext4", "/dev/md0")),
	  "root file system /dev/md0: 0000:00:17.0\nroot file system gone.img: unknown\n" },
	{ "loop without a file: unknown",
	  VIRTUAL("loop0", "7:0") MOUNTINFO(ROOT_ON("7:0", "ext4", "/dev/loop0")),
	  "root file system /dev/loop0: unknown\n" },
	{ "live medium: overlay of memory and squashfs on a USB stick",
	  DISK("sdc", "8:32", USB)
		  VIRTUAL("loop0", "7:0") "sys/devices/virtual/block/loop0/loop/backing_file = /run/medium/filesystem.squashfs\n" MOUNTINFO(
			  "20 1 0:40 / / rw - overlay overlay rw,lowerdir=/run/lower:/run/lower/x,upperdir=/run/cow/up,workdir=/run/cow/work\\n"
			  "21 20 7:0 / /run/lower ro - squashfs /dev/loop0 ro\\n22 20 0:41 / /run/cow rw - tmpfs tmpfs rw\\n"
			  "23 20 8:32 / /run/medium ro - vfat /dev/sdc ro"),
	  "root file system overlay: 0000:00:14.0\n" },
	{ "overlay of memory alone",
	  MOUNTINFO("20 1 0:40 / / rw - overlay overlay rw,lowerdir=/run/a,upperdir=/run/b\\n"
		    "22 20 0:41 / /run rw - tmpfs tmpfs rw"),
	  "root file system overlay: virtual\n" },
	{ "overlay on itself: unknown",
	  MOUNTINFO("20 1 0:40 / / rw - overlay overlay rw,lowerdir=/a,upperdir=/b"),
	  "root file system overlay: unknown\n" },
	{ "tmpfs root", MOUNTINFO(ROOT_ON("0:20", "tmpfs", "tmpfs")),
	  "root file system tmpfs: virtual\n" },
	{ "a root that lives in its initramfs",
	  MOUNTINFO(ROOT_ON("0:2", "rootfs", "rootfs")) CMDLINE(""),
	  "root file system rootfs: virtual\n" },
	{ "a root that is yet to come",
	  SATA MOUNTINFO(ROOT_ON("0:2", "rootfs", "rootfs")) CMDLINE("root=/dev/sda2"),
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "no source: two blanks", MOUNTINFO("27 1 0:20 / / rw - tmpfs  rw"),
	  "root file system : virtual\n" },
	{ "number without a link in /sys/dev",
	  "sys/class/block/vda -> ../../devices/" VIRTIO "/block/vda\nsys/devices/" VIRTIO
	  "/block/vda/dev = 254:0\n" MOUNTINFO(ROOT_ON("254:0", "ext4", "/dev/vda")),
	  "root file system /dev/vda: 0000:00:02.0\n" },
	{ "own table when PID 1's cannot be read",
	  SATA "proc/self/mountinfo = " ROOT_ON("8:2", "ext4", "/dev/sda2") "\n",
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "chroot: unknown",
	  SATA MOUNTINFO(ROOT_ON("8:2", "ext4", "/dev/sda2")) CMDLINE(
		  "root=/dev/sda2") "proc/self/mountinfo = " ROOT_ON("8:1", "ext4",
								     "/dev/sda1") "\n",
	  "root file system chroot: unknown\n" },
	{ "chroot into a mere folder: unknown",
	  SATA MOUNTINFO(
		  ROOT_ON("8:2", "ext4",
			  "/dev/sda2")) "proc/self/mountinfo = 30 27 0:5 / /proc rw - proc proc rw\n",
	  "root file system chroot: unknown\n" },
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

/* Without a mount table, the kernel command line and fstab name the root. */
static const struct bootdisk_case names[] = {
	{ "root= by UUID, udev's records",
	  SATA UDEV("8:2", "E:ID_FS_UUID=aa-BB\\nE:ID_FS_TYPE=ext4")
		  CMDLINE("root=UUID=AA-bb ro"),
	  "root file system UUID=AA-bb: 0000:00:17.0\n" },
	{ "all that match: btrfs before it is mounted",
	  SATA SATA2 UDEV("8:2", "E:ID_FS_UUID=aa") UDEV("8:17", "E:ID_FS_UUID=aa")
		  CMDLINE("root=UUID=aa"),
	  "root file system UUID=aa: 0000:00:17.0 0000:03:00.0\n" },
	{ "by the link",
	  SATA
	  "dev/disk/by-label/my\\x20root -> ../../sda2\n" CMDLINE("\"root=LABEL=my root\""),
	  "root file system LABEL=my root: 0000:00:17.0\n" },
	{ "path by-uuid, by its record",
	  SATA UDEV("8:2", "E:ID_FS_UUID=aa") CMDLINE("root=/dev/disk/by-uuid/aa"),
	  "root file system /dev/disk/by-uuid/aa: 0000:00:17.0\n" },
	{ "path by-id, by its link in udev's record",
	  SATA UDEV("8:2", "S:disk/by-id/ata-X_1-part2\\nE:A=b")
		  CMDLINE("root=/dev/disk/by-id/ata-X_1-part2"),
	  "root file system /dev/disk/by-id/ata-X_1-part2: 0000:00:17.0\n" },
	{ "PARTUUID in sysfs, with an offset",
	  SATA "sys/devices/" AHCI
	       "/block/sda/sda1/uevent = MAJOR=8\\nPARTN=1\\nPARTUUID=c0ffee-01\n" CMDLINE(
		       "root=PARTUUID=C0FFEE-01/PARTNROFF=1"),
	  "root file system PARTUUID=C0FFEE-01/PARTNROFF=1: 0000:00:17.0\n" },
	{ "PARTLABEL in sysfs",
	  SATA "sys/devices/" AHCI
	       "/block/sda/sda1/uevent = MAJOR=8\\nPARTN=1\\nPARTNAME=root-x86-64\n" CMDLINE(
		       "root=PARTLABEL=root-x86-64"),
	  "root file system PARTLABEL=root-x86-64: 0000:00:17.0\n" },
	{ "plain device", SATA CMDLINE("root=/dev/sda2"),
	  "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "device with a slash in its name",
	  "sys/class/block/cciss!c0d0 -> ../../devices/pci0000:00/0000:00:03.0/cciss0/c0d0/block/cciss!c0d0\n" CMDLINE(
		  "root=/dev/cciss/c0d0"),
	  "root file system /dev/cciss/c0d0: 0000:00:03.0\n" },
	{ "MAJOR:MINOR", SATA CMDLINE("root=8:2"), "root file system 8:2: 0000:00:17.0\n" },
	{ "the kernel's hexadecimal forms", SATA CMDLINE("root=802 resume=0x801"),
	  "root file system 802: 0000:00:17.0\nresume= 0x801: 0000:00:17.0\n" },
	{ "logical volume by either path",
	  SATA VIRTUAL("dm-0", "253:0")
		  SLAVE("dm-0", "sda2") "sys/devices/virtual/block/dm-0/dm/name = my--vg-root\n" CMDLINE(
			  "root=/dev/my-vg/root resume=/dev/mapper/my--vg-root"),
	  "root file system /dev/my-vg/root: 0000:00:17.0\nresume= /dev/mapper/my--vg-root: 0000:00:17.0\n" },
	{ "LUKS not open yet: by crypttab",
	  SATA UDEV("8:2", "E:ID_FS_UUID=cc\\nE:ID_FS_TYPE=crypto_LUKS") "etc/crypttab = # name\\nother UUID=dd none\\ncryptroot UUID=cc none luks\n" CMDLINE(
		  "root=/dev/mapper/cryptroot"),
	  "root file system /dev/mapper/cryptroot: 0000:00:17.0\n" },
	{ "crypttab that names itself: unknown",
	  SATA "etc/crypttab = a /dev/mapper/b none\\nb /dev/mapper/a none\n" CMDLINE(
		  "root=/dev/mapper/a"),
	  "root file system /dev/mapper/a: unknown\n" },
	{ "root=ZFS= and Arch's zfs=",
	  SATA UDEV("8:2", "E:ID_FS_TYPE=zfs_member\\nE:ID_FS_LABEL=rpool")
		  CMDLINE("root=ZFS=rpool/ROOT/x"),
	  "root file system ZFS=rpool/ROOT/x: 0000:00:17.0\n" },
	{ "zfs=bootfs: unknown", SATA CMDLINE("zfs=bootfs"),
	  "root file system ZFS=bootfs: unknown\n" },
	{ "dracut's live:",
	  DISK("sdc", "8:32", USB) UDEV("8:32", "E:ID_FS_LABEL_ENC=Fedora-39")
		  CMDLINE("root=live:CDLABEL=Fedora-39"),
	  "root file system live:CDLABEL=Fedora-39: 0000:00:14.0\n" },
	{ "root= of a disk that is not there yet: unknown",
	  CMDLINE("root=UUID=ab resume=UUID=cd"),
	  "root file system UUID=ab: unknown\nresume= UUID=cd: unknown\n" },
	{ "no root=: unknown", SATA CMDLINE(""), "root file system no root=: unknown\n" },
	{ "no root=, but fstab; /usr too",
	  SATA UDEV("8:1", "E:ID_FS_UUID=11") "etc/fstab = UUID=\"11\" / ext4 defaults 0 1\\n/dev/sda2 /usr ext4 ro 0 2\n" CMDLINE(
		  ""),
	  "root file system UUID=\"11\": 0000:00:17.0\n/usr /dev/sda2: 0000:00:17.0\n" },
	{ "a value in quotes",
	  SATA UDEV("8:2", "E:ID_FS_LABEL=my root") CMDLINE("root=LABEL=\"my root\""),
	  "root file system LABEL=\"my root\": 0000:00:17.0\n" },
	{ "words for init count, as they do to the image's scripts",
	  SATA CMDLINE("-- root=/dev/sda2"), "root file system /dev/sda2: 0000:00:17.0\n" },
	{ "the last root= counts", SATA SATA2 CMDLINE("root=/dev/sda2 root=/dev/sdb1"),
	  "root file system /dev/sdb1: 0000:03:00.0\n" },
};

static const struct bootdisk_case damaged[] = {
	{ "nothing at all", "sys /\n", "root file system no root=: unknown\n" },
	{ "cycle in slaves: unknown",
	  VIRTUAL("dm-0", "253:0") VIRTUAL("dm-1", "253:1") SLAVE("dm-0", "dm-1")
		  SLAVE("dm-1", "dm-0") MOUNTINFO(ROOT_ON("253:0", "ext4", "/dev/x")),
	  "root file system /dev/x: unknown\n" },
	{ "cycle in slaves beside a disk",
	  SATA VIRTUAL("dm-0", "253:0") VIRTUAL("dm-1", "253:1") SLAVE("dm-0", "dm-1")
		  SLAVE("dm-1", "dm-0") SLAVE("dm-1", "sda1")
			  MOUNTINFO(ROOT_ON("253:0", "ext4", "/dev/x")),
	  "root file system /dev/x: 0000:00:17.0\n" },
	{ "device-mapper on nothing: unknown",
	  VIRTUAL("dm-0", "253:0") MOUNTINFO(ROOT_ON("253:0", "ext4", "/dev/x")),
	  "root file system /dev/x: unknown\n" },
	{ "a link that is none, one that leads out, one that is empty of sense",
	  "sys/dev/block/8:0 = junk\nsys/class/block/sda -> ../../../../../../etc/passwd\n"
	  "sys/dev/block/8:1 -> ../../../..\nsys/class/block/sdb -> /\n" MOUNTINFO(ROOT_ON(
		  "8:0", "ext4",
		  "/dev/sda") "2 1 8:1 / /usr rw - ext4 /dev/sdb rw\\n3 1 8:9 / /boot rw - ext4 /dev/sdc rw"),
	  "root file system /dev/sda: unknown\n/boot /dev/sdc: unknown\n/usr /dev/sdb: unknown\n" },
	{ "lines that are none",
	  MOUNTINFO("\\n\\n1\\n1 2 3 4 5 6 7\\n1 2 x:y / / rw - ext4 a b\\n1 2 8:0 / / rw ext4 a b\\n - - - - - - - -\\n1 2 8:0 / / rw -\\n1 2 8:0 / / rw - ext4") "proc/swaps = x\\n\\n\\\\040\\n/\\n\n"
																				   "etc/fstab = x\\nx y\\n= / = =\\n",
	  "root file system =: unknown\nswap /: unknown\n" },
	{ "a partition at the top",
	  "sys/class/block/sda -> ../../devices/sda\nsys/devices/sda/partition = 1\n" CMDLINE(
		  "root=/dev/sda"),
	  "root file system /dev/sda: unknown\n" },
	{ "names that are no devices", SATA CMDLINE("root=/dev/ resume=/dev/../sda"),
	  "root file system /dev/: unknown\nresume= /dev/../sda: unknown\n" },
	{ "empty names",
	  SATA UDEV("8:2", "E:ID_FS_UUID=\\nE:ID_FS_LABEL=")
		  CMDLINE("root=UUID= resume=LABEL=\"\""),
	  "root file system UUID=: unknown\nresume= LABEL=\"\": unknown\n" },
	{ "numbers that are none", SATA CMDLINE("root=8:2x resume=99999999999"),
	  "root file system 8:2x: unknown\nresume= 99999999999: unknown\n" },
	{ "what is no address",
	  DISK("sda", "8:0", "pci0000:00/1-1:1.0/2:0.0/00:01.0/0000:00:40.0/xx")
		  CMDLINE("root=/dev/sda"),
	  "root file system /dev/sda: unknown\n" },
	{ "records that are none",
	  SATA "run/udev/data/b = x\nrun/udev/data/b8 = x\nrun/udev/data/b8:2 /\n"
	       "run/udev/data/c8:2 = E:ID_FS_UUID=aa\n" CMDLINE("root=UUID=aa"),
	  "root file system UUID=aa: unknown\n" },
	{ "an open quote", SATA CMDLINE("root=\"/dev/sda2"),
	  "root file system /dev/sda2 quiet\\x0a: unknown\n" },
};

/* dm-0 on dm-1 on ... on a disk, and dm-0 on all of them at once. */
static void test_limits(void **state)
{
	const char disk[] = DISK("sda", "8:0", AHCI) CMDLINE("root=/dev/dm-0");
	static const struct {
		unsigned n;
		bool is_wide;
		const char *needs;
	} rows[] = {
		{ 20, false, "root file system /dev/dm-0: 0000:00:17.0\n" },
		{ 40, false, "root file system /dev/dm-0: unknown\n" },
		{ 300, true, "root file system /dev/dm-0: 0000:00:17.0\n" },
		{ 700, true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = NULL, *found;
		size_t size;
		FILE *stream = open_memstream(&text, &size);

		fputs(disk, stream);
		for (unsigned k = 0; k < rows[i].n; k++) {
			char next[16] = "sda";

			if (k + 1 < rows[i].n)
				snprintf(next, sizeof(next), "dm-%u", k + 1);
			fprintf(stream,
				"sys/class/block/dm-%u -> ../../devices/virtual/block/dm-%u\n",
				k, k);
			fprintf(stream, "sys/devices/virtual/block/dm-%u/slaves/%s = x\n",
				rows[i].is_wide ? 0 : k, next);
			if (rows[i].is_wide && k)
				fprintf(stream,
					"sys/devices/virtual/block/dm-%u/slaves/sda = x\n",
					k);
		}
		fclose(stream);
		found = needs_of(text);
		if (rows[i].needs)
			assert_string_equal(found, rows[i].needs);
		else /* a cut list never looks whole */
			assert_non_null(strstr(found, ": unknown\n"));
		free(found);
		free(text);
	}
}

/* Random bytes, in files longer than any kernel writes. */
static void test_noise(void **state)
{
	static const char *const files[] = {
		"proc/1/mountinfo", "proc/swaps",	  "etc/fstab",
		"etc/crypttab",	    "run/udev/data/b8:2", "sys/class/block/dm-0/dm/name",
		"proc/cmdline"
	};

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 40; round++) {
		char *text = NULL, *found;
		size_t size;
		FILE *stream = open_memstream(&text, &size);

		if (round % 2)
			fputs(SATA, stream);
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			static const char letters[] = " \t/\\x0,=:-\"#SEUID_abdmproot";
			unsigned length = round == 0 ? 100000 : 2000;

			if (i == 6 && round % 2)
				break;
			fprintf(stream, "%s = ", files[i]);
			for (unsigned k = 0; k < length; k++) {
				int c = letters[rand() % (sizeof(letters) - 1)];

				if (c == '0' && rand() % 2)
					fputs("\\n", stream);
				else
					fputc(c, stream);
			}
			fputc('\n', stream);
		}
		if (round % 2)
			fputs(CMDLINE("root=/dev/mapper/a resume=UUID=a"), stream);
		fclose(stream);
		found = needs_of(text);
		assert_null(strstr(found, ": 0000:"));
		assert_null(strstr(found, ": virtual\n"));
		free(found);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_noise),
	};

	return RUN_TABLE(running, test_needs) + RUN_TABLE(controllers, test_needs) +
	       RUN_TABLE(names, test_needs) + RUN_TABLE(damaged, test_needs) +
	       cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
