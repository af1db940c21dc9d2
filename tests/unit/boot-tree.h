/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of sysfs for the trees of the host/bootdisk tests, and the test of one row: a tree in, a
 * line for each need out. */
#pragma once

#include "host/bootdisk/bootdisk.h"
#include "tree.h"
#include "unit.h"

/* A disk with its number, its partition, a device made of others. */
#define BLOCK_(name, number, place)                                                      \
	"sys/class/block/" name " -> ../../devices/" place "\n"                          \
	"sys/dev/block/" number " -> ../../devices/" place "\n"                          \
	"sys/devices/" place "/dev = " number "\n"                                       \
	"sys/devices/" place "/size = 1000\n"
#define DISK(name, number, above) BLOCK_(name, number, above "/block/" name)
#define PART(disk, name, number, above)                                                  \
	BLOCK_(name, number, above "/block/" disk "/" name)                              \
	"sys/devices/" above "/block/" disk "/" name "/partition = 1\n"
#define VIRTUAL(name, number) DISK(name, number, "virtual")
#define SLAVE(name, slave)                                                               \
	"sys/devices/virtual/block/" name "/slaves/" slave " -> ../../../../x/" slave "\n"
#define UDEV(number, lines) "run/udev/data/b" number " = " lines "\n"
#define MOUNTINFO(lines) "proc/1/mountinfo = " lines "\n"
#define ROOT_ON(number, type, source)                                                    \
	"27 1 " number " / / rw,relatime shared:1 - " type " " source " rw\\n"
#define CMDLINE(text) "proc/cmdline = BOOT_IMAGE=/vmlinuz " text " quiet\n"

#define AHCI "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
#define AHCI2 "pci0000:00/0000:00:1c.0/0000:03:00.0/ata9/host8/target8:0:0/8:0:0:0"
#define NVME "pci0000:00/0000:00:06.0/0000:02:00.0/nvme/nvme0"
#define USB "pci0000:00/0000:00:14.0/usb2/2-3/2-3:1.0/host4/target4:0:0/4:0:0:0"
#define VIRTIO "pci0000:00/0000:00:02.0/virtio1"
#define VMD "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0"

#define SATA                                                                             \
	DISK("sda", "8:0", AHCI)                                                         \
	PART("sda", "sda1", "8:1", AHCI) PART("sda", "sda2", "8:2", AHCI)
#define SATA2 DISK("sdb", "8:16", AHCI2) PART("sdb", "sdb1", "8:17", AHCI2)

struct bootdisk_case {
	const char *name, *tree, *needs;
};

/* The needs of this tree's host, one line each; to be freed. */
char *needs_of(const char *text);
/* For RUN_TABLE() with rows of struct bootdisk_case. */
void test_needs(void **state);
