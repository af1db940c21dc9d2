/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tree.h"

/* A kernel, its image and the Boot Loader Specification's entry of both. */
#define ENTRY(name, version, more)                                                       \
	"lib/modules/" version " /\nboot/vmlinuz-" version " = k\n"                      \
	"boot/initrd-" version " = i\n"                                                  \
	"boot/loader/entries/" name ".conf = title Linux\\nversion " version             \
	"\\nlinux /vmlinuz-" version "\\ninitrd /initrd-" version                        \
	"\\noptions root=x quiet\\n" more "\n"

/* GRUB's menu with one entry, and the kernel that it starts. */
#define GRUB_TEXT                                                                        \
	"menuentry 'Debian' --class debian $menuentry_id_option 'simple' {\\n"           \
	"\tlinux\t/boot/vmlinuz-6.1 root=x ro quiet\\n\tinitrd\t/boot/initrd-6.1\\n}\\n"
#define GRUB_MENU                                                                        \
	"lib/modules/6.1 /\nboot/vmlinuz-6.1 = k\nboot/initrd-6.1 = i\n"                 \
	"boot/grub/grub.cfg = " GRUB_TEXT "\n"

/* An ESP that proxmox-boot-tool wrote, and that is mounted. */
#define ESP_DEVICE(id, device, at)                                                       \
	"dev/disk/by-uuid/" id " -> ../../" device "\ndev/" device " = \n"               \
	"sys/class/block/" device " -> ../../devices/a/block/" device "\n" at            \
	"/loader/loader.conf = timeout 3\\ndefault proxmox-*\\n\n"
#define MOUNTED(n, device, at) n " 1 8:" n " / /" at " rw - vfat /dev/" device " rw\\n"
#define ESP_ENTRY(at, v)                                                                 \
	"lib/modules/" v " /\n" at "/EFI/proxmox/" v "/vmlinuz-" v " = k\n" at           \
	"/EFI/proxmox/" v "/initrd.img-" v " = i\n" at "/loader/entries/proxmox-" v      \
	".conf = title Proxmox Virtual Environment\\nversion " v                         \
	"\\noptions root=x\\nlinux /EFI/proxmox/" v "/vmlinuz-" v                        \
	"\\ninitrd /EFI/proxmox/" v "/initrd.img-" v "\n"
#define PROXMOX_ESP(v)                                                                   \
	"etc/kernel/proxmox-boot-uuids = 1234-ABCD\\n\nsys/firmware/efi /\n" ESP_DEVICE( \
		"1234-ABCD", "sda2", "mnt1")                                             \
		ESP_ENTRY("mnt1", v) "proc/self/mountinfo = " MOUNTED("2", "sda2",       \
								      "mnt1") "\n"
#define PROXMOX_ESPS                                                                     \
	"etc/kernel/proxmox-boot-uuids = 1234-ABCD\\n9999-9999\\n5678-EF01\\n\n"         \
	"sys/firmware/efi /\n" ESP_DEVICE("1234-ABCD", "sda2", "mnt1")                   \
		ESP_DEVICE("5678-EF01", "sdb2", "mnt2") ESP_ENTRY("mnt1", "6.8")         \
			ESP_ENTRY("mnt2",                                                \
				  "6.5") "proc/self/mountinfo = " MOUNTED("2", "sda2",   \
									  "mnt1")        \
				MOUNTED("3", "sdb2", "mnt2") "\n"
