// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card is claimed when it may be, and otherwise refused for the right reason. Each finding
 * has a case that causes it and a twin that differs in one fact and lacks it.
 */
#include "hold.h"
#include "unit.h"

#include "decide/judge.h"
#include "decide/plan.h"

#include <stdio.h>

/* The machine's defects. */
enum flaw {
	IR_OFF = 1 << 0,
	IR_UNKNOWN = 1 << 1,
	UNSAFE = 1 << 2,
	NEEDS_UNKNOWN = 1 << 3,
	DIRECT = 1 << 4, /* group 12 has a region that must be mapped one to one */
	DIRECT_UNKNOWN = 1 << 5,
	OF_AMD = 1 << 6,
	FRAMEBUFFER_DEVICE = 1 << 7, /* the firmware framebuffer's own device has a driver */
	FOR_NEXT_BOOT = 1 << 8,
	GROUP_HAS_STRANGER = 1 << 9, /* a member that the scan did not find */
	GROUP_IS_EMPTY = 1 << 10,    /* the members cannot be listed */
	IR_LATE = 1 << 11,	     /* known with the first message interrupt */
};

struct judge_case {
	const char *name;
	const char *config;
	const struct function *functions;
	size_t n_functions;
	unsigned flaws;
	const char *verdicts; /* "claim refuse": one word for each line of the configuration */
	const char *findings; /* as findings_to_text(); NULL: none */
	const char *says;     /* a part of the first finding's text */
	const char *kernel;   /* NULL: 6.1 */
};

#define FUNCTIONS(...)                                                                   \
	(const struct function[]){ __VA_ARGS__ },                                        \
		sizeof((const struct function[]){ __VA_ARGS__ }) / sizeof(struct function)
#define DISPLAY(...) FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12, __VA_ARGS__)
#define AUDIO FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12)
#define CARD DISPLAY(), AUDIO
/* A function in the card's group and in a slot of its own. */
#define OTHER(class, ...) FUNCTION(2, 0, 0, 0x1b21, 0x2142, class, 12, __VA_ARGS__)
#define BRIDGE(group, ...)                                                               \
	FUNCTION(0, 1, 0, 0x8086, 0x1901, 0x060400, group, .caps.header_type = 1,        \
		 __VA_ARGS__)
#define BOUND(name) .driver_fact = FACT_KNOWN, .driver = TEXT(name)
#define RIVAL(name) .rivals = { (char *[]){ TEXT(name) }, 1 }
#define NEEDED .is_needed = true, .used_for = TEXT("root file system")

#define GPU "gpu = 01:00.0\n"
#define BOTH "gpu = 01:00.0\ngpu = 02:00.0\n"
#define WARN "interrupt-remapping = warn\n"
#define ALL "shared-group = claim-all\n"
#define ONLY "shared-group = gpu-only\n"
#define UNBIND "attached-driver = unbind\n"
#define ALLOW "boot-display = allow\n"

#define SHARED "error GROUP_SHARED 0000:01:00.0\n"
#define HOLDS_DISK "error GROUP_HOLDS_BOOT_DISK 0000:01:00.0\n"
#define HOLDS_NETWORK "error GROUP_HOLDS_NETWORK 0000:01:00.0\n"

static const struct judge_case interrupts[] = {
	{ "remapped", GPU, FUNCTIONS(CARD, BMC_DISPLAY), 0, "claim" },
	{ "remapping off", GPU, FUNCTIONS(CARD, BMC_DISPLAY), IR_OFF, "refuse",
	  "error IRQ_REMAP_OFF 0000:01:00.0\n", "is off" },
	{ "remapping off, warn", GPU WARN, FUNCTIONS(CARD, BMC_DISPLAY), IR_OFF, "claim",
	  "warning IRQ_REMAP_OFF 0000:01:00.0\n", "is off" },
	{ "remapping unknown", GPU, FUNCTIONS(CARD, BMC_DISPLAY), IR_UNKNOWN, "refuse",
	  "error IRQ_REMAP_OFF 0000:01:00.0\n", "cannot be read" },
	{ "remapping unknown, warn", GPU WARN, FUNCTIONS(CARD, BMC_DISPLAY), IR_UNKNOWN,
	  "claim", "warning IRQ_REMAP_OFF 0000:01:00.0\n", "cannot be read" },
	{ "remapping known later", GPU, FUNCTIONS(CARD, BMC_DISPLAY), IR_LATE, "claim",
	  "warning FACT_UNKNOWN /sys/kernel/irq\n", "verify" },
	{ "remapping on, warn: nothing to say", GPU WARN, FUNCTIONS(CARD, BMC_DISPLAY), 0,
	  "claim" },
	{ "unsafe interrupts allowed", GPU, FUNCTIONS(CARD, BMC_DISPLAY), UNSAFE, "claim",
	  "warning UNSAFE_INTERRUPTS 0000:01:00.0\n" },
	{ "unsafe interrupts allowed, and remapping off", GPU,
	  FUNCTIONS(CARD, BMC_DISPLAY), UNSAFE | IR_OFF, "refuse",
	  "warning UNSAFE_INTERRUPTS 0000:01:00.0\nerror IRQ_REMAP_OFF 0000:01:00.0\n" },
};

static const struct judge_case groups[] = {
	/* Blocking members: a driver is bound, one will bind, or the driver is unknown. */
	{ "bound", GPU, FUNCTIONS(CARD, OTHER(0x0c0330, BOUND("xhci_hcd")), BMC_DISPLAY),
	  0, "refuse", SHARED,
	  "group 12 also holds 0000:02:00.0, 1b21:2142 class 0c03: driver "
	  "xhci_hcd is bound to it" },
	{ "a rival would take it", GPU,
	  FUNCTIONS(CARD, OTHER(0x0c0330, RIVAL("xhci_pci")), BMC_DISPLAY), 0, "refuse",
	  SHARED, "driver module xhci_pci would bind to it" },
	{ "no modalias: unknown", GPU,
	  FUNCTIONS(CARD, OTHER(0x0c0330, .modalias = NULL), BMC_DISPLAY), 0, "refuse",
	  SHARED, "is not known" },
	{ "driver unreadable", GPU,
	  FUNCTIONS(CARD, OTHER(0x0c0330, .driver_fact = FACT_UNREADABLE), BMC_DISPLAY),
	  0, "refuse", SHARED, "is not known" },
	{ "not read", GPU, FUNCTIONS(CARD, OTHER(0x0c0330, .detailed = false), BMC_DISPLAY),
	  0, "refuse", SHARED },
	{ "what the host uses it for is told", GPU,
	  FUNCTIONS(CARD,
		    OTHER(0x0c0330, BOUND("xhci_hcd"), .used_for = TEXT("USB keyboard")),
		    BMC_DISPLAY),
	  0, "refuse", SHARED, "driver xhci_hcd is bound to it, used for: USB keyboard" },
	/* Harmless members. */
	{ "nothing drives it", GPU, FUNCTIONS(CARD, OTHER(0x0c0330), BMC_DISPLAY), 0,
	  "claim" },
	{ "vfio-pci has it", GPU,
	  FUNCTIONS(CARD, OTHER(0x0c0330, BOUND("vfio-pci"), RIVAL("xhci_pci")), BMC_DISPLAY),
	  0, "claim" },
	{ "pci-stub has it", GPU,
	  FUNCTIONS(CARD, OTHER(0x0c0330, BOUND("pci-stub"), RIVAL("xhci_pci")), BMC_DISPLAY),
	  0, "claim" },
	{ "in another group", GPU,
	  FUNCTIONS(CARD, FUNCTION(2, 0, 0, 0x1b21, 0x2142, 0x0c0330, 13, BOUND("xhci_hcd")),
		    BMC_DISPLAY),
	  0, "claim" },
	{ "a host bridge", GPU, FUNCTIONS(CARD, OTHER(0x060000), BMC_DISPLAY), 0, "claim" },
	{ "a bridge without driver", GPU, FUNCTIONS(BRIDGE(12), CARD, BMC_DISPLAY), 0,
	  "claim" },
	{ "a port on pcieport", GPU,
	  FUNCTIONS(BRIDGE(12, BOUND("pcieport")), CARD, BMC_DISPLAY), 0, "claim" },
	/* drivers/vfio/vfio.c before 5.19 skips bridges; later shpchp counts. */
	{ "shpchp on 6.1", GPU, FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY),
	  0, "refuse", "error GROUP_BRIDGE_DRIVER 0000:01:00.0\n",
	  "whose driver shpchp VFIO does not accept" },
	{ "shpchp on 5.10", GPU, FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY),
	  0, "claim", NULL, NULL, "5.10.0-28-amd64" },
	{ "shpchp on 5.18", GPU, FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY),
	  0, "claim", NULL, NULL, "5.18.19" },
	{ "shpchp on 5.19", GPU,
	  FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY), 0, "refuse",
	  "error GROUP_BRIDGE_DRIVER 0000:01:00.0\n", NULL, "5.19.0-21-generic" },
	{ "shpchp, gpu-only", GPU ONLY,
	  FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY), 0, "claim",
	  "warning GROUP_BRIDGE_DRIVER 0000:01:00.0\n" },
	{ "shpchp on a kernel of no known release", GPU,
	  FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY), 0, "refuse",
	  "error GROUP_BRIDGE_DRIVER 0000:01:00.0\n", NULL, "mainline" },
	/* The kernel decides by the header, not by the class: an ISA bridge is an endpoint. */
	{ "an ISA bridge with a driver on 5.10", GPU,
	  FUNCTIONS(CARD, OTHER(0x060100, BOUND("lpc_ich")), BMC_DISPLAY), 0, "refuse",
	  "error GROUP_SHARED 0000:01:00.0\n", NULL, "5.10.0-28-amd64" },
	{ "an ISA bridge that a module will take", GPU,
	  FUNCTIONS(CARD, OTHER(0x060100, RIVAL("lpc_ich")), BMC_DISPLAY), 0, "refuse",
	  "error GROUP_SHARED 0000:01:00.0\n" },
	{ "an ISA bridge that nothing drives", GPU,
	  FUNCTIONS(CARD, OTHER(0x060100), BMC_DISPLAY), 0, "claim" },
	/* Losses of the host. */
	{ "the boot disk", GPU,
	  FUNCTIONS(CARD, OTHER(0x010802, BOUND("nvme"), NEEDED), BMC_DISPLAY), 0,
	  "refuse", HOLDS_DISK, "driver nvme is bound to it, used for: root file system" },
	{ "the boot disk's USB controller", GPU,
	  FUNCTIONS(CARD, OTHER(0x0c0330, RIVAL("xhci_pci"), NEEDED), BMC_DISPLAY), 0,
	  "refuse", HOLDS_DISK },
	{ "another disk", GPU, FUNCTIONS(CARD, OTHER(0x010802, BOUND("nvme")), BMC_DISPLAY),
	  0, "refuse", SHARED },
	{ "a disk, and it is not known what the host boots from", GPU,
	  FUNCTIONS(CARD, OTHER(0x010802, BOUND("nvme")), BMC_DISPLAY), NEEDS_UNKNOWN,
	  "refuse", HOLDS_DISK },
	{ "a disk that nothing drives", GPU,
	  FUNCTIONS(CARD, OTHER(0x010802), BMC_DISPLAY), 0, "claim" },
	{ "a network card", GPU, FUNCTIONS(CARD, OTHER(0x020000, BOUND("igb")), BMC_DISPLAY),
	  0, "refuse", HOLDS_NETWORK },
	{ "wireless", GPU, FUNCTIONS(CARD, OTHER(0x028000, RIVAL("iwlwifi")), BMC_DISPLAY),
	  0, "refuse", HOLDS_NETWORK },
	{ "a network card that nothing drives", GPU,
	  FUNCTIONS(CARD, OTHER(0x020000), BMC_DISPLAY), 0, "claim" },
	/* Policies */
	{ "gpu-only: said, and claimed", GPU ONLY,
	  FUNCTIONS(CARD, OTHER(0x0c0330, BOUND("xhci_hcd")), BMC_DISPLAY), 0, "claim",
	  "warning GROUP_SHARED 0000:01:00.0\n" },
	{ "claim-all", GPU ALL,
	  FUNCTIONS(CARD, OTHER(0x0c0330, RIVAL("xhci_pci")), BMC_DISPLAY), 0, "claim" },
	{ "claim-all, never storage", GPU ALL,
	  FUNCTIONS(CARD, OTHER(0x010802, RIVAL("nvme")), BMC_DISPLAY), 0, "refuse",
	  SHARED },
	{ "claim-all, never the network", GPU ALL,
	  FUNCTIONS(CARD, OTHER(0x020000, RIVAL("igb")), BMC_DISPLAY), 0, "refuse",
	  HOLDS_NETWORK },
	{ "claim-all, never what the host needs", GPU ALL,
	  FUNCTIONS(CARD, OTHER(0x0c0330, RIVAL("xhci_pci"), NEEDED), BMC_DISPLAY), 0,
	  "refuse", HOLDS_DISK },
	{ "claim-all, never a bridge", GPU ALL,
	  FUNCTIONS(BRIDGE(12, BOUND("shpchp")), CARD, BMC_DISPLAY), 0, "refuse",
	  "error GROUP_BRIDGE_DRIVER 0000:01:00.0\n" },
	/* Two cards of one group */
	{ "one of two cards", GPU,
	  FUNCTIONS(CARD, OTHER(0x030000, RIVAL("nouveau")), BMC_DISPLAY), 0, "refuse",
	  SHARED },
	{ "both cards", BOTH,
	  FUNCTIONS(CARD, OTHER(0x030000, RIVAL("nouveau")), BMC_DISPLAY), 0,
	  "claim claim" },
	{ "both, but the second is refused: so is the first", BOTH,
	  FUNCTIONS(DISPLAY(RIVAL("nouveau")),
		    OTHER(0x030000, RIVAL("nouveau"), BOUND("nouveau")), BMC_DISPLAY),
	  0, "refuse refuse",
	  "error GROUP_SHARED 0000:01:00.0\n"
	  "error GROUP_SHARED 0000:02:00.0\nerror DRIVER_ATTACHED 0000:02:00.0\n" },
	{ "both, but the first is refused: so is the second", BOTH,
	  FUNCTIONS(DISPLAY(BOUND("nouveau")), OTHER(0x030000, RIVAL("nouveau")),
		    BMC_DISPLAY),
	  0, "refuse refuse",
	  "error GROUP_SHARED 0000:01:00.0\nerror DRIVER_ATTACHED 0000:01:00.0\n"
	  "error GROUP_SHARED 0000:02:00.0\n" },
	{ "two cards in groups of their own: one refused, one claimed", BOTH,
	  FUNCTIONS(CARD, FUNCTION(2, 0, 0, 0x10de, 0x2206, 0x030000, 13, BOUND("nouveau")),
		    BMC_DISPLAY),
	  0, "claim refuse", "error DRIVER_ATTACHED 0000:02:00.0\n" },
	/* Incomplete facts */
	{ "a member that was not found", GPU, FUNCTIONS(CARD, BMC_DISPLAY),
	  GROUP_HAS_STRANGER, "refuse", "error GROUP_SHARED 0000:01:00.0\n",
	  "cannot be read" },
	{ "members that cannot be listed", GPU, FUNCTIONS(CARD, BMC_DISPLAY),
	  GROUP_IS_EMPTY, "refuse", "error GROUP_SHARED 0000:01:00.0\n", "cannot be read" },
};

#define DIRECT_ERROR "error RESERVED_DIRECT 0000:01:00.0\n"
#define DIRECT_WARNING "warning RESERVED_DIRECT 0000:01:00.0\n"

static const struct judge_case regions[] = {
	{ "Intel, 6.1", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT, "refuse", DIRECT_ERROR,
	  "group 12" },
	{ "Intel, 5.10", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT, "refuse",
	  DIRECT_ERROR, NULL, "5.10.0-28-amd64" },
	{ "Intel, 6.6", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT, "refuse", DIRECT_ERROR,
	  NULL, "6.6.3" },
	{ "AMD, 6.1: a warning", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT | OF_AMD,
	  "claim", DIRECT_WARNING, "refuses such a group from Linux 6.6 on" },
	{ "AMD, 6.5", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT | OF_AMD, "claim",
	  DIRECT_WARNING, NULL, "6.5.13" },
	{ "AMD, 6.6", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT | OF_AMD, "refuse",
	  DIRECT_ERROR, NULL, "6.6.0" },
	{ "AMD, 7.3", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT | OF_AMD, "refuse",
	  DIRECT_ERROR, NULL, "7.3.4" },
	{ "AMD, a kernel of no known release", GPU, FUNCTIONS(CARD, BMC_DISPLAY),
	  DIRECT | OF_AMD, "refuse", DIRECT_ERROR, NULL, "mainline" },
	{ "no such region", GPU, FUNCTIONS(CARD, BMC_DISPLAY), 0, "claim" },
	{ "not readable", GPU, FUNCTIONS(CARD, BMC_DISPLAY), DIRECT_UNKNOWN, "refuse",
	  DIRECT_ERROR, "cannot be read" },
};

#define DISK "device = 06:00.0\n"
#define NVME(...) FUNCTION(6, 0, 0, 0x144d, 0xa808, 0x010802, 14, __VA_ARGS__)

static const struct judge_case disks[] = {
	{ "the boot disk", DISK, FUNCTIONS(NVME(NEEDED)), 0, "refuse",
	  "error BOOT_DISK 0000:06:00.0\n", "root file system" },
	{ "another disk", DISK, FUNCTIONS(NVME()), 0, "claim" },
	{ "a disk, and it is not known what the host boots from", DISK, FUNCTIONS(NVME()),
	  NEEDS_UNKNOWN, "refuse", "error BOOT_DISK 0000:06:00.0\n", "is not known" },
	{ "a USB controller, and it is not known what the host boots from", DISK,
	  FUNCTIONS(FUNCTION(6, 0, 0, 0x1b21, 0x2142, 0x0c0330, 14)), NEEDS_UNKNOWN,
	  "refuse", "error BOOT_DISK 0000:06:00.0\n", "is not known" },
	{ "the network, and it is not known what the host boots from", DISK,
	  FUNCTIONS(FUNCTION(6, 0, 0, 0x8086, 0x1533, 0x020000, 14)), NEEDS_UNKNOWN,
	  "refuse", "error BOOT_DISK 0000:06:00.0\n" },
	{ "sound, and it is not known what the host boots from", DISK,
	  FUNCTIONS(FUNCTION(6, 0, 0, 0x1102, 0x0012, 0x040300, 14)), NEEDS_UNKNOWN,
	  "claim" },
	{ "the card's own USB controller, and it is not known what the host boots from", GPU,
	  FUNCTIONS(DISPLAY(), FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12), BMC_DISPLAY),
	  NEEDS_UNKNOWN, "claim" },
	{ "a USB controller with the boot disk", DISK,
	  FUNCTIONS(FUNCTION(6, 0, 0, 0x1b21, 0x2142, 0x0c0330, 14, NEEDED)), 0, "refuse",
	  "error BOOT_DISK 0000:06:00.0\n" },
	{ "the card's own USB controller with the boot disk", GPU,
	  FUNCTIONS(DISPLAY(), FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12, NEEDED),
		    BMC_DISPLAY),
	  0, "refuse", "error BOOT_DISK 0000:01:00.2\n" },
};

#define DARK "info FIRMWARE_FRAMEBUFFER 0000:01:00.0\n"
#define HAS_FB .has_firmware_framebuffer = true

static const struct judge_case displays[] = {
	{ "the only display", GPU, FUNCTIONS(CARD), 0, "refuse",
	  "error BOOT_DISPLAY 0000:01:00.0\n", "without a display" },
	{ "the only display, allowed", GPU ALLOW, FUNCTIONS(CARD), 0, "claim",
	  "warning BOOT_DISPLAY 0000:01:00.0\n", "without a display" },
	{ "one of two", GPU, FUNCTIONS(CARD, BMC_DISPLAY), 0, "claim" },
	{ "both of two: one stays with the host", "gpu = 01:00.0\ngpu = 1e:00.0\n",
	  FUNCTIONS(CARD, BMC_DISPLAY), 0, "claim refuse",
	  "info FIRMWARE_FRAMEBUFFER 0000:1e:00.0\nerror BOOT_DISPLAY 0000:1e:00.0\n" },
	{ "both of two, the other way round", "gpu = 1e:00.0\ngpu = 01:00.0\n",
	  FUNCTIONS(CARD, BMC_DISPLAY), 0, "refuse claim",
	  "info FIRMWARE_FRAMEBUFFER 0000:1e:00.0\nerror BOOT_DISPLAY 0000:1e:00.0\n" },
	{ "both of two, allowed", "gpu = 01:00.0\ngpu = 1e:00.0\n" ALLOW,
	  FUNCTIONS(CARD, BMC_DISPLAY), 0, "claim claim",
	  "info FIRMWARE_FRAMEBUFFER 0000:1e:00.0\nwarning BOOT_DISPLAY 0000:1e:00.0\n" },
	{ "boot display, but not the only one", GPU,
	  FUNCTIONS(DISPLAY(.boot_vga_fact = FACT_KNOWN, .is_boot_vga = true), AUDIO,
		    BMC_DISPLAY),
	  0, "claim", DARK, "goes dark" },
	{ "a framebuffer that vfio-pci releases", GPU,
	  FUNCTIONS(DISPLAY(HAS_FB), AUDIO, BMC_DISPLAY), FRAMEBUFFER_DEVICE, "claim",
	  DARK, "(firmware framebuffer)" },
	{ "a framebuffer on 5.10", GPU, FUNCTIONS(DISPLAY(HAS_FB), AUDIO, BMC_DISPLAY),
	  FRAMEBUFFER_DEVICE, "claim", "warning FIRMWARE_FRAMEBUFFER 0000:01:00.0\n",
	  "the agent does", "5.10.0-28-amd64" },
	{ "a framebuffer on a 3D controller", GPU,
	  FUNCTIONS(FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x038000, 12, HAS_FB), AUDIO,
		    BMC_DISPLAY),
	  FRAMEBUFFER_DEVICE, "claim", "warning FIRMWARE_FRAMEBUFFER 0000:01:00.0\n",
	  "the agent does" },
	{ "a framebuffer whose device nobody drives, on 5.10", GPU,
	  FUNCTIONS(DISPLAY(HAS_FB), AUDIO, BMC_DISPLAY), 0, "claim", DARK, NULL,
	  "5.10.0-28-amd64" },
	{ "the other display has the framebuffer", GPU,
	  FUNCTIONS(CARD, FUNCTION(2, 0, 0, 0x8086, 0x3e92, 0x030000, 13, HAS_FB)),
	  FRAMEBUFFER_DEVICE, "claim" },
	{ "no way to reset it", GPU,
	  FUNCTIONS(DISPLAY(.features.reset_fact = FACT_KNOWN), AUDIO, BMC_DISPLAY), 0,
	  "claim", "info RESET_NONE 0000:01:00.0\n" },
	{ "a way to reset it", GPU,
	  FUNCTIONS(DISPLAY(.features = { FACT_KNOWN, "bus" }), AUDIO, BMC_DISPLAY), 0,
	  "claim" },
	{ "whether it can be reset is unknown", GPU,
	  FUNCTIONS(DISPLAY(.features.reset_fact = FACT_UNREADABLE), AUDIO, BMC_DISPLAY),
	  0, "claim" },
};

#define ATTACHED "error DRIVER_ATTACHED 0000:01:00.0\n"

static const struct judge_case drivers[] = {
	{ "nouveau, now", GPU, FUNCTIONS(DISPLAY(BOUND("nouveau")), AUDIO, BMC_DISPLAY),
	  0, "refuse", ATTACHED, "nouveau" },
	{ "nouveau, now, unbind", GPU UNBIND,
	  FUNCTIONS(DISPLAY(BOUND("nouveau")), AUDIO, BMC_DISPLAY), 0, "claim",
	  "warning DRIVER_ATTACHED 0000:01:00.0\n", "a claim unbinds it" },
	{ "nouveau as a module, next boot", GPU,
	  FUNCTIONS(DISPLAY(BOUND("nouveau")), AUDIO, BMC_DISPLAY), FOR_NEXT_BOOT, "claim" },
	{ "a built-in driver, next boot", GPU,
	  FUNCTIONS(DISPLAY(BOUND("nouveau"), .is_driver_builtin = true), AUDIO, BMC_DISPLAY),
	  FOR_NEXT_BOOT, "refuse", ATTACHED },
	{ "built-in xhci, next boot", GPU,
	  FUNCTIONS(DISPLAY(),
		    FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12, BOUND("xhci_hcd"),
			     .is_driver_builtin = true),
		    BMC_DISPLAY),
	  FOR_NEXT_BOOT, "claim", "warning DRIVER_ATTACHED 0000:01:00.2\n" },
	{ "vfio-pci already", GPU,
	  FUNCTIONS(DISPLAY(BOUND("vfio-pci")), AUDIO, BMC_DISPLAY), 0, "claim" },
	{ "unreadable, next boot too", GPU,
	  FUNCTIONS(DISPLAY(.driver_fact = FACT_UNREADABLE), AUDIO, BMC_DISPLAY),
	  FOR_NEXT_BOOT, "refuse", ATTACHED, "cannot be read" },
};

#define UNKNOWN .identity_fact = FACT_UNREADABLE, .id = { 0, 0 }, .class = 0
#define LEFT "warning SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n"

static const struct judge_case slots[] = {
	{ "a function of the slot that cannot be read", GPU,
	  FUNCTIONS(DISPLAY(), FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12, UNKNOWN),
		    BMC_DISPLAY),
	  0, "refuse", LEFT "error SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n" },
	{ "the display itself cannot be read in full", GPU,
	  FUNCTIONS(DISPLAY(.identity_fact = FACT_UNREADABLE), AUDIO, BMC_DISPLAY), 0,
	  "refuse", "error SLOT_HAS_HOST_FUNCTIONS 0000:01:00.0\n" },
	{ "a function of another slot that cannot be read", GPU,
	  FUNCTIONS(CARD, FUNCTION(2, 0, 0, 0, 0, 0, 13, UNKNOWN), BMC_DISPLAY), 0,
	  "claim" },
	{ "a security processor in the slot and group", GPU,
	  FUNCTIONS(DISPLAY(), FUNCTION(1, 0, 2, 0x1022, 0x15df, 0x108000, 12, BOUND("ccp")),
		    BMC_DISPLAY),
	  0, "refuse", LEFT "error GROUP_SHARED 0000:01:00.0\n" },
	{ "a security processor in the slot, in a group of its own", GPU,
	  FUNCTIONS(DISPLAY(), FUNCTION(1, 0, 2, 0x1022, 0x15df, 0x108000, 13, BOUND("ccp")),
		    BMC_DISPLAY),
	  0, "claim", LEFT },
};

static void make_machine(const struct judge_case *test, struct group *in_groups, size_t n,
			 struct snapshot *machine)
{
	static const struct iommu on = IOMMU_ON;

	machine->kernel = (char *)(test->kernel ? test->kernel : "6.1.0-56-amd64");
	machine->functions = (struct function *)test->functions;
	machine->n_functions = test->n_functions;
	machine->groups = in_groups;
	machine->n_groups = n;
	machine->needs_fact = test->flaws & NEEDS_UNKNOWN ? FACT_UNREADABLE : FACT_KNOWN;
	machine->framebuffer_device =
		test->flaws & FRAMEBUFFER_DEVICE ? (char *)"efi-framebuffer.0" : NULL;
	machine->framebuffer_driver =
		test->flaws & FRAMEBUFFER_DEVICE ? (char *)"efi-framebuffer" : NULL;
	machine->iommu = on;
	if (test->flaws & OF_AMD)
		machine->iommu.kind = IOMMU_AMD;
	if (test->flaws & (IR_OFF | IR_UNKNOWN | IR_LATE))
		machine->iommu.has_irq_remapping = false;
	machine->iommu.is_irq_chip_late = test->flaws & IR_LATE;
	if (test->flaws & (IR_UNKNOWN | IR_LATE))
		machine->iommu.irq_fact = FACT_ABSENT;
	machine->iommu.has_unsafe_interrupts = test->flaws & UNSAFE;
	for (size_t i = 0; i < n; i++)
		in_groups[i].reserved_fact = FACT_KNOWN;
	if (test->flaws & DIRECT_UNKNOWN)
		in_groups[0].reserved_fact = FACT_UNREADABLE;
	in_groups[0].has_reserved_direct = test->flaws & DIRECT;
	in_groups[0].n_unknown = !!(test->flaws & GROUP_HAS_STRANGER);
}

static void test_judge(void **state)
{
	const struct judge_case *test = *state;
	struct group in_groups[] = { { 12 }, { 13 }, { 14 }, { 30 } };
	struct snapshot bare = {};
	CLEANUP(config_done) struct config config = config_from(test->config, NULL);
	CLEANUP(machine_done) struct snapshot machine = {};
	CLEANUP(plan_done) struct plan plan = {};
	_cleanup_free_ char *findings = NULL;
	char verdicts[32] = "";

	config.is_for_next_boot = test->flaws & FOR_NEXT_BOOT;
	make_machine(test, in_groups, ARRAY_SIZE(in_groups), &bare);
	machine = machine_join_groups(&bare);
	if (test->flaws & GROUP_IS_EMPTY)
		machine.groups[0].n_members = 0;
	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	for (size_t i = 0; i < plan.n_targets; i++)
		snprintf(verdicts + strlen(verdicts), sizeof(verdicts) - strlen(verdicts),
			 "%s%s", i ? " " : "",
			 plan.targets[i].verdict == VERDICT_CLAIM ? "claim" : "refuse");
	findings = findings_to_text(&plan.findings);
	assert_string_equal(findings, test->findings ? test->findings : "");
	assert_string_equal(verdicts, test->verdicts);
	if (test->says && !strstr(plan.findings.items[0].text, test->says))
		fail_msg("'%s' is not in '%s'", test->says, plan.findings.items[0].text);
	check_release_and_hold(&config, &machine);
}

/* Last: every code that this file causes. */
static void test_held_codes(void **state)
{
	static const enum finding_code held[] = {
		FINDING_IRQ_REMAP_OFF,
		FINDING_GROUP_SHARED,
		FINDING_GROUP_HOLDS_BOOT_DISK,
		FINDING_GROUP_HOLDS_NETWORK,
		FINDING_GROUP_BRIDGE_DRIVER,
		FINDING_RESERVED_DIRECT,
		FINDING_SLOT_HAS_HOST_FUNCTIONS,
		FINDING_DRIVER_ATTACHED,
		FINDING_COUNT_,
	};
	static const enum finding_code never[] = {
		FINDING_BOOT_DISK,
		FINDING_BOOT_DISPLAY,
		FINDING_COUNT_,
	};

	(void)state;
	check_held_codes(held, never);
}

/* claim-all claims the group's endpoints, except harmless ones. */
static void test_claim_all(void **state)
{
	const struct function functions[] = {
		BRIDGE(12, BOUND("pcieport")),
		CARD,
		OTHER(0x0c0330, RIVAL("xhci_pci")),
		FUNCTION(3, 0, 0, 0x1022, 0x1300, 0x130000, 12), /* nothing drives it */
		FUNCTION(4, 0, 0, 0x1b21, 0x2142, 0x0c0330, 12, BOUND("vfio-pci")),
		BMC_DISPLAY,
	};
	const struct judge_case test = { .functions = functions,
					 .n_functions = ARRAY_SIZE(functions) };
	struct group in_groups[] = { { 12 }, { 30 } };
	struct snapshot bare = {};
	CLEANUP(config_done) struct config config = config_from(GPU ALL, NULL);
	CLEANUP(machine_done) struct snapshot machine = {};
	CLEANUP(plan_done) struct plan plan = {};

	(void)state;
	make_machine(&test, in_groups, ARRAY_SIZE(in_groups), &bare);
	machine = machine_join_groups(&bare);
	assert_int_equal(plan_make(&config, &machine, &plan), 0);
	assert_int_equal(plan.targets[0].n_functions, 3);
	assert_int_equal(plan.targets[0].functions[2], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claim_all),
		cmocka_unit_test(test_held_codes),
	};

	return RUN_TABLE(interrupts, test_judge) + RUN_TABLE(groups, test_judge) +
	       RUN_TABLE(regions, test_judge) + RUN_TABLE(disks, test_judge) +
	       RUN_TABLE(displays, test_judge) + RUN_TABLE(drivers, test_judge) +
	       RUN_TABLE(slots, test_judge) +
	       cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
