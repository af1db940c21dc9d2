// SPDX-License-Identifier: GPL-2.0-or-later
/* Encrypted roots lead to the keyboard that the passphrase is typed on, or to the key's device. */
#include "network-tree.h"

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
	return RUN_TABLE(keyboards, test_needs);
}
