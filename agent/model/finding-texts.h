/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists the codes of findings, then the text and the remedy of every finding in the same order. Holds no
 * logic.
 *
 * SAY_X is a whole finding: its code, its remedy (or NULL) and the format of its text, in the
 * order in which findings_add() takes them. TEXT_X and REMEDY_X stand alone where the code
 * chooses or computes the other half. CLAUSE_X and WRONG_X are parts of a text.
 */
#pragma once

/* Code and default severity. The words are a contract with reports, manuals and users' scripts. */
#define FINDING_CODES(X)                                                                 \
	X(IOMMU_OFF_FIRMWARE, ERROR)                                                     \
	X(IOMMU_OFF_KERNEL, ERROR)                                                       \
	X(IOMMU_NOT_READY, ERROR)                                                        \
	X(IOMMU_NOIOMMU, ERROR)                                                          \
	X(IRQ_REMAP_OFF, ERROR)                                                          \
	X(UNSAFE_INTERRUPTS, WARNING)                                                    \
	X(GROUP_SHARED, ERROR)                                                           \
	X(GROUP_HOLDS_BOOT_DISK, ERROR)                                                  \
	X(GROUP_HOLDS_NETWORK, ERROR)                                                    \
	X(GROUP_BRIDGE_DRIVER, ERROR)                                                    \
	X(RESERVED_DIRECT, ERROR)                                                        \
	X(ACS_OVERRIDE, WARNING)                                                         \
	X(GPU_NOT_FOUND, ERROR)                                                          \
	X(GPU_AWAITED, INFO)                                                             \
	X(GPU_CHANGED, ERROR)                                                            \
	X(GPU_MOVED, INFO)                                                               \
	X(GPU_AMBIGUOUS, ERROR)                                                          \
	X(NOT_A_GPU, ERROR)                                                              \
	X(VIRTUAL_FUNCTION, ERROR)                                                       \
	X(VF_NOT_CREATED, ERROR)                                                         \
	X(VF_NOT_TAKEN, ERROR)                                                           \
	X(VF_IN_USE, ERROR)                                                              \
	X(CARD_REFUSED, ERROR)                                                           \
	X(REMOVABLE, WARNING)                                                            \
	X(SLOT_HAS_HOST_FUNCTIONS, WARNING)                                              \
	X(BOOT_DISK, ERROR)                                                              \
	X(USB_IN_USE, WARNING)                                                           \
	X(BOOT_DISPLAY, ERROR)                                                           \
	X(FIRMWARE_FRAMEBUFFER, WARNING)                                                 \
	X(NOT_HELD, WARNING)                                                             \
	X(FRAMEBUFFER_IN_BAR, ERROR)                                                     \
	X(DRIVER_ATTACHED, ERROR)                                                        \
	X(CARD_IN_USE, ERROR)                                                            \
	X(CARD_RELEASED, INFO)                                                           \
	X(UNBIND_TIMEOUT, ERROR)                                                         \
	X(MODULE_MISSING, ERROR)                                                         \
	X(MODULE_REJECTED, ERROR)                                                        \
	X(WIDER_CLAIM, ERROR)                                                            \
	X(PROBE_FAILED, ERROR)                                                           \
	X(SETTING_REFUSED, WARNING)                                                      \
	X(CLAIM_LOST, ERROR)                                                             \
	X(RIVAL_BOUND, ERROR)                                                            \
	X(LEFTOVER_CONFIG, INFO)                                                         \
	X(IMAGE_STALE, WARNING)                                                          \
	X(IMAGE_WITHOUT_AGENT, WARNING)                                                  \
	X(CONFIG_INVALID, ERROR)                                                         \
	X(CMDLINE_INVALID, ERROR)                                                        \
	X(MODE_OFF, INFO)                                                                \
	X(CRASH_KERNEL, INFO)                                                            \
	X(DEADLINE, ERROR)                                                               \
	X(TRIAL_SPENT, ERROR)                                                            \
	X(TRIAL_UNAVAILABLE, WARNING)                                                    \
	X(RESET_NONE, INFO)                                                              \
	X(KVM_MISSING, WARNING)                                                          \
	X(FACT_UNKNOWN, WARNING)                                                         \
	X(INTERNAL, ERROR)

/* clang-format off */

/* Remedies of several codes */
/* What setup does: decide/remedies.c replaces these where setup builds no image. */
#define CLAUSE_APPLY_CMDLINE "'vfio-claim setup --apply-cmdline' does so"
#define CLAUSE_OWN_TOOL "by this system's own tool"
#define REMEDY_RUN_REBUILD "run 'vfio-claim setup --rebuild'"
#define REMEDY_SETUP "correct the line in /etc/vfio-claim.conf and " REMEDY_RUN_REBUILD
#define REMEDY_REBUILD REMEDY_RUN_REBUILD ", then reboot"
#define REMEDY_REBOOT "look in 'vfio-claim log' and the kernel log for the cause; reboot to claim the function again"
#define REMEDY_KERNEL_LOG "look in the kernel log for messages about this function"
#define REMEDY_POWER_CYCLE "switch the machine off and on; if that does not help, the card or its slot is broken"
#define REMEDY_KNOW_NEEDS \
	REMEDY_RUN_REBUILD " on the running system, so that the image knows what the host boots from"

#define REMEDY_NEEDS_HIDDEN \
	"keep disks and network controllers out of the card's IOMMU group: this system's image cannot know what the host " \
	"boots from"

/* What the agent says where the cause is for the command to look for: decide/remedies.c */
#define REMEDY_CHECK "run 'vfio-claim check' in the running system: it looks for the cause"
#define REMEDY_REMOVE_WORD "remove '%s' from the kernel command line"

/* IOMMU_OFF_FIRMWARE */
#define REMEDY_FIRMWARE_BOARD "switch the IOMMU on in the firmware setup; on %.64s boards usually: %s"
#define REMEDY_FIRMWARE "switch on %s in the firmware setup, often below Advanced, Chipset or Virtualization"
#define TEXT_FIRMWARE_WITHOUT_IOMMU "the firmware offers no IOMMU: no DMAR, IVRS, VIOT or IORT table describes one"
#define TEXT_VM_WITHOUT_IOMMU "this system is a virtual machine of %s, which gives it no IOMMU"
#define TEXT_XEN_DOM0 "this system is Xen's dom0: Xen keeps the IOMMU to itself, and VFIO cannot work"
#define REMEDY_XEN_DOM0 \
	"give the card to a VM by Xen's own means ('xl pci-assignable-add', xen-pciback), or boot this kernel without Xen"
#define REMEDY_QEMU \
	"give this VM a virtual IOMMU: QEMU '-machine q35,kernel-irqchip=split -device intel-iommu,intremap=on', on " \
	"arm64 '-machine virt,iommu=smmuv3'; " \
	"libvirt <iommu model='intel'><driver intremap='on'/></iommu> and <ioapic driver='qemu'/>; Proxmox VE 'qm " \
	"set ID --machine q35,viommu=intel'"
#define REMEDY_VMWARE "switch on 'Expose IOMMU to the guest OS' in this VM's CPU settings (vvtd.enable = \"TRUE\")"
#define REMEDY_VIRTUALBOX "run 'VBoxManage modifyvm NAME --chipset ich9 --iommu automatic' where this VM runs"
#define REMEDY_PHYSICAL "claim the card on the physical machine: %s gives a VM no IOMMU that VFIO could use"
#define REMEDY_OTHER_HYPERVISOR "look for a virtual IOMMU (vIOMMU) in the settings of this VM's hypervisor"

/* IOMMU_OFF_KERNEL */
#define REMEDY_DMAR_OPT_OUT \
	"look in the firmware setup for a setting that forces DMA remapping off (a flag of its DMAR table says so), " \
	"or update the firmware"
#define REMEDY_DMAR_OPT_OUT_VM "look in the settings of this VM's hypervisor: its DMAR table forces DMA remapping off"
#define REMEDY_TABLE_DAMAGED "update the firmware: its IOMMU table is damaged"
#define REMEDY_TABLE_DAMAGED_VM "update this VM's hypervisor: its IOMMU table is damaged"
#define INTEL_IOMMU_ON "intel_iommu=on"
#define REMEDY_INTEL "add " INTEL_IOMMU_ON " to the kernel command line (" CLAUSE_APPLY_CMDLINE ")%s"
#define CLAUSE_OFF_BY_DEFAULT ": the IOMMU is off by default in this kernel"
#define REMEDY_REPLACE_WORD "replace '%s' by '" INTEL_IOMMU_ON "' on the kernel command line"
#define REMEDY_KERNEL_DRIVER "boot a kernel that has the driver, such as the distribution's own"
#define REMEDY_IOMMU_LOG "look in the kernel log for messages of the IOMMU ('%s')"
#define REMEDY_IOMMU_LOG_ANY "look in the kernel log for messages about the IOMMU"
#define REMEDY_AS_ROOT "run this as root, to see whether the firmware offers an IOMMU"
#define REMEDY_DEVICE_TREE \
	"look in the board's documentation for an IOMMU (SMMU) of its PCI bus: without one, no card can be given to a VM"
#define TEXT_KERNEL_IGNORES_IOMMU "the firmware offers an IOMMU, but the kernel does not use it"
#define TEXT_KERNEL_WITHOUT_IOMMU "the kernel uses no IOMMU; whether the firmware offers one cannot be read"
#define TEXT_WORD_OFF "'%s' on the kernel command line switches the IOMMU off"
#define TEXT_WORD_TYPO "the kernel does not use the IOMMU: '%s' on its command line does not switch it on"
#define TEXT_KERNEL_DRIVER "this kernel is built without the driver of the IOMMU (%s)"
#define TEXT_DEVICE_TREE "this machine (%.64s) has a device tree, and no IOMMU that the kernel uses"

/* IOMMU_NOT_READY */
#define SAY_VIRTIO_IOMMU_IDLE FINDING_IOMMU_NOT_READY, \
	"use a kernel with the virtio_iommu driver, then " REMEDY_RUN_REBUILD, \
	"this machine's virtio-iommu has no working driver"
#define SAY_NO_GROUP FINDING_IOMMU_NOT_READY, \
	"look in the kernel log for the IOMMU driver's messages about this function", \
	"the IOMMU is on, but this function is in no IOMMU group"
#define TEXT_IGFX_OFF "'%s' on the kernel command line keeps the processor's own display from the IOMMU"
#define REMEDY_IGFX_OFF "write '" INTEL_IOMMU_ON "' in place of '%s' on the kernel command line"
#define TEXT_IGFX_DEFAULT "this kernel keeps the processor's own display from the IOMMU unless " INTEL_IOMMU_ON " is given"
#define REMEDY_IGFX_DEFAULT "add " INTEL_IOMMU_ON " to the kernel command line"
#define SAY_GROUP_UNREADABLE FINDING_IOMMU_NOT_READY, NULL, \
	"this function's IOMMU group cannot be read: its iommu_group link, or the group's folder in " \
	"/sys/kernel/iommu_groups"
#define SAY_NO_UNIT FINDING_IOMMU_NOT_READY, NULL, \
	"group %d belongs to no IOMMU unit: this function has no iommu link in sysfs"

/* IOMMU_NOIOMMU */
#define SAY_NOIOMMU FINDING_IOMMU_NOIOMMU, \
	"switch off VFIO's enable_unsafe_noiommu_mode, and switch on a real IOMMU", \
	"group %d is in VFIO's no-IOMMU mode, which protects nothing"

/* IRQ_REMAP_OFF */
#define REMEDY_IRQ_FIRMWARE "update the firmware"
#define REMEDY_IRQ_QEMU \
	"give this VM's IOMMU interrupt remapping (QEMU: '-machine kernel-irqchip=split -device " \
	"intel-iommu,intremap=on')"
#define CLAUSE_IRQ_WARN \
	"%s; if the hardware has no interrupt remapping, set 'interrupt-remapping = warn' to claim the card anyway%s"
#define CLAUSE_IRQ_UNSAFE \
	"; VFIO then needs the line 'options vfio_iommu_type1 allow_unsafe_interrupts=1' in /etc/modprobe.d"
#define TEXT_IRQ_REMAP_OFF "interrupt remapping is off: no interrupt chip is named IR- (ARM: ITS-)"
#define TEXT_IRQ_REMAP_UNKNOWN \
	"whether interrupt remapping is on cannot be read: no interrupt in /sys/kernel/irq names its chip"
#define SAY_VFIO_WANTS_IRQ_REMAP FINDING_IRQ_REMAP_OFF, \
	"switch on interrupt remapping (firmware setup; no intremap=off on the kernel command line), or accept the " \
	"risk with 'options vfio_iommu_type1 allow_unsafe_interrupts=1' in /etc/modprobe.d", \
	"VFIO refuses group %d: %s; interrupt remapping is off"

/* UNSAFE_INTERRUPTS */
#define SAY_UNSAFE_INTERRUPTS FINDING_UNSAFE_INTERRUPTS, \
	"remove allow_unsafe_interrupts: interrupt remapping works", \
	TEXT_UNSAFE_INTERRUPTS
#define SAY_UNSAFE_NEEDED FINDING_UNSAFE_INTERRUPTS, NULL, TEXT_UNSAFE_INTERRUPTS
#define TEXT_UNSAFE_INTERRUPTS \
	"VFIO is configured to do without interrupt remapping: a guest may inject interrupts into the host"

/* GROUP_SHARED, GROUP_HOLDS_BOOT_DISK, GROUP_HOLDS_NETWORK */
#define REMEDY_SHARED_REBUILD REMEDY_KNOW_NEEDS "; or move the card to another slot"
#define REMEDY_SHARED_SWITCH "add a line for it if it is part of this card: it lies below the same switch"
#define REMEDY_SHARED_SWITCH_ALL \
	"add a 'device =' line for it if it is part of this card: it lies below the same switch; or set " \
	"'shared-group = claim-all'"
#define REMEDY_SHARED_SLOT \
	"leave this card to the host: the host needs other functions of the card's slot"
#define REMEDY_SHARED_SLOT_ALL \
	"set 'shared-group = claim-all' to give the VM the other functions of the card's slot too"
#define REMEDY_SHARED \
	"move the card, or what shares the group with it, to another slot ('vfio-claim explain' shows why they share)"
#define REMEDY_SHARED_ALL \
	"move the card to another slot ('vfio-claim explain' shows why they share); or set 'shared-group = " \
	"claim-all' to give the VM the other functions of the group too"
#define TEXT_GROUP_HOLDS "group %d also holds %s, %04x:%04x class %04x: %s%s%s%s"
#define CLAUSE_BOUND "driver %s is bound to it"
#define CLAUSE_WOULD_BIND "driver module %s would bind to it"
#define CLAUSE_DRIVER_UNKNOWN "its driver is not known"
#define CLAUSE_USED_FOR ", used for: "
#define CLAUSE_MAY_BOOT "; the host may boot from it"
#define TEXT_GROUP_WILL_HOLD "%s, %04x:%04x class %04x, will join the same group once a driver binds to it"
#define SAY_MEMBERS_UNREADABLE FINDING_GROUP_SHARED, NULL, \
	"group %d holds functions that cannot be read: see /sys/kernel/iommu_groups/%d/devices"
#define SAY_MEMBER_NOT_CLAIMED FINDING_GROUP_SHARED, "look for the reason why the other function was not claimed", \
	"group %d also holds %s, which should have been claimed too and was not"
#define SAY_MEMBER_BOUND FINDING_GROUP_SHARED, "run 'vfio-claim explain' for the card, and 'vfio-claim check'", \
	"VFIO gives group %d to no VM while this member has the driver %s"
#define SAY_MEMBER_UNREADABLE FINDING_GROUP_SHARED, "run 'vfio-claim explain' for the card, and 'vfio-claim check'", \
	"VFIO gives group %d to no VM: the driver of this member cannot be read"
#define SAY_NO_MEMBER_BLOCKS FINDING_GROUP_SHARED, NULL, \
	"VFIO does not accept group %d, though none of its members is known to block it"

/* GROUP_BRIDGE_DRIVER */
#define REMEDY_BRIDGE_DRIVER \
	"keep this driver from the bridge (for shpchp: initcall_blacklist=shpcd_init on the kernel command line)"
#define REMEDY_BRIDGE_DRIVER_OTHER "keep this driver from the bridge"
#define SAY_BRIDGE_BLOCKS FINDING_GROUP_BRIDGE_DRIVER, REMEDY_BRIDGE_DRIVER, \
	"group %d also holds the bridge %s, whose driver %s VFIO does not accept"
#define SAY_BRIDGE_BOUND FINDING_GROUP_BRIDGE_DRIVER, REMEDY_BRIDGE_DRIVER, \
	"VFIO gives group %d to no VM while this bridge has the driver %s"

/* RESERVED_DIRECT */
#define REMEDY_RESERVED \
	"update the firmware, or ask the board's maker why it reserves memory of this function (RMRR or IVMD)"
#define SAY_REGIONS_UNREADABLE FINDING_RESERVED_DIRECT, NULL, \
	"/sys/kernel/iommu_groups/%d/reserved_regions cannot be read"
#define SAY_RESERVED FINDING_RESERVED_DIRECT, REMEDY_RESERVED, \
	"the firmware wants memory of group %d mapped one to one; VFIO does not give such a group to a VM"
#define SAY_RESERVED_LATER FINDING_RESERVED_DIRECT, REMEDY_RESERVED, \
	"the firmware wants memory of group %d mapped one to one; VFIO refuses such a group from Linux 6.6 on"
#define SAY_VFIO_MEETS_RESERVED FINDING_RESERVED_DIRECT, "update the firmware, or try another slot", \
	"VFIO refuses group %d: %s; the firmware reserves memory for it"

/* ACS_OVERRIDE */
#define SAY_ACS_OVERRIDE FINDING_ACS_OVERRIDE, "remove pcie_acs_override=, or trust the VM as you trust the host", \
	"pcie_acs_override= splits groups: by the ACS of its ports this function would share one with %s, and " \
	"nothing isolates DMA between the two"

/* GPU_NOT_FOUND */
#define REMEDY_NOT_FOUND_HERE \
	"check that the card is seated and powered; 'vfio-claim list' shows those that are there"
#define REMEDY_NAME_ANOTHER "name the card by its address; 'vfio-claim list' shows those that are there"
#define SAY_NOT_FOUND FINDING_GPU_NOT_FOUND, \
	"check that the card is seated and powered; " \
	REMEDY_SETUP, \
	"no PCI function matches '%s'"
#define SAY_NOT_FOUND_REMOVABLE FINDING_GPU_NOT_FOUND, \
	"connect and power the card before the machine starts; " \
	REMEDY_SETUP, \
	"no PCI function matches '%s': the card is removable, and may not be there yet when the agent runs"

/* GPU_CHANGED */
#define SAY_OTHER_CARD FINDING_GPU_CHANGED, REMEDY_SETUP, \
	"expected '%s', found %s: it is another card, and stays with the host"
#define REMEDY_ALL_ONES \
	"switch the machine off and on; if the card does not wake from D3cold, try pcie_port_pm=off on the kernel " \
	"command line; otherwise the card or its slot is broken"
#define TEXT_ALL_ONES "the function reads all ones: it is asleep in D3cold, blocked or gone"
#define TEXT_CONFIG_SPACE_UNREADABLE "the function's configuration space cannot be read"
#define TEXT_FOREIGN_IDS "the function has other ids now than the kernel found at first"
#define TEXT_ENDLESS_CAPS "the function's list of capabilities has no end"
#define TEXT_BRIDGE_HEADER "the function has the header of a bridge"
/* GPU_AWAITED */
#define SAY_AWAITED FINDING_GPU_AWAITED, NULL, \
	"a card that comes later is judged and claimed then; vfio-pci is asked for it first"
#define REMEDY_AWAITED "set 'attached-driver = unbind', or run 'vfio-claim claim' once the card is there"
#define TEXT_AWAITED_LATE \
	"a card that comes later is judged then, but a driver of the host may have it first: %s"
#define TEXT_AWAITED_BEHIND \
	"the host's driver %s is asked before vfio-pci; if it takes the card, 'attached-driver = unbind' takes it back"

/* GPU_MOVED */
#define SAY_MOVED FINDING_GPU_MOVED, "update the line in /etc/vfio-claim.conf", \
	"the card expected as '%s' was found as %s path=%s, and the claim follows it"

/* GPU_AMBIGUOUS */
#define SAY_SEVERAL FINDING_GPU_AMBIGUOUS, "add the address, path= or serial= of the card that you mean", \
	"'%s' may mean any of %zu cards"
#define REMEDY_GONE "check that every such card is seated and powered; if one is gone for good, %s"
#define REMEDY_WHICH_CARD "check which card this is, then %s"
#define CLAUSE_SETUP "run 'vfio-claim setup %s' for this one"
#define CLAUSE_FORGET \
	"remove the line of the card that is gone from %s, correct the one in /etc/vfio-claim.conf and " \
	REMEDY_RUN_REBUILD
#define TEXT_GONE \
	"'%s' may mean a card that is gone: of %zu known cards of this kind the machine has only %zu, and %s may be " \
	"the host's"
#define TEXT_UNREMEMBERED \
	"'%s' is not where the line says, and was never seen there: %s may be another card, the host's"
#define TEXT_SWAPPED \
	"another card may be where '%s' was: %s has another root port, or other functions in its slot, than that " \
	"card had"

/* NOT_A_GPU */
#define REMEDY_NAME_DISPLAY "name the display function, %s, instead"
#define REMEDY_NOT_A_GPU \
	"name a display function (class 03xx) or an accelerator (class 1200); for anything else use a 'device =' " \
	"line"
#define TEXT_NOT_A_GPU "'%s' names a function of class %04x, not a display"

/* VIRTUAL_FUNCTION */
#define REMEDY_VIRTUAL \
	"write 'vf = %s count=N' in place of this line: vfio-claim-vf.service then makes the virtual functions and takes " \
	"them for VMs, once the driver is there"
#define TEXT_VIRTUAL \
	"'%s' is a virtual function of %s, whose driver creates it only after the agent has run; %s itself stays " \
	"with the host"
#define TEXT_MAY_BE_VIRTUAL \
	"'%s' may mean a virtual function of %s, whose driver creates it only after the agent has run; %s itself " \
	"stays with the host"

/* VF_NOT_CREATED: of the physical function */
#define REMEDY_VF_AGAIN "then run 'systemctl restart vfio-claim-vf.service'"
#define SAY_VF_NO_SRIOV FINDING_VF_NOT_CREATED, \
	"name a physical function with SR-IOV ('lspci -vv' shows the capability); firmware can hide it: switch SR-IOV on there", \
	"this function has no virtual functions: it has no SR-IOV that the kernel can use"
#define SAY_VF_TOO_MANY FINDING_VF_NOT_CREATED, "correct count= in /etc/vfio-claim.conf, " REMEDY_VF_AGAIN, \
	"count=%u, but this function can have %u virtual functions at most"
#define SAY_VF_NO_DRIVER FINDING_VF_NOT_CREATED, \
	"look in the kernel log for the reason; if the driver is only slow, raise 'timeout', " REMEDY_VF_AGAIN, \
	"no driver is bound to this function after %u s, and only its driver can create its virtual functions"
#define SAY_VF_PHYSICAL_CLAIMED FINDING_VF_NOT_CREATED, \
	"remove what gives this function to a VM: its host driver creates the virtual functions", \
	"the driver %s is bound to this function, which creates no virtual functions for the host"
#define SAY_VF_CANNOT FINDING_VF_NOT_CREATED, \
	"look in the driver's documentation for how it creates virtual functions, or use a newer kernel", \
	"the driver %s creates no virtual functions through sriov_numvfs"
#define SAY_VF_BUSY FINDING_VF_NOT_CREATED, \
	"look for another program that creates virtual functions (a udev rule, a module option), " REMEDY_VF_AGAIN, \
	"the driver %s is busy: %s"
#define SAY_VF_DENIED FINDING_VF_NOT_CREATED, \
	"look in the kernel log for messages of this driver; firmware can lack room for so many (SR-IOV, Above 4G " \
	"Decoding, ARI), and a smaller count= can help", \
	"the driver %s refuses to create %u virtual functions: %s"
#define SAY_VF_SLOW FINDING_VF_NOT_CREATED, "look in the kernel log for messages of this driver; raise 'timeout'", \
	"the driver %s did not finish in %u s; this function is not touched again"
#define SAY_VF_OTHER_COUNT FINDING_VF_NOT_CREATED, "look in the kernel log for messages of this driver", \
	"%u virtual functions were asked of the driver %s, and %u are there"
#define SAY_VF_COUNT_NOW FINDING_VF_NOT_CREATED, "look in 'vfio-claim log' for the reason; " REMEDY_VF_START, \
	"%u virtual functions are configured, and %u are there"
#define REMEDY_VF_START "'systemctl restart vfio-claim-vf.service' tries again"
#define SAY_VF_UNREADABLE FINDING_VF_NOT_CREATED, REMEDY_KERNEL_LOG, \
	"the virtual functions of this function cannot be read: %s"
#define SAY_VF_AUTOPROBE FINDING_VF_NOT_CREATED, REMEDY_VF_BY_HAND, "sriov_drivers_autoprobe cannot be written: %s"
#define SAY_VF_AUTOPROBE_OFF FINDING_VF_NOT_CREATED, REMEDY_VF_BY_HAND, \
	"sriov_drivers_autoprobe could not be restored to %s: %s"
#define REMEDY_VF_BY_HAND "write to this function's sriov_drivers_autoprobe as root; the kernel log may have the reason"
#define SAY_VF_COUNT_STAYS FINDING_VF_NOT_CREATED, REMEDY_KERNEL_LOG, \
	"the number of virtual functions could not be set back to %u: %s"

/* VF_NOT_TAKEN: of the virtual function */
#define SAY_VF_OTHER_DRIVER FINDING_VF_NOT_TAKEN, "look in 'vfio-claim log' for the reason; " REMEDY_VF_START, \
	"virtual function %u of %s is to be taken for VMs, and has the driver %s"
#define SAY_VF_WITHOUT_DRIVER FINDING_VF_NOT_TAKEN, "look in 'vfio-claim log' for the reason; " REMEDY_VF_START, \
	"virtual function %u of %s is to be taken for VMs, and has no driver"

/* VF_IN_USE: of the virtual function */
#define SAY_VF_COUNT_KEPT FINDING_VF_IN_USE, "end what uses it, " REMEDY_VF_AGAIN, \
	"in use by %s: the number of virtual functions of %s stays %u"
#define SAY_VF_HOST_USES FINDING_VF_IN_USE, "end what uses it, " REMEDY_VF_AGAIN, \
	"the host uses this virtual function, so it is not taken: %s"

/* CARD_REFUSED */
#define SAY_CARD_REFUSED FINDING_CARD_REFUSED, NULL, "this function is part of the card %s, which is refused"

/* REMOVABLE */
#define SAY_REMOVABLE FINDING_REMOVABLE, NULL, \
	"the card can be unplugged: if it is authorised or plugged in after the agent has run, the host's driver " \
	"binds to it"

/* SLOT_HAS_HOST_FUNCTIONS */
#define SAY_SLOT_SHARED FINDING_SLOT_HAS_HOST_FUNCTIONS, NULL, \
	"these functions of the same slot stay with the host: %s"
#define SAY_NEIGHBOUR FINDING_SLOT_HAS_HOST_FUNCTIONS, NULL, \
	"%s, class %04x, lies below the same switch and stays with the host; if it is part of this card, the line " \
	"'%s = %s' gives it to the VM too"
#define SAY_EXTENT_UNKNOWN FINDING_SLOT_HAS_HOST_FUNCTIONS, "look in the kernel log for messages about this slot", \
	"the id or class of a function in the card's slot cannot be read, so the card's own functions are not known"

/* BOOT_DISK */
#define SAY_NEEDED FINDING_BOOT_DISK, \
	"leave this function to the host: no line of /etc/vfio-claim.conf can claim it", \
	"the host needs this function to boot: %s"
#define SAY_MAY_BE_NEEDED FINDING_BOOT_DISK, REMEDY_KNOW_NEEDS, \
	"the host may need this function to boot; what it boots from is not known"

/* USB_IN_USE */
#define REMEDY_USB \
	"plug these devices into other ports of the board: the VM gets this controller with every device on it"
#define TEXT_USB_IN_USE "the host uses devices on this function's USB ports: %s"
#define TEXT_USB_WAS_IN_USE "when the image was built, the host used devices on this function's USB ports: %s"

/* BOOT_DISPLAY */
#define SAY_LAST_DISPLAY FINDING_BOOT_DISPLAY, \
	"set 'boot-display = allow' to claim the card anyway, and make sure that you can reach the machine by " \
	"network or serial line", \
	"the host would be left without a display: %s is its last one"
#define SAY_LAST_DISPLAY_GOES FINDING_BOOT_DISPLAY, NULL, "the host is left without a display: %s is its last one"

/* FIRMWARE_FRAMEBUFFER */
#define SAY_CONSOLE FINDING_FIRMWARE_FRAMEBUFFER, NULL, \
	"the console is on this display and goes dark when the card is claimed"
#define SAY_CONSOLE_FIRMWARE FINDING_FIRMWARE_FRAMEBUFFER, NULL, \
	"the console is on this display (firmware framebuffer) and goes dark when the card is claimed"
#define SAY_CONSOLE_BY_AGENT FINDING_FIRMWARE_FRAMEBUFFER, NULL, \
	"the console is on this display (firmware framebuffer) and goes dark when the card is claimed; the kernel " \
	"does not release it, so the agent does"
#define SAY_CONSOLE_LOST FINDING_FIRMWARE_FRAMEBUFFER, "reboot to get the console back on this display", \
	"the claim failed, and the console cannot be restored: %s"
#define SAY_CONSOLE_RESTORED FINDING_FIRMWARE_FRAMEBUFFER, NULL, "the claim failed, and the console was restored"
#define SAY_FRAMEBUFFER_STUCK FINDING_FIRMWARE_FRAMEBUFFER, \
	"look for \"can't reserve\" in the kernel log if a VM starts slowly or not at all", \
	"the firmware framebuffer cannot be released: %s"
#define SAY_RESCANNED FINDING_FIRMWARE_FRAMEBUFFER, NULL, \
	"the firmware framebuffer lay in this function's memory, so the agent removed the function and scanned its " \
	"bus again; the console there is gone until the next boot"

/* NOT_HELD */
#define SAY_NOT_HELD FINDING_NOT_HELD, NULL, \
	"the card is not held, despite on-failure = hold: %s; the host's driver may bind to it"
#define CLAUSE_NEEDED "the host needs it to boot"
#define CLAUSE_MAY_BE_NEEDED "the host may need it to boot"
#define CLAUSE_LAST_DISPLAY "the host would be left without a display"

/* FRAMEBUFFER_IN_BAR */
#define REMEDY_FRAMEBUFFER \
	"add initcall_blacklist=sysfb_init to the kernel command line and reboot; the screen then stays dark until " \
	"a host driver drives a display"
#define REMEDY_FRAMEBUFFER_OTHER \
	"look in the kernel log for the driver that has the firmware framebuffer, and keep it from loading"
#define SAY_FRAMEBUFFER_STAYS FINDING_FRAMEBUFFER_IN_BAR, REMEDY_FRAMEBUFFER, \
	"this kernel leaves the firmware framebuffer in this function's memory: a VM will not get that memory " \
	"(\"can't reserve\")"
#define SAY_LEFT_IN_BAR FINDING_FRAMEBUFFER_IN_BAR, REMEDY_FRAMEBUFFER, \
	"%s still lies in this function's memory: a VM will not get that memory (\"can't reserve\")"
#define SAY_IN_BAR FINDING_FRAMEBUFFER_IN_BAR, REMEDY_FRAMEBUFFER, \
	"%s lies in this function's memory: VFIO cannot reserve it, and a VM does not start or has no picture"

/* DRIVER_ATTACHED */
#define SAY_DRIVER_UNREADABLE FINDING_DRIVER_ATTACHED, NULL, \
	"whether a driver is bound to this function cannot be read from its driver link in sysfs"
#define SAY_DRIVER_ATTACHED FINDING_DRIVER_ATTACHED, \
	REMEDY_RUN_REBUILD " so that the agent runs before this driver", \
	TEXT_DRIVER_ATTACHED
#define SAY_DRIVER_BUILT_IN FINDING_DRIVER_ATTACHED, \
	"set 'attached-driver = unbind' to unbind the driver, which may hang the card: it is built into the kernel, so " \
	"the agent cannot run before it", \
	TEXT_DRIVER_ATTACHED
#define TEXT_DRIVER_ATTACHED "driver %s is already bound to this display"
#define SAY_PCI_STUB FINDING_DRIVER_ATTACHED, \
	"look for what gives this display to pci-stub, and remove that: vfio-claim does not need it", \
	"pci-stub keeps this display from every driver, vfio-pci too"
#define TEXT_PCI_STUB_IDS "'%s' on the kernel command line gives this display to pci-stub, which keeps every driver from it"
#define REMEDY_PCI_STUB_IDS REMEDY_REMOVE_WORD " and reboot: vfio-claim does not need it"
#define SAY_DRIVER_UNBOUND FINDING_DRIVER_ATTACHED, NULL, \
	"driver %s is bound to this function; a claim unbinds it, and after a rescan that driver may be first again"

/* CARD_IN_USE */
#define TEXT_CARD_IN_USE "the card is in use: %s%s"
#define REMEDY_IN_USE_PROCESS \
	"stop these programs (a VM: shut it down; the desktop: 'systemctl isolate multi-user.target'), then try again"
#define REMEDY_IN_USE_DISK \
	"unmount these file systems, switch off this swap and close these volumes, then try again"
#define REMEDY_IN_USE_NETWORK "switch these networks off ('ip link set NAME down'), then try again"
#define SAY_USERS_UNKNOWN FINDING_CARD_IN_USE, \
	"run this as root; if that does not help, look at what the text names, then try again", \
	"whether the card is in use is not known: %s"

/* UNBIND_TIMEOUT */
#define SAY_UNBIND_TIMEOUT FINDING_UNBIND_TIMEOUT, REMEDY_KERNEL_LOG, "driver %s did not unbind in time"

/* MODULE_MISSING */
#define SAY_MODULE_MISSING FINDING_MODULE_MISSING, \
	REMEDY_RUN_REBUILD "; if that does not help, install a kernel that has this module", \
	"this image lacks module %s, or one that it needs, for this kernel"
#define REMEDY_VIRTIO_IOMMU REMEDY_RUN_REBUILD " on a kernel that has this module"
#define TEXT_VIRTIO_IOMMU "the driver of this machine's virtio-iommu cannot be loaded: %s"
#define SAY_TYPE1_MISSING FINDING_MODULE_MISSING, \
	"run 'modprobe vfio_iommu_type1'; " \
	REMEDY_REBUILD, \
	"VFIO has no driver for this IOMMU: vfio_iommu_type1 is not loaded"
#define SAY_IMAGE_PROBLEM FINDING_MODULE_MISSING, REMEDY_REBUILD, "boot image %s: %s"

/* MODULE_REJECTED */
#define REMEDY_MODULE_BANNED "change %s on the kernel command line so that it allows %s"
#define TEXT_MODULE_BANNED "%s on the kernel command line keeps module %s from loading, and the claim needs it"
#define SAY_MODULE_OF_RIVAL FINDING_MODULE_REJECTED, REMEDY_RUN_REBUILD, \
	"module %s is not loaded: it depends on a driver of a card that is being claimed"
#define SAY_MODULE_UNSIGNED FINDING_MODULE_REJECTED, "use the distribution's signed module, or enrol its key", \
	"the kernel rejects module %s: %s"
#define SAY_MODULE_REJECTED FINDING_MODULE_REJECTED, "look in the kernel log for messages about this module", \
	"the kernel rejects module %s: %s"

/* WIDER_CLAIM */
#define CLAUSE_IDS_CMDLINE "vfio-pci.ids= on the kernel command line"
#define CLAUSE_IDS_RECORD "an ids= in the image's record"
#define REMEDY_WIDER_FUNCTION \
	"remove the ids=, which vfio-claim does not need; or add '%s = %s' if a VM needs this function too"
#define TEXT_WIDER_FUNCTION "%s names this function, %04x:%04x class %04x, for vfio-pci, but it is not to be claimed"
#define SAY_WIDER_CARD FINDING_WIDER_CLAIM, "remove the ids=, which vfio-claim does not need", \
	"%s names functions for vfio-pci that are not to be claimed, such as %s"

/* PROBE_FAILED */
#define SAY_OVERRIDE_FAILED FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, "driver_override cannot be written: %s"
#define SAY_VARIANT_WITHOUT_DRIVER FINDING_PROBE_FAILED, NULL, \
	"the module has registered no PCI driver (%s); vfio-pci takes its place"
#define SAY_UNBIND_FAILED FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, "driver %s cannot be unbound: %s"
#define SAY_MODULE_WITHOUT_DRIVER FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, \
	"module %s has registered no PCI driver: %s"
#define SAY_BOUND_UNREADABLE FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, \
	"whether %s is bound to this function cannot be read: %s"
#define SAY_PROBE_FAILED FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, "the kernel does not probe this function: %s"
#define SAY_NOT_BOUND FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, "%s did not bind: the function has no driver"
#define SAY_OTHER_BOUND FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, "%s did not bind: the function has the driver %s"
#define SAY_RESCAN_FAILED FINDING_PROBE_FAILED, REMEDY_KERNEL_LOG, \
	"the function was removed to free its memory of the firmware framebuffer, and did not come back whole: %s"
#define SAY_HOLD_FAILED FINDING_PROBE_FAILED, NULL, \
	"the function cannot be held, because its driver_override cannot be written: %s"
#define SAY_END_UNREADABLE FINDING_PROBE_FAILED, NULL, \
	"the function was bound, but its driver cannot be read at the end: %s"
#define SAY_END_NOT_BOUND FINDING_PROBE_FAILED, NULL, "the function was bound, but has no driver at the end"
#define SAY_END_OTHER_BOUND FINDING_PROBE_FAILED, NULL, "the function was bound, but has the driver %s at the end"

/* SETTING_REFUSED */
#define REMEDY_SETTING \
	"run 'vfio-claim check', which looks for the cause; see SETTINGS OF CARDS in vfio-claim.conf(5)"
#define TEXT_SETTING_REFUSED "%s '%s': %s"
#define TEXT_WILL_BE_REFUSED "'%s' will not work: %s"
#define REMEDY_REMOVE_LINE "remove the line"
#define REMEDY_NEWER_KERNEL "boot a newer kernel, or remove the line"
#define REMEDY_SIZES "choose one of these sizes: %s"
#define WHY_NO_RESET_METHOD "this kernel has no reset_method (Linux 5.15 and later have it)"
#define WHY_NO_RESET "the kernel knows no way to reset this function alone"
#define WHY_NO_D3COLD "the kernel has no d3cold_allowed for this function"
#define WHY_NO_RESIZE "this kernel has no resourceN_resize (Linux 6.1 and later have it)"
#define WHY_NO_REBAR "this function has no BAR that can be resized"
#define WHY_NO_SIZE "BAR %u cannot have this size"
#define SAY_SETTING_OF_NO_CARD FINDING_SETTING_REFUSED, \
	"correct the line: it must name a card that a gpu or device line names too", \
	"the line means no card that will be claimed, or no function of one that has this setting"
#define TEXT_OPTION_OFF "'%s' has no effect: %s: %s"
#define REMEDY_OPTION \
	"add vfio-pci.%.20s to the kernel command line, for where vfio_pci is built in or is loaded before the agent; " \
	"remove the line if this kernel has no such parameter"
#define SAY_SETTING_UNDONE FINDING_SETTING_REFUSED, NULL, "'%s' was undone: the card is not claimed, or did not take it"
#define CLAUSE_SETTING_REFUSED "the kernel does not take"
#define CLAUSE_SETTING_UNDONE "undoing"

/* CLAIM_LOST */
#define SAY_NOW_UNREADABLE FINDING_CLAIM_LOST, NULL, "the function's driver cannot be read now: %s"
#define SAY_NOW_NOT_BOUND FINDING_CLAIM_LOST, REMEDY_REBOOT, "the function was claimed, but has no driver now"
#define SAY_NOW_ALL_ONES FINDING_CLAIM_LOST, REMEDY_POWER_CYCLE, \
	"the function's configuration space reads all ones: it is off, or fell off its bus, and no VM can use it"
#define REMEDY_OVERRIDE \
	"reboot to claim the function again; look for a program that writes driver_override (driverctl, libvirt, a " \
	"script)"
#define SAY_OVERRIDE_CLEARED FINDING_CLAIM_LOST, REMEDY_OVERRIDE, \
	"%s is bound, but driver_override is cleared: once unbound, the function may go to a driver of the host"
#define SAY_OVERRIDE_CHANGED FINDING_CLAIM_LOST, REMEDY_OVERRIDE, \
	"%s is bound, but driver_override is '%s': once unbound, the function may go to a driver of the host"
#define SAY_CAME_LATE FINDING_CLAIM_LOST, \
	"run 'vfio-claim claim' to take the card; 'attached-driver = unbind' does so each time that it comes", \
	"the card has come since the boot, and %s was asked before vfio-pci"
#define SAY_NOW_GONE FINDING_CLAIM_LOST, "look in the kernel log for the cause", \
	"the function was claimed, but is gone from its bus"

/* RIVAL_BOUND */
#define SAY_RIVAL_BOUND FINDING_RIVAL_BOUND, REMEDY_REBOOT, "the function was claimed, but has the driver %s now"

/* LEFTOVER_CONFIG */
#define REMEDY_NOT_NEEDED "remove it unless something else needs it: vfio-claim does not"
#define REMEDY_UNSAFE_LEFTOVER "remove it if interrupt remapping works"
#define CLAUSE_IDS_TAKE_ALL \
	"binds vfio-pci to every card with such an id, even an identical one of the host; the agent does not pass " \
	"it on"
#define CLAUSE_ALL_CARDS "keeps drivers from every card, even the host's own"
#define CLAUSE_NO_CLAIM "loads VFIO early, which claims nothing by itself"
#define SAY_CARRIAGE_RETURN FINDING_LEFTOVER_CONFIG, "remove the line", \
	"'%s %s' does nothing: the line ends in a carriage return, which counts as a part of the last word"
#define SAY_BLACKLIST_PATTERN FINDING_LEFTOVER_CONFIG, "remove the line", \
	"'blacklist %s' does nothing: blacklist takes exact module names"
#define SAY_KEPT_OUT FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, \
	"'%s %s' keeps the driver from every card, even the host's own"
#define SAY_INSTALL_VFIO FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, \
	"'install %s' runs a command in place of loading the module; the agent loads the module itself"
#define SAY_ALIAS_VFIO FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, "'alias %s' " CLAUSE_NO_CLAIM
#define SAY_OPTIONS_IDS FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, \
	"'options vfio-pci ids=' " \
	CLAUSE_IDS_TAKE_ALL
#define SAY_OPTIONS_UNSAFE FINDING_LEFTOVER_CONFIG, REMEDY_UNSAFE_LEFTOVER, \
	"'allow_unsafe_interrupts' lets VFIO do without interrupt remapping, even if that is off by a mistake in " \
	"the firmware setup"
#define SAY_SOFTDEP FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, \
	"'softdep %s pre: vfio-pci' orders modules by name: if the file has another name (Debian's nvidia) it does " \
	"nothing, or keeps the driver from loading at all"
#define SAY_MODULES FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, "'%s' " CLAUSE_NO_CLAIM
#define SAY_MODULES_STUB FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, \
	"'%s' loads pci-stub, which keeps drivers from functions that a VM shall have"
#define SAY_MODULES_IDS FINDING_LEFTOVER_CONFIG, REMEDY_NOT_NEEDED, "'%s' " CLAUSE_IDS_TAKE_ALL
#define REMEDY_DRIVERCTL "run 'driverctl unset-override %s' unless something else needs it: vfio-claim does not"
#define TEXT_DRIVERCTL "driverctl writes '%s' into the driver_override of %s at every boot, after the agent"
#define TEXT_PARAMETER "'%s' %s"
#define LEFTOVER_AMD_IOMMU_ON "remove it", "is no option of the kernel and does nothing: AMD's IOMMU is on by default"
#define LEFTOVER_IDS REMEDY_NOT_NEEDED, CLAUSE_IDS_TAKE_ALL
#define LEFTOVER_STUB REMEDY_NOT_NEEDED, \
	"gives every card with such an id to pci-stub, which keeps vfio-pci from it too"
#define LEFTOVER_PCIBACK REMEDY_NOT_NEEDED, "hides functions from the host, but only in Xen's dom0"
#define LEFTOVER_FRAMEBUFFER_OFF REMEDY_NOT_NEEDED \
	" (since Linux 6.0 vfio-pci removes the framebuffer itself)", \
	"keeps the console from one kind of firmware framebuffer only"
#define LEFTOVER_UNSAFE REMEDY_UNSAFE_LEFTOVER, "lets VFIO do without interrupt remapping"
#define LEFTOVER_ACS_OVERRIDE "use a slot whose group is its own; 'vfio-claim explain' shows which", \
	"splits groups on patched kernels although the hardware does not isolate them; other kernels ignore it"
#define LEFTOVER_BLACKLIST REMEDY_NOT_NEEDED, CLAUSE_ALL_CARDS
#define LEFTOVER_DRIVER_PRE REMEDY_NOT_NEEDED, CLAUSE_NO_CLAIM
#define LEFTOVER_SYSFB_INIT REMEDY_NOT_NEEDED, "removes the firmware's console from all displays"
#define SAY_OPTION_LEFT_OUT FINDING_LEFTOVER_CONFIG, \
	"remove the option; to give a VM another function, add a 'device =' line", \
	"vfio-claim loads vfio-pci without the option '%s' of modprobe.d"
#define SAY_PARAMETER_LEFT_OUT FINDING_LEFTOVER_CONFIG, \
	"remove the parameter; to give a VM another function, add a 'device =' line", \
	"vfio-claim loads vfio-pci without '%s' of the kernel command line"

/* IMAGE_STALE */
#define REMEDY_REBOOT_ALONE "reboot"
#define REMEDY_REBOOT_FOR_LINE "reboot: the boot menu's default entry has the right kernel command line already"
#define TEXT_BOOTED_SAME_CARDS \
	"this boot used another configuration than the file holds now; both name the same cards"
#define TEXT_BOOTED_OTHER_CARDS "this boot used another configuration than the file holds now, with other cards"
#define SAY_IMAGE_STALE FINDING_IMAGE_STALE, REMEDY_REBUILD, \
	"its boot image %s holds another configuration than /etc/vfio-claim.conf%s"
#define SAY_VOLUME_ABSENT FINDING_IMAGE_STALE, \
	"connect the disk, or take it out of the boot loader's list, then run 'vfio-claim setup --rebuild'", \
	"the machine may boot from it, and there is no such disk now: what its images hold is not known"
#define SAY_VOLUME_UNREAD FINDING_IMAGE_STALE, "mount it, then run 'vfio-claim setup --rebuild'", \
	"the machine may boot from it, and it is not mounted: what its images hold is not known"
#define SAY_ENTRY_STALE FINDING_IMAGE_STALE, "run 'vfio-claim setup --menu-entry'", \
	"the boot menu's entry without the claim names '%s', which does not exist: it boots nothing"

/* IMAGE_WITHOUT_AGENT */
#define SAY_IMAGE_WITHOUT_AGENT FINDING_IMAGE_WITHOUT_AGENT, REMEDY_REBUILD, \
	"its boot image %s does not hold the agent: a boot of this kernel claims nothing"
#define TEXT_NO_REPORT "the agent left no report: this boot's image does not hold it, or did not run it"

/* CONFIG_INVALID */
#define REMEDY_CONFIG "correct the line and " REMEDY_RUN_REBUILD "; nothing is claimed until then"
#define TEXT_INVALID "%s in '%s'"
#define WRONG_NUL "a NUL byte"
#define WRONG_NO_EQUALS "no '='"
#define WRONG_ID "id= needs vendor:device, four hexadecimal digits each"
#define WRONG_ID_TWICE "id= given twice"
#define WRONG_SUBSYSTEM "subsystem= needs vendor:device, four hexadecimal digits each"
#define WRONG_SUBSYSTEM_TWICE "subsystem= given twice"
#define WRONG_SUBSYSTEM_ALONE "subsystem= alone (give an address, id= or path=)"
#define WRONG_PATH "path= needs domain:bus:device.function and then /device.function for each hop"
#define WRONG_PATH_TWICE "path= given twice"
#define WRONG_SERIAL "serial= needs sixteen hexadecimal digits (as lspci -vv prints them)"
#define WRONG_SERIAL_TWICE "serial= given twice"
#define WRONG_SERIAL_ALONE "serial= without id="
#define WRONG_ADDRESS "not a PCI address (domain:bus:device.function, hexadecimal)"
#define WRONG_ADDRESS_TWICE "two addresses"
#define WRONG_WORD "unknown word (known: an address, id=, subsystem=, path=, serial=)"
#define WRONG_WORD_LENGTH "too long a word"
#define WRONG_EMPTY "no address, id= or path="
#define WRONG_CARD_VALUE "a value that vfio-claim.conf(5) does not know"
#define TEXT_UNKNOWN_KEY "unknown key '%s' in '%s'"
#define TEXT_BAD_VALUE "bad value '%s' (known: %s) in '%s'"
#define TEXT_CONTRADICTS "'%s' contradicts an earlier line"
#define TEXT_NAMES_DEVICE "'%s' names the same function as an earlier 'device' line"
#define TEXT_NAMES_GPU "'%s' names the same function as an earlier 'gpu' line"
#define REMEDY_REPEATED "remove one of the two"
#define TEXT_REPEATED "'%s' repeats an earlier line"
#define REMEDY_VF_CONFIG "correct the line in /etc/vfio-claim.conf, " REMEDY_VF_AGAIN "; the line has no effect until then"
#define WRONG_VF_COUNT "count= needs a number from 1 to %d"
#define WRONG_VF_COUNT_TWICE "count= given twice"
#define WRONG_VF_NO_COUNT "no count="
#define WRONG_VF_TAKE "take= needs 'all', or numbers from 1 to count= with commas between"
#define WRONG_VF_TAKE_TWICE "take= given twice"
#define TEXT_VF_REPEATED "'%s' means the same physical function as %s"
#define TEXT_VF_CLAIMED "'%s' means a function that %s claims for a VM, and its virtual functions need its host driver"
#define SAY_CONFIG_TOO_LARGE FINDING_CONFIG_INVALID, "shorten the file and " REMEDY_RUN_REBUILD, \
	"the file is larger than %d KiB and was not read"
#define SAY_CONFIG_UNREADABLE FINDING_CONFIG_INVALID, "make the file readable and " REMEDY_RUN_REBUILD, \
	"the file cannot be read: %s"
#define SAY_CRLF FINDING_CONFIG_INVALID, "save the file with Unix line ends", \
	"'%s' ends in a carriage return, which is ignored"
#define SAY_SAME_CARD FINDING_CONFIG_INVALID, "remove one of the lines", "'%s' of %s means the same as '%s' of %s"
#define SAY_BRIDGE FINDING_CONFIG_INVALID, REMEDY_SETUP, "'%s' names a bridge; bridges are never claimed"

/* CMDLINE_INVALID */
#define REMEDY_CMDLINE "correct or remove the kernel parameter; nothing is claimed until then"
#define WRONG_SELECTOR "no selector"
#define TEXT_UNKNOWN_PARAMETER "unknown parameter '%s' in '%s'"
#define SAY_CMDLINE_UNREADABLE FINDING_CMDLINE_INVALID, NULL, "the kernel command line cannot be read: %s"

/* MODE_OFF */
#define SAY_OFF_INVALID FINDING_MODE_OFF, NULL, \
	"the claim is off for this boot because a vfio_claim parameter is invalid; nothing was examined or claimed"
#define SAY_OFF_ASKED FINDING_MODE_OFF, "remove vfio_claim.mode=off from the kernel command line to claim again", \
	"the claim is off for this boot, as requested; nothing was examined or claimed"
#define SAY_VERIFIED_OFF FINDING_MODE_OFF, "remove it from the kernel command line and reboot to claim again", \
	"the mode of this boot was %s: nothing was claimed, as requested"

/* CRASH_KERNEL */
#define SAY_CRASH_KERNEL FINDING_CRASH_KERNEL, NULL, \
	"this kernel was started after a crash, to save its dump: nothing was examined, claimed or counted"

/* DEADLINE */
#define REMEDY_DEADLINE "look in the kernel log for what was slow, or raise 'timeout' in /etc/vfio-claim.conf"
#define TEXT_DEADLINE "the work was not done within %lld ms and was stopped"

/* TRIAL_SPENT */
#define REMEDY_TRIAL_SPENT \
	"look at 'vfio-claim log --list' for how far those boots came; then change the configuration, or run " \
	"'vfio-claim confirm --again' to try the same claim again"
#define SAY_TRIAL_SPENT_ONCE FINDING_TRIAL_SPENT, REMEDY_TRIAL_SPENT, \
	"the last boot with this claim did not reach the default target, or was switched off before: every card is " \
	"left to the host"
#define SAY_TRIAL_SPENT FINDING_TRIAL_SPENT, REMEDY_TRIAL_SPENT, \
	"%u boots in a row with this claim did not reach the default target, or were switched off before: every " \
	"card is left to the host"
#define SAY_TRIAL_UNCOUNTED FINDING_TRIAL_SPENT, \
	"make room in the firmware's store of variables, or write 'trial = off' in the configuration and " \
	REMEDY_RUN_REBUILD, \
	"the last boot with this claim did not reach the default target, and this boot cannot be counted (%s), so " \
	"the trial would never end: every card is left to the host"

#define SAY_MENU_TRIAL_SPENT FINDING_TRIAL_SPENT, \
	"look in the journals of those boots, where they came far enough to write one ('journalctl --list-boots'); " \
	"then change the configuration, or run 'vfio-claim confirm --again' to try the same claim again", \
	"as many boots in a row as allowed (%u) did not reach the default target, or were switched off before: " \
	"nothing was examined, and every card is left to the host; GRUB counted these boots, and they left no report"
#define SAY_MENU_TRIAL_UNCOUNTED FINDING_TRIAL_SPENT, \
	"write 'trial = off' in the configuration and run 'vfio-claim setup --rebuild', or repair the file system " \
	"of GRUB's environment block", \
	"the last boot with this claim did not reach the default target, and this boot cannot be counted (" \
	CLAUSE_GRUB_CANNOT_WRITE "), so the trial would never end: every card is left to the host"

/* TRIAL_UNAVAILABLE */
#define TEXT_TRIAL_UNAVAILABLE "the claim goes on without a trial: %s"
#define REMEDY_NO_STORE \
	"boot with vfio_claim.mode=off if this claim keeps the machine from coming up ('vfio-claim setup " \
	"--menu-entry' adds such an entry), or set 'trial = off' to silence this warning"
#define REMEDY_NO_UNIT \
	REMEDY_RUN_REBUILD " to enable it on a system with systemd, or set 'trial = off' to silence " \
	"this warning"
#define REMEDY_GRUB_CANNOT_WRITE \
	"run 'vfio-claim setup --rebuild', which looks whether GRUB can write there, or set 'trial = off' to silence " \
	"this warning"
#define REMEDY_OTHER_ON_TRIAL "run 'vfio-claim setup --rebuild', which begins a trial"
#define CLAUSE_GRUB_CANNOT_WRITE "GRUB cannot write its environment block"
#define CLAUSE_OTHER_ON_TRIAL "GRUB's count is of another configuration than this boot's"
#define CLAUSE_NOT_COUNTED "the attempt cannot be counted: %s"
#define CLAUSE_BOOT_NOT_COUNTED "this boot cannot be counted: %s"
#define CLAUSE_VARIABLE_UNREADABLE "the variable cannot be read: %s"
#define CLAUSE_NO_STORE "the firmware's variables cannot be opened: %s"
#define CLAUSE_NO_UNIT \
	"nothing would confirm this boot: when the image was built vfio-claim-confirm.service was not enabled, or " \
	"could not write EFI variables"
#define SAY_NOT_CONFIRMED FINDING_TRIAL_UNAVAILABLE, "run 'vfio-claim confirm' when the machine is up", \
	"nothing will confirm this boot by itself: %s"
#define SAY_BOX_NOT_WRITTEN FINDING_TRIAL_UNAVAILABLE, NULL, "the result of this attempt cannot be written: %s"

/* RESET_NONE */
#define SAY_RESET_NONE FINDING_RESET_NONE, NULL, \
	"the kernel cannot reset this function alone; VFIO resets its whole slot if the VM owns all of it"

/* KVM_MISSING */
#define TEXT_KVM_MISSING "the device does not exist: VMs run without hardware virtualisation, many times slower"
#define REMEDY_KVM_NESTED "switch on nested virtualisation for this VM in its hypervisor"
#define REMEDY_KVM_XEN "use Xen's own VMs: KVM does not work in dom0"
#define REMEDY_KVM_MODULE "run 'modprobe %s', and look in the kernel log if that fails"
#define REMEDY_KVM_FIRMWARE "switch on %s in the firmware setup"
#define REMEDY_KVM_LOG "look in the kernel log for messages of kvm"

/* FACT_UNKNOWN */
#define SAY_RELEASE_UNREADABLE FINDING_FACT_UNKNOWN, NULL, \
	"the file cannot be read: %s; the kernel's release, and so its modules, are not known"
#define SAY_IRQ_CHIP_LATE FINDING_FACT_UNKNOWN, NULL, \
	"whether message interrupts are isolated shows only once one is allocated; 'vfio-claim verify' asks VFIO " \
	"itself after the boot"

#define SAY_IMAGES_NOT_YET FINDING_FACT_UNKNOWN, \
	"see 'systemctl status vfio-claim-images.service', or run 'vfio-claim verify'", \
	"they were not judged yet in this boot, so what the next boot claims is not known"
#define SAY_IMAGES_UNJUDGED FINDING_FACT_UNKNOWN, \
	"run 'vfio-claim verify --images'; if that does not end either, check the file and the disk that it is on", \
	"whether the next boot claims anything is not known, because the boot images could not be judged: %s"

/* INTERNAL */
#define SAY_PCI_UNREADABLE FINDING_INTERNAL, NULL, "the PCI functions of this system cannot be listed"
#define SAY_VFIO_REFUSES FINDING_INTERNAL, "look in the kernel log for messages of VFIO", "VFIO refuses group %d: %s"
#define SAY_IMAGE_UNREADABLE FINDING_INTERNAL, NULL, "the content of its boot image %s cannot be read"
#define SAY_IMAGE_UNREADABLE_WHY FINDING_INTERNAL, NULL, "the content of its boot image %s cannot be read: %s"
#define TEXT_MORE_FINDINGS "%zu more findings like these are left out"
#define REMEDY_TELL_US "report this with the output of 'vfio-claim log --json'"
#define TEXT_WORK_LOST "the worker's report of this boot is lost"
#define TEXT_SUPERVISOR_KILLED "the supervising process was killed; its worker made this report"
#define REMEDY_OOPS \
	"look in the kernel log for 'Oops' or 'BUG': the module or driver named there, or this kernel, is broken"
#define CLAUSE_OOPS "the kernel has crashed in this boot (an oops), which kills the process that meets it"
#define REMEDY_OUT_OF_MEMORY "look in the kernel log for 'Out of memory'"
#define CLAUSE_OUT_OF_MEMORY "the kernel has run out of memory in this boot and killed processes for it"
