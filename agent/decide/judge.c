// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * May this card be claimed? Facts in, verdict and findings out; judge-group.c judges its groups.
 * Pure, like plan.c: no I/O, no clock, no environment, no static data.
 */
#include "decide/judge-parts.h"

#include "decide/advice.h"
#include "decide/framebuffer.h"
#include "decide/kernel.h"
#include "decide/member.h"
#include "decide/needs.h"

#include <stdio.h>

/* DMA remapping ------------------------------------------------------------------------ */

/* Three answers: the firmware offers none, the kernel uses none, its driver is not there yet. */
void judge_iommu(const struct snapshot *snapshot, const char *subject,
		 struct findings *findings)
{
	const struct iommu *iommu = &snapshot->iommu;
	bool has_table = iommu->has_dmar || iommu->has_ivrs || iommu->has_viot ||
			 iommu->has_iort;
	char remedy[ADVICE_SIZE];

	if (iommu->n_units)
		return;
	if (iommu->has_viot)
		findings_add(findings, FINDING_IOMMU_NOT_READY, subject,
			     "use a kernel with the virtio_iommu driver, then run 'vfio-claim setup --rebuild'",
			     "the machine has a virtio-iommu, but its driver is not at work");
	else if (iommu->tables_fact == FACT_KNOWN && !has_table)
		findings_add(findings, FINDING_IOMMU_OFF_FIRMWARE, subject,
			     advice_firmware(&snapshot->platform, remedy),
			     "the firmware offers no IOMMU: no DMAR, IVRS, VIOT or IORT table");
	else
		findings_add(findings, FINDING_IOMMU_OFF_KERNEL, subject,
			     advice_kernel(iommu, &snapshot->platform, remedy),
			     has_table ?
				     "the firmware offers an IOMMU, but the kernel does not use it" :
				     "the kernel uses no IOMMU, and whether the firmware offers "
				     "one cannot be read");
}

/* On for a function that has a group and a unit, and only then. */
static bool is_remapped(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];
		const struct group *group;

		bdf_format(&function->address, subject);
		if (function->group_fact == FACT_ABSENT &&
		    is_group_deferred(judgement->snapshot))
			continue;
		if (function->group_fact == FACT_ABSENT) {
			judge_iommu(judgement->snapshot, subject, judgement->findings);
			if (judgement->snapshot->iommu.n_units)
				findings_add(judgement->findings, FINDING_IOMMU_NOT_READY,
					     subject,
					     "look in the kernel log for what the IOMMU driver "
					     "says of this function",
					     "an IOMMU is on, but this function is in no group "
					     "of it");
			return false;
		}
		group = function->group_fact == FACT_KNOWN ?
				snapshot_group(judgement->snapshot, function->group) :
				NULL;
		if (!group) {
			findings_add(judgement->findings, FINDING_IOMMU_NOT_READY,
				     subject, NULL,
				     "the IOMMU group of this function cannot be read: its "
				     "iommu_group, or that group's folder below "
				     "/sys/kernel/iommu_groups");
			return false;
		}
		if (group->is_noiommu) {
			findings_add(judgement->findings, FINDING_IOMMU_NOIOMMU, subject,
				     "take away enable_unsafe_noiommu_mode and switch a real "
				     "IOMMU on",
				     "group %d is VFIO's no-IOMMU mode, which protects nothing",
				     group->number);
			return false;
		}
		if (group->n_unknown || !group->n_members) {
			findings_add(judgement->findings, FINDING_GROUP_SHARED, subject,
				     NULL,
				     "group %d holds functions that cannot be read: see "
				     "/sys/kernel/iommu_groups/%d/devices",
				     group->number, group->number);
			return false;
		}
		if (!function->has_iommu_unit) {
			findings_add(judgement->findings, FINDING_IOMMU_NOT_READY,
				     subject, NULL,
				     "group %d belongs to no IOMMU unit: this function has no "
				     "link named iommu in sysfs",
				     group->number);
			return false;
		}
	}
	return true;
}

/* Interrupts ----------------------------------------------------------------------------- */

/* VFIO refuses a group without isolated MSI, at VM start, unless it is told not to care. */
static bool is_interrupt_safe(const struct judgement *judgement)
{
	const struct iommu *iommu = &judgement->snapshot->iommu;
	bool is_required = judgement->config->interrupt_remapping == STRICT_REQUIRE;
	char subject[PCI_ADDRESS_SIZE];

	bdf_format(&target_function(judgement, 0)->address, subject);
	if (iommu->has_unsafe_interrupts)
		findings_add(judgement->findings, FINDING_UNSAFE_INTERRUPTS, subject,
			     "take allow_unsafe_interrupts away where interrupt remapping works",
			     "VFIO is told to go on without interrupt remapping: a guest may "
			     "inject interrupts into the host");
	if (iommu->irq_fact == FACT_KNOWN && iommu->has_irq_remapping)
		return true;
	if (iommu->is_irq_chip_late) { /* VFIO's own answer loses nothing by coming later */
		findings_add(judgement->findings, FINDING_FACT_UNKNOWN, "/sys/kernel/irq",
			     NULL,
			     "whether message interrupts are kept apart shows only once one is "
			     "allocated; 'vfio-claim verify' asks VFIO itself after the boot");
		return true;
	}
	findings_add_as(
		judgement->findings, is_required ? SEVERITY_ERROR : SEVERITY_WARNING,
		FINDING_IRQ_REMAP_OFF, subject,
		"take intremap=off, nox2apic and the like from the kernel command line; "
		"update the firmware; where the hardware cannot, 'interrupt-remapping = "
		"warn' claims all the same, and VFIO needs allow_unsafe_interrupts=1",
		iommu->irq_fact == FACT_KNOWN ?
			"interrupt remapping is off: no interrupt chip is named IR-" :
			"whether interrupt remapping is on cannot be read: no interrupt below "
			"/sys/kernel/irq names its chip");
	return !is_required;
}

/* Drivers that were first ---------------------------------------------------------------- */

static bool is_free_of_drivers(const struct judgement *judgement)
{
	bool is_free = true;

	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		bdf_format(&function->address, subject);
		if (function->driver_fact == FACT_UNREADABLE) {
			findings_add(judgement->findings, FINDING_DRIVER_ATTACHED,
				     subject, NULL,
				     "whether a driver has this function cannot be read: its driver link "
				     "in sysfs");
			is_free = false;
		} else if (function->driver_fact == FACT_ABSENT ||
			   is_vfio_driver(function->driver) ||
			   (judgement->config->is_for_next_boot &&
			    !function->is_driver_builtin)) {
			continue;
		} else if (is_gpu(function) &&
			   judgement->config->attached_driver == ATTACHED_REFUSE) {
			findings_add(judgement->findings, FINDING_DRIVER_ATTACHED, subject,
				     "run 'vfio-claim setup --rebuild' so that the agent runs before "
				     "this driver; if the driver is built in, 'attached-driver = "
				     "unbind' takes it off, which may hang the card",
				     "the driver %s has this display already",
				     function->driver);
			is_free = false;
		} else {
			findings_add_as(judgement->findings, SEVERITY_WARNING,
					FINDING_DRIVER_ATTACHED, subject, NULL,
					"the driver %s has this function already and is taken off",
					function->driver);
		}
	}
	return is_free;
}

/* What the host cannot do without ------------------------------------------------------------ */

/* The functions of a configured card are the person's word, as far as nothing is known to need
 * them; of any other function what is not known counts. */
static bool is_kept_for_boot(const struct snapshot *snapshot, const struct target *target,
			     size_t i)
{
	const struct function *function = &snapshot->functions[target->functions[i]];

	return target->wanted->kind == WANTED_GPU && i < target->n_own ?
		       function->is_needed :
		       is_needed_or_in_doubt(snapshot, function);
}

static bool is_spared_by_boot(const struct judgement *judgement)
{
	bool is_spared = true;

	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		if (!is_kept_for_boot(judgement->snapshot, judgement->target, i))
			continue;
		findings_add(judgement->findings, FINDING_BOOT_DISK,
			     bdf_format(&function->address, subject),
			     function->is_needed ?
				     "remove its line from /etc/vfio-claim.conf" :
				     "run 'vfio-claim setup --rebuild' on the running system, so that "
				     "the image knows what the host boots from",
			     "%s%s",
			     function->is_needed ?
				     "the host needs this function to boot: " :
				     "the host may need this function to boot, and what it boots "
				     "from is not known",
			     function->is_needed && function->used_for ? function->used_for :
									 "");
		is_spared = false;
	}
	return is_spared;
}

/* Displays --------------------------------------------------------------------------------- */

static void note_console(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		bool is_by_hand = has_framebuffer_to_release(judgement->snapshot, function);
		char subject[PCI_ADDRESS_SIZE];

		if (!is_gpu(function) || !has_console(function))
			continue;
		findings_add_as(judgement->findings,
				is_by_hand ? SEVERITY_WARNING : SEVERITY_INFO,
				FINDING_FIRMWARE_FRAMEBUFFER,
				bdf_format(&function->address, subject), NULL,
				"the console is on this display%s and goes dark when it is "
				"claimed%s",
				function->has_firmware_framebuffer ?
					" (firmware framebuffer)" :
					"",
				is_by_hand ?
					"; the kernel does not release it, so the agent does" :
					"");
		framebuffer_judge(judgement->snapshot, function, judgement->findings);
	}
}

void judge_last_display(const struct config *config, const struct function *card,
			const struct function *display, struct findings *findings)
{
	bool is_allowed = config->boot_display == BOOT_DISPLAY_ALLOW;
	char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];

	findings_add_as(findings, is_allowed ? SEVERITY_WARNING : SEVERITY_ERROR,
			FINDING_BOOT_DISPLAY, bdf_format(&card->address, subject),
			is_allowed ?
				NULL :
				"set 'boot-display = allow' to claim it all the same, and be "
				"sure to reach the machine by network or serial line",
			"the host %s left without a display: %s shows its last picture",
			is_allowed ? "is" : "would be",
			bdf_format(&display->address, address));
}

const char *judge_no_hold(const struct snapshot *snapshot, const struct target *target,
			  size_t last_display)
{
	for (size_t i = 0; i < target->n_own; i++)
		if (is_kept_for_boot(snapshot, target, i))
			return snapshot->functions[target->functions[i]].is_needed ?
				       "the host needs it to boot" :
				       "the host may need it to boot";
	return target_has_function(target, last_display) ?
		       "the host would be left without a display" :
		       NULL;
}

/* What the card is ---------------------------------------------------------------------- */

/* Where the card can be unplugged a boot without it is no fault of the machine. */
static void note_removable(const struct judgement *judgement)
{
	const struct function *function = target_function(judgement, 0);
	char subject[PCI_ADDRESS_SIZE];

	if (function->is_removable)
		findings_add(judgement->findings, FINDING_REMOVABLE,
			     bdf_format(&function->address, subject), NULL,
			     "the card can be unplugged: when it is authorised or plugged in after "
			     "the agent has run, the host's driver has it");
}

/* Many consumer cards have none: a VM can use them once, and again only after a bus reset. */
static void note_reset(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		if (is_gpu(function) && function->features.reset_fact == FACT_KNOWN &&
		    !*function->features.reset_methods)
			findings_add(judgement->findings, FINDING_RESET_NONE,
				     bdf_format(&function->address, subject), NULL,
				     "the kernel knows no way to reset this function alone; VFIO "
				     "resets its whole slot when the VM owns all of it");
	}
}

/* All or none: a function that may be the card's own must not be left out by accident. */
static bool is_card_known(const struct judgement *judgement)
{
	bool is_known = !judgement->target->has_unknown_function;
	char subject[PCI_ADDRESS_SIZE];

	/* Named by its address, or drawn in with its group: it may be anything that the host needs. */
	for (size_t i = 0; i < judgement->target->n_functions; i++)
		if (target_function(judgement, i)->identity_fact == FACT_UNREADABLE)
			is_known = false;
	if (is_known)
		return true;
	findings_add_as(judgement->findings, SEVERITY_ERROR,
			FINDING_SLOT_HAS_HOST_FUNCTIONS,
			bdf_format(&target_function(judgement, 0)->address, subject),
			"look in the kernel log for what it says of this slot",
			"id or class of a function of the card or its slot cannot be read, so it "
			"cannot be told what belongs to the card");
	return false;
}

/* A function that does not answer as itself is in no state to be handed over. */
static bool is_answering(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		const struct pci_caps *caps = &function->caps;
		char subject[PCI_ADDRESS_SIZE];

		if (!function->has_config ||
		    (caps->header_fact == FACT_KNOWN && caps->header_type == 0 &&
		     !caps->is_gone && !caps->is_foreign && !caps->is_list_broken))
			continue;
		findings_add(judgement->findings, FINDING_GPU_CHANGED,
			     bdf_format(&function->address, subject),
			     caps->is_gone ?
				     "switch the machine off and on; a card that does not wake from "
				     "D3cold may with pcie_port_pm=off on the kernel command line; "
				     "else the card or its slot is broken" :
				     "switch the machine off and on; if that does not help, the card "
				     "or its slot is broken",
			     "the function does not answer as itself: %s",
			     caps->is_gone ? "all ones (asleep in D3cold, blocked or gone)" :
			     caps->header_fact != FACT_KNOWN ?
					     "its configuration space is not "
					     "readable" :
			     caps->is_foreign ? "other ids than the kernel found at first" :
			     caps->is_list_broken ? "its list of capabilities has no end" :
						    "it says that it is a bridge");
		return false;
	}
	return true;
}

enum verdict judge_target(const struct config *config, const struct snapshot *snapshot,
			  const struct plan *plan, const struct target *target,
			  struct findings *findings)
{
	struct judgement judgement = { config, snapshot, plan, target, findings };
	bool is_good = true;

	is_good &= is_card_known(&judgement);
	is_good &= is_answering(&judgement);
	is_good &= is_remapped(&judgement);
	if (is_good) { /* without an IOMMU there is nothing to be said of groups and interrupts */
		is_good &= is_interrupt_safe(&judgement);
		is_good &= are_groups_viable(&judgement);
	}
	is_good &= is_free_of_drivers(&judgement);
	is_good &= is_load_harmless(&judgement);
	is_good &= is_spared_by_boot(&judgement);
	note_usb_in_use(&judgement);
	note_acs_override(&judgement);
	note_console(&judgement);
	note_removable(&judgement);
	note_reset(&judgement);
	return is_good ? VERDICT_CLAIM : VERDICT_REFUSE;
}
