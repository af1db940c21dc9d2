/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds the data that all parts of vfio-claim share: configuration, snapshot, plan, outcome. Plain
 * structs and their clean-up: no I/O, no policy.
 */
#pragma once

#include "base/text.h"
#include "model/address.h"
#include "model/finding.h"

#define HOLD_DRIVER "vfio-claim-held" /* an override that is no driver's name */

/* A fact is known, is known to be absent, or cannot be read: three different answers. */
enum fact {
	FACT_ABSENT,
	FACT_KNOWN,
	FACT_UNREADABLE,
};

/* Configuration ----------------------------------------------------------------------- */

enum mode { MODE_CLAIM, MODE_CHECK, MODE_OFF, MODE_UNKNOWN };
enum on_failure { ON_FAILURE_RELEASE, ON_FAILURE_HOLD };
enum shared_group { SHARED_GROUP_REFUSE, SHARED_GROUP_CLAIM_ALL, SHARED_GROUP_GPU_ONLY };
enum strictness { STRICT_REQUIRE, STRICT_WARN };
enum boot_display { BOOT_DISPLAY_REFUSE, BOOT_DISPLAY_ALLOW };
enum attached_driver { ATTACHED_REFUSE, ATTACHED_UNBIND };

struct identity {
	bool has_address, has_id, has_subsystem, has_path, has_serial;
	struct bdf address;
	struct pci_id id, subsystem;
	struct pci_path path;
	uint64_t serial; /* of the Device Serial Number capability */
};

/* WANTED_VF: a virtual function that a `vf =` line takes, by its address alone. */
enum wanted_kind { WANTED_GPU, WANTED_DEVICE, WANTED_VF };

/* One `gpu =` or `device =` line, or one selector of vfio_claim.gpu=. */
struct wanted {
	enum wanted_kind kind;
	struct identity identity;
	char *text;   /* the selector as written */
	char *origin; /* "/etc/vfio-claim.conf:3" or "vfio_claim.gpu" */
};

enum card_setting_kind {
	CARD_RESET_METHOD,
	CARD_D3COLD,
	CARD_REBAR,
	CARD_SETTINGS_WRITTEN,		    /* so many are written to sysfs */
	CARD_OWNER = CARD_SETTINGS_WRITTEN, /* not the agent's: `setup` writes a rule of udev */
	CARD_IDLE_D3, /* these two are options of vfio_pci, for all cards */
	CARD_DISABLE_VGA,
	CARD_SETTINGS_,
};

#define CARD_VALUE_SIZE 80

/* A setting of one card, or of all: the kernel is told before the card's driver binds. */
struct card_setting {
	enum card_setting_kind kind;
	bool has_selector;
	struct identity identity;
	char *text; /* the line */
	/* As the kernel takes it: "flr bus", "0", "14" for 16G, " disable_vga=1"; "USER:GROUP". */
	char value[CARD_VALUE_SIZE];
};

#define TIMEOUT_DEFAULT_S 10
#define TIMEOUT_MAX_S 300
#define TRIAL_LIMIT_DEFAULT 2
#define TRIAL_LIMIT_MAX 9

/* What GRUB says of the trial that it counts itself: vfio_claim.trial= on the kernel command line. */
enum menu_trial_state {
	MENU_TRIAL_NONE,      /* GRUB counts nothing */
	MENU_TRIAL_TRYING,    /* this boot is attempt `boots` of `limit` */
	MENU_TRIAL_SPENT,     /* `boots` boots did not come up */
	MENU_TRIAL_UNCOUNTED, /* the same, and GRUB could not count this one */
	MENU_TRIAL_CONFIRMED, /* a boot with this configuration has come up */
};

/* So many characters of the configuration's digest tell one from the next. */
#define MENU_TRIAL_DIGEST 8

struct menu_trial {
	enum menu_trial_state state;
	unsigned boots, limit;
	char digest[MENU_TRIAL_DIGEST + 1];
};

struct config {
	struct wanted *wanted;
	size_t n_wanted, wanted_capacity;
	struct card_setting *card_settings;
	size_t n_card_settings, card_settings_capacity;
	char vfio_options[40]; /* those of the settings, each after a blank */
	/* The `vf =` lines as written, each after its place: "/etc/vfio-claim.conf:7 01:00.0 count=4".
	 * They concern the running system (decide/vf.h); the agent makes nothing of them. */
	struct strings vfs;
	enum mode mode;
	enum on_failure on_failure;
	enum shared_group shared_group;
	enum strictness interrupt_remapping;
	enum boot_display boot_display;
	enum attached_driver attached_driver;
	unsigned timeout_s;
	unsigned trial_limit; /* unfinished boots after which a claim is given up; 0: no trial */
	bool is_for_next_boot; /* judge as the agent will at boot, before any module is loaded */
	bool is_cmdline_invalid; /* then the mode is `off`, whatever the parameter */
	bool is_crash_kernel;	 /* the same */
	struct menu_trial menu_trial;
	char sha256[65]; /* of the file; empty without one */
	struct findings findings;
};

const char *mode_name(enum mode mode);
enum mode mode_parse(const char *name); /* MODE_UNKNOWN: another word */
const char *on_failure_name(enum on_failure policy);
void wanted_done(struct wanted *wanted);
void config_done(struct config *config);

/* Snapshot ---------------------------------------------------------------------------- */

#define GROUP_NONE (-1)

enum pcie_type {
	PCIE_UNKNOWN, /* not read far enough */
	PCIE_NONE, /* no PCI Express capability: conventional, or part of the root complex */
	PCIE_ENDPOINT,
	PCIE_LEGACY_ENDPOINT,
	PCIE_RC_ENDPOINT,
	PCIE_RC_EVENT_COLLECTOR,
	PCIE_ROOT_PORT,
	PCIE_UPSTREAM_PORT,
	PCIE_DOWNSTREAM_PORT,
	PCIE_TO_PCI_BRIDGE,
	PCI_TO_PCIE_BRIDGE,
};

#define ACS_SV 0x01 /* source validation */
#define ACS_TB 0x02 /* translation blocking */
#define ACS_RR 0x04 /* P2P request redirect */
#define ACS_CR 0x08 /* P2P completion redirect */
#define ACS_UF 0x10 /* upstream forwarding */
#define ACS_EC 0x20 /* P2P egress control */
#define ACS_DT 0x40 /* direct translated P2P */
#define ACS_REQUIRED                                                                     \
	(ACS_SV | ACS_RR | ACS_CR | ACS_UF) /* drivers/iommu: REQ_ACS_FLAGS */

/* The facts of a function in its configuration space. */
struct pci_caps {
	size_t size;	 /* bytes that were read */
	bool is_foreign; /* its ids differ from sysfs: it is not this function's space */
	bool is_list_broken; /* the capability list is a circle, or Express does not fit */
	bool is_gone;	     /* all ones: absent, in D3cold, or blocked */
	enum fact header_fact;
	uint8_t header_type; /* without the multifunction bit */
	bool is_multifunction;
	uint8_t secondary, subordinate; /* bridges */
	enum pcie_type type;
	bool has_slot; /* a port with a connector below it; known where the type is */
	bool has_flr;
	enum fact acs_fact;
	uint16_t acs_capability, acs_control;
	enum fact serial_fact;
	uint64_t serial; /* Device Serial Number */
	enum fact sriov_fact;
	uint16_t sriov_enabled_vfs;
	enum fact rebar_fact;
};

#define PCI_BARS 6

/* Features for a VM: reported, never judged. */
struct features {
	enum fact reset_fact;
	char reset_methods[64]; /* as the kernel lists them: "flr bus"; "" with FACT_KNOWN: none */
	char power_state[16];
	uint64_t bar_sizes[PCI_BARS]; /* bytes; 0: none */
	bool is_above_4g;
	uint8_t resizable_bars; /* a bit for each */
	unsigned virtual_functions;
};

/* The virtual functions that the driver of a function may create. */
struct pci_vfs {
	enum fact fact;			/* FACT_ABSENT: none */
	unsigned total, offset, stride; /* offset 0: their place is not known */
	uint16_t device;		/* their device id; 0: not known */
};

struct function {
	struct bdf address;
	struct pci_id id;
	uint32_t class; /* 24 bits: base class, subclass, interface */
	struct pci_path path;
	bool has_parent; /* false: on a root bus, or not known */
	struct bdf parent_address;
	size_t parent; /* the bridge above, an index; SIZE_MAX: none */

	/* Read only for functions that matter: `detailed`. */
	bool is_identified; /* at least its identity was read */
	bool detailed;
	enum fact identity_fact; /* of id and class */
	enum fact subsystem_fact;
	struct pci_id subsystem;
	enum fact driver_fact;
	char *driver;
	bool is_driver_builtin; /* it is bound before the agent runs, at every boot */
	bool is_virtual;	/* an SR-IOV virtual function */
	struct bdf physical;	/* of a virtual function: its physical function */
	bool is_removable;	/* the card can be unplugged, e.g. behind Thunderbolt */
	bool has_connectors;	/* a driver has found outputs on it */
	enum fact group_fact;
	int group; /* number, or GROUP_NONE */
	bool has_iommu_unit;
	char *read_modalias; /* where the ids were read from, until it is asked for as the next */
	char *modalias;	       /* NULL: not read */
	enum fact rivals_fact; /* FACT_UNREADABLE: there may be more */
	struct strings rivals;
	bool has_config;      /* the file exists; some bug reports lack it */
	struct pci_caps caps; /* size 0: config space was not read */
	struct features features;
	bool is_needed; /* the host needs it to boot */
	char *used_for; /* text: "root file system", "network eth0, up"; NULL: not known */
	char *in_use; /* keyboards, networks and disks on a USB controller; NULL: none known */
	bool is_use_recorded; /* in_use is from the time when the image was built */
	struct pci_vfs vfs;   /* read only if a line may mean one of them */
	enum fact boot_vga_fact;
	bool is_boot_vga;
	bool has_firmware_framebuffer;
	char *vfio_module; /* vfio_pci, or the variant that its vfio_pci: alias names */
	char *rejected_module;	/* a module that it needs and the kernel would refuse */
	bool is_reached_by_ids; /* an `ids=` of vfio-pci names it */
};

struct group {
	int number;
	bool is_noiommu;
	enum fact reserved_fact;
	bool has_reserved_direct;
	size_t *members; /* indexes into snapshot.functions */
	size_t n_members;
	size_t n_unknown; /* PCI members that the scan did not find */
};

enum iommu_kind {
	IOMMU_NONE,
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_VIRTIO,
	IOMMU_ARM_SMMU,
	IOMMU_OTHER,
};

/* The facts of the ACPI tables. */
struct acpi_iommu {
	bool is_malformed; /* any table: an impossible length */
	bool has_dmar, has_ivrs, has_viot, has_iort;
	size_t n_units; /* described: DRHDs; distinct IVHD device ids; virtio nodes; SMMUs */
	bool has_interrupt_remapping; /* DMAR flag */
	bool has_platform_opt_in;     /* DMAR: DMA_CTRL_PLATFORM_OPT_IN */
	bool has_remap_opt_out;	      /* DMAR: firmware forces remapping off */
	size_t n_reserved;	      /* RMRRs; IVMD unity blocks */
	size_t n_its;		      /* IORT: groups of interrupt translation services */
};

/* One need of the host, and the PCI functions behind it. */
struct host_need {
	char *use;    /* "root file system", "/boot", "swap", "resume=" ... */
	char *source; /* as found: "UUID=...", "/dev/sda2", "rpool" */
	struct bdf *functions;
	size_t n_functions, functions_capacity; /* 0: not followed to a PCI function */
	bool is_virtual; /* needs no PCI function: tmpfs, network, rootfs in memory */
};

struct host_needs {
	struct host_need *items;
	size_t n, capacity;
};

struct iommu {
	enum fact tables_fact; /* FACT_KNOWN: the ACPI table folder was listed */
	bool has_dmar, has_ivrs, has_viot, has_iort;
	enum fact units_fact;
	size_t n_units;
	bool is_smmu_v3;	  /* its groups follow from the PCI topology alone */
	enum iommu_kind kind;	  /* of the units, otherwise of the tables */
	struct acpi_iommu tables; /* read only when there is no unit */
	enum fact irq_fact;	  /* FACT_KNOWN: chip names were read */
	bool has_irq_remapping;
	bool is_irq_chip_late; /* ARM: the chip appears with the first message interrupt */
	bool has_unsafe_interrupts; /* vfio_iommu_type1 or iommufd allows them */
	struct strings evidence;
};

#define KNOWN_MATES 7

/*
 * A card that a line of the configuration means, or a twin of it, as it was when the line was
 * chosen or the image was built. This outlives the card.
 */
struct known_card {
	struct identity identity;
	bool has_port;
	struct pci_id port;		  /* of the root port above it */
	struct pci_id mates[KNOWN_MATES]; /* the other functions of its slot */
	size_t n_mates;
	bool is_meant;	/* a line of the configuration means this card */
	bool is_unseen; /* known by that line alone */
	bool is_removable;
	bool is_virtual;
	struct bdf physical; /* is_virtual: its physical function */
};

struct known_cards {
	struct known_card *items;
	size_t n, capacity;
};

enum hypervisor {
	HYPERVISOR_NONE,
	HYPERVISOR_QEMU,
	HYPERVISOR_VMWARE,
	HYPERVISOR_VIRTUALBOX,
	HYPERVISOR_HYPERV,
	HYPERVISOR_XEN, /* a guest, not dom0 */
	HYPERVISOR_OTHER,
};

/* The firmware's name is for trials. The rest is for the command's advice only, and the agent does
 * not read it. NULL: not known. */
struct platform {
	char *firmware;	     /* DMI's modalias: of the firmware and the machine */
	char *cpu_vendor;    /* "GenuineIntel", "AuthenticAMD" */
	char *board_vendor;  /* DMI */
	char *distribution;  /* ID of os-release */
	char *cmdline;	     /* of the kernel */
	char *next_cmdline;  /* of the entry that boots by default; NULL: not known */
	char *kernel_config; /* its lines about IOMMUs */
	char *tree_model;    /* of the device tree; NULL: ACPI describes the machine */
	enum hypervisor hypervisor;
	bool is_xen_dom0;
	bool has_unsafe_option; /* modprobe.d or the command line allows unsafe interrupts */
	enum fact virtualization_fact; /* the processor's flag vmx or svm */
	bool is_kvm_loaded;	       /* kvm_intel or kvm_amd */
	enum fact kvm_fact; /* /dev/kvm; FACT_UNREADABLE: there is no /dev to look in */
};

/* Facts that decide whether modules can load. */
struct security {
	enum fact secure_boot_fact;
	bool is_secure_boot;
	enum fact lockdown_fact;
	char lockdown[32]; /* "none", "integrity", "confidentiality" */
	enum fact signature_fact;
	bool is_signature_enforced;
};

struct snapshot {
	char *kernel;
	struct platform platform;
	struct security security;
	bool has_acs_override;	/* pcie_acs_override= is on the kernel command line */
	const char *ids_origin; /* text: the place of vfio-pci's `ids=`; NULL: none */
	const char *rejecting_parameter; /* the parameter that rejects modules; NULL: none */
	char *framebuffer_device; /* the firmware framebuffer's platform device; NULL: none */
	char *framebuffer_driver;  /* its driver; NULL: none */
	bool is_framebuffer_child; /* the device lies below a PCI function */
	char *framebuffer_console; /* the vtconsole on a framebuffer, e.g. vtcon1; NULL: none */
	enum fact needs_fact; /* FACT_KNOWN: every need of the host was followed to its end */
	char *boot_id;
	char *image_built_at; /* of the image's record; NULL outside an image */
	struct function *functions;
	size_t n_functions, functions_capacity;
	struct group *groups;
	size_t n_groups, groups_capacity;
	struct iommu iommu;
	struct known_cards known;
	unsigned registered; /* at this look: a bit for each of first_drivers[] (decide/reserve.h) */
	struct findings findings; /* facts that could not be read */
};

void host_needs_done(struct host_needs *needs);
void snapshot_done(struct snapshot *snapshot);
struct function *snapshot_find(const struct snapshot *snapshot, const struct bdf *address);
struct group *snapshot_group(const struct snapshot *snapshot, int number);

/* Plan -------------------------------------------------------------------------------- */

enum verdict { VERDICT_REFUSE, VERDICT_CLAIM };

#define TARGET_NONE SIZE_MAX

/* The plan for one wanted card or device. */
struct target {
	const struct wanted *wanted;
	enum verdict verdict;
	size_t part_of;	     /* the target whose card has this function, or TARGET_NONE */
	const char *no_hold; /* the reason not to hold the card; NULL: it may be held */
	bool is_awaited;     /* the card is not here, and may come */
	bool is_lost;	     /* its claim has failed: it counts as the host's again */
	bool is_group_deferred; /* no group until a driver probes: judged again once bound */
	bool has_unknown_function; /* in the slot: the card's own functions are not known */
	bool is_the_card_meant; /* false: nothing may be written to it, not even to hold it */
	size_t *functions; /* indexes into snapshot.functions; the named one is first */
	size_t n_functions, functions_capacity;
	size_t n_own; /* the first n_own of them are not drawn in by claim-all */
	int *groups;  /* numbers, each once */
	size_t n_groups, groups_capacity;
};

enum step_action {
	STEP_RELEASE_FRAMEBUFFER, /* release the firmware's console of a card */
	STEP_RESCAN, /* remove the function and rescan its bus: its BARs come back empty */
	STEP_OVERRIDE, /* write driver_override, before any module can load */
	STEP_LOAD,     /* load a module */
	STEP_UNBIND,   /* unbind a driver, in a child with a deadline */
	STEP_SETTING, /* write a card's setting while no driver is bound, and read it back */
	STEP_PROBE, /* drivers_probe, then read the driver link back */
	STEP_HOLD,  /* a refused card under on-failure=hold: no driver may bind */
};

struct step {
	enum step_action action;
	size_t target;	    /* index into plan.targets; unused by STEP_LOAD */
	size_t function;    /* index into snapshot.functions; unused by STEP_LOAD */
	const char *module; /* STEP_LOAD, STEP_OVERRIDE, STEP_PROBE: the driver's module */
	bool is_optional;   /* STEP_LOAD: the claim stands without it */
	const struct card_setting *setting; /* STEP_SETTING */
};

struct plan {
	struct target *targets;
	size_t n_targets, targets_capacity;
	struct step *steps;
	size_t n_steps, steps_capacity;
	struct findings findings;
};

void plan_done(struct plan *plan);
bool target_has_function(const struct target *target, size_t index);
/* Adds a function once, however often it is called. 0 or -ENOMEM. */
int MUST_CHECK target_add_function(struct target *target, size_t index);

/* Outcome ----------------------------------------------------------------------------- */

enum result {
	RESULT_NOT_TRIED,
	RESULT_CLAIMABLE,
	RESULT_CLAIMED,
	RESULT_REFUSED,
	RESULT_FAILED,
	RESULT_RELEASED, /* to the host's drivers, as asked on the running system */
	RESULT_HELD,	 /* no driver has it, as asked there */
	RESULT_OFF,
	RESULT_NOTHING_CONFIGURED,
	RESULT_UNKNOWN, /* another word, in a report */
};

const char *result_name(enum result result);
enum result result_parse(const char *name);
/* Was it given away as asked, by `vfio-claim release`? */
bool is_given_away(enum result result);

struct function_outcome {
	char *driver; /* as read back; NULL: none */
	enum result result;
	bool is_stuck; /* its unbind never returned: do not touch it again */
	/* Written, and to be undone with the claim; NULL: not. */
	const struct card_setting *settings[CARD_SETTINGS_WRITTEN];
};

struct outcome {
	enum result *targets;		    /* one for each plan.targets */
	struct function_outcome *functions; /* one for each snapshot.functions */
	size_t n_targets, n_functions;
	bool is_framebuffer_released; /* by us, for the target with this index */
	size_t framebuffer_target;
	struct findings findings;
};

int MUST_CHECK outcome_init(struct outcome *outcome, const struct plan *plan,
			    const struct snapshot *snapshot);
void outcome_done(struct outcome *outcome);

/* Verification ------------------------------------------------------------------------ */

/* What VFIO says when it is asked for a group. */
enum vfio_answer {
	VFIO_UNKNOWN, /* it cannot be asked, or not to the end without opening a device */
	VFIO_ACCEPTED, /* the group is in a container of an IOMMU type that a VM would use */
	VFIO_NOT_VIABLE, /* a member has a driver that does not let VFIO own the group */
	VFIO_REFUSED,	 /* viable, and yet no */
	VFIO_IN_USE,	 /* a VM, or another program, has it now */
};

const char *vfio_answer_name(enum vfio_answer answer);
/* An unknown word reads as VFIO_REFUSED. */
enum vfio_answer vfio_answer_parse(const char *name);

enum verified {
	VERIFIED_AS_CONFIGURED,
	VERIFIED_OFF, /* nothing was to be claimed in this boot, as asked on the command line */
	VERIFIED_NOTHING_CONFIGURED,
	VERIFIED_RELEASED, /* all is as configured but cards that were given away, as asked */
	VERIFIED_PENDING, /* configured since this boot began; the boot images are right */
	VERIFIED_NOT_AS_CONFIGURED,
};

const char *verified_name(enum verified verified);
/* An unknown word reads as VERIFIED_NOT_AS_CONFIGURED. */
enum verified verified_parse(const char *name);
