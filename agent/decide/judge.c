// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges whether a card may be claimed: facts in, verdict and findings out. Pure. judge-group.c
 * judges its groups, judge-load.c the modules.
 */
#include "decide/judge-parts.h"

#include "decide/framebuffer.h"
#include "decide/kernel.h"
#include "decide/member.h"
#include "decide/needs.h"
#include "model/finding.h"

#include <stdio.h>

/* DMA remapping ------------------------------------------------------------------------ */

/* Three answers: the firmware offers no IOMMU, the kernel uses none, the driver is missing. */
void judge_iommu(const struct snapshot *snapshot, const char *subject,
		 struct findings *findings)
{
	const struct iommu *iommu = &snapshot->iommu;
	bool has_table = iommu->has_dmar || iommu->has_ivrs || iommu->has_viot ||
			 iommu->has_iort;

	if (iommu->n_units)
		return;
	if (iommu->has_viot)
		findings_add(findings, subject, SAY_VIRTIO_IOMMU_IDLE);
	else if (iommu->tables_fact == FACT_KNOWN && !has_table)
		findings_add(findings, subject, FINDING_IOMMU_OFF_FIRMWARE, REMEDY_CHECK,
			     TEXT_FIRMWARE_WITHOUT_IOMMU);
	else
		findings_add(findings, subject, FINDING_IOMMU_OFF_KERNEL, REMEDY_CHECK,
			     has_table ? TEXT_KERNEL_IGNORES_IOMMU :
					 TEXT_KERNEL_WITHOUT_IOMMU);
}

/* DMA is remapped only for a function with a group and a unit. */
static bool is_remapped(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];
		const struct group *group;

		bdf_format(&function->address, subject);
		if (is_group_deferred(judgement->snapshot, function))
			continue;
		if (function->group_fact == FACT_ABSENT) {
			judge_iommu(judgement->snapshot, subject, judgement->findings);
			if (judgement->snapshot->iommu.n_units)
				findings_add(judgement->findings, subject, SAY_NO_GROUP);
			return false;
		}
		group = function->group_fact == FACT_KNOWN ?
				snapshot_group(judgement->snapshot, function->group) :
				NULL;
		if (!group) {
			findings_add(judgement->findings, subject, SAY_GROUP_UNREADABLE);
			return false;
		}
		if (group->is_noiommu) {
			findings_add(judgement->findings, subject, SAY_NOIOMMU,
				     group->number);
			return false;
		}
		if (group->n_unknown || !group->n_members) {
			findings_add(judgement->findings, subject, SAY_MEMBERS_UNREADABLE,
				     group->number, group->number);
			return false;
		}
		if (!function->has_iommu_unit) {
			findings_add(judgement->findings, subject, SAY_NO_UNIT,
				     group->number);
			return false;
		}
	}
	return true;
}

/* Interrupts ----------------------------------------------------------------------------- */

/* VFIO refuses a group without isolated MSI at VM start, unless unsafe interrupts are allowed. */
static bool is_interrupt_safe(const struct judgement *judgement)
{
	const struct iommu *iommu = &judgement->snapshot->iommu;
	bool is_required = judgement->config->interrupt_remapping == STRICT_REQUIRE;
	char subject[PCI_ADDRESS_SIZE];

	bdf_format(&target_function(judgement, 0)->address, subject);
	if (iommu->has_unsafe_interrupts && iommu->has_irq_remapping)
		findings_add(judgement->findings, subject, SAY_UNSAFE_INTERRUPTS);
	else if (iommu->has_unsafe_interrupts)
		findings_add(judgement->findings, subject, SAY_UNSAFE_NEEDED);
	if (iommu->irq_fact == FACT_KNOWN && iommu->has_irq_remapping)
		return true;
	if (iommu->is_irq_chip_late) { /* VFIO's own answer can wait */
		findings_add(judgement->findings, "/sys/kernel/irq", SAY_IRQ_CHIP_LATE);
		return true;
	}
	findings_add_as(judgement->findings,
			is_required ? SEVERITY_ERROR : SEVERITY_WARNING, subject,
			FINDING_IRQ_REMAP_OFF, REMEDY_CHECK,
			iommu->irq_fact == FACT_KNOWN ? TEXT_IRQ_REMAP_OFF :
							TEXT_IRQ_REMAP_UNKNOWN);
	return !is_required;
}

/* Drivers that were first ---------------------------------------------------------------- */

/* pci-stub is no rival: it keeps every driver from the function, because somebody wanted that. */
static void add_attached_finding(const struct judgement *judgement,
				 const struct function *function, const char *subject)
{
	if (streq(function->driver, "pci-stub"))
		findings_add(judgement->findings, subject, SAY_PCI_STUB);
	else if (function->is_driver_builtin)
		findings_add(judgement->findings, subject, SAY_DRIVER_BUILT_IN,
			     function->driver);
	else
		findings_add(judgement->findings, subject, SAY_DRIVER_ATTACHED,
			     function->driver);
}

static bool is_free_of_drivers(const struct judgement *judgement)
{
	bool is_free = true;

	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		bdf_format(&function->address, subject);
		if (function->driver_fact == FACT_UNREADABLE) {
			findings_add(judgement->findings, subject, SAY_DRIVER_UNREADABLE);
			is_free = false;
		} else if (function->driver_fact == FACT_ABSENT ||
			   is_vfio_driver(function->driver) ||
			   (judgement->config->is_for_next_boot &&
			    !function->is_driver_builtin)) {
			continue;
		} else if (is_gpu(function) &&
			   judgement->config->attached_driver == ATTACHED_REFUSE) {
			add_attached_finding(judgement, function, subject);
			is_free = false;
		} else {
			findings_add_as(judgement->findings, SEVERITY_WARNING, subject,
					SAY_DRIVER_UNBOUND, function->driver);
		}
	}
	return is_free;
}

/* What the host cannot do without ------------------------------------------------------------ */

/* The user vouches for the functions of a configured card, unless the host is known to need them.
 * Any other function counts as needed if that is not known. */
static bool is_kept_for_boot(const struct snapshot *snapshot, const struct target *target,
			     size_t i)
{
	const struct function *function = &snapshot->functions[target->functions[i]];

	return target->wanted->kind != WANTED_DEVICE && i < target->n_own ?
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
		bdf_format(&function->address, subject);
		if (function->is_needed)
			findings_add(judgement->findings, subject, SAY_NEEDED,
				     function->used_for ? function->used_for : "");
		else
			findings_add(judgement->findings, subject, SAY_MAY_BE_NEEDED);
		is_spared = false;
	}
	return is_spared;
}

/* Displays --------------------------------------------------------------------------------- */

static void add_console_finding(const struct judgement *judgement,
				const struct function *function)
{
	struct findings *findings = judgement->findings;
	char subject[PCI_ADDRESS_SIZE];

	bdf_format(&function->address, subject);
	if (has_framebuffer_to_release(judgement->snapshot, function))
		findings_add(findings, subject, SAY_CONSOLE_BY_AGENT);
	else if (function->has_firmware_framebuffer)
		findings_add_as(findings, SEVERITY_INFO, subject, SAY_CONSOLE_FIRMWARE);
	else
		findings_add_as(findings, SEVERITY_INFO, subject, SAY_CONSOLE);
	framebuffer_judge(judgement->snapshot, function, findings);
}

static void add_console_findings(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);

		if (is_gpu(function) && has_console(function))
			add_console_finding(judgement, function);
	}
}

void judge_last_display(const struct config *config, const struct function *card,
			const struct function *display, struct findings *findings)
{
	char subject[PCI_ADDRESS_SIZE], address[PCI_ADDRESS_SIZE];

	bdf_format(&card->address, subject);
	bdf_format(&display->address, address);
	if (config->boot_display == BOOT_DISPLAY_ALLOW)
		findings_add_as(findings, SEVERITY_WARNING, subject,
				SAY_LAST_DISPLAY_GOES, address);
	else
		findings_add(findings, subject, SAY_LAST_DISPLAY, address);
}

const char *judge_no_hold(const struct snapshot *snapshot, const struct target *target,
			  size_t last_display)
{
	for (size_t i = 0; i < target->n_own; i++)
		if (is_kept_for_boot(snapshot, target, i))
			return snapshot->functions[target->functions[i]].is_needed ?
				       CLAUSE_NEEDED :
				       CLAUSE_MAY_BE_NEEDED;
	return target_has_function(target, last_display) ? CLAUSE_LAST_DISPLAY : NULL;
}

/* What the card is ---------------------------------------------------------------------- */

/* A boot without a removable card is no fault of the machine. */
static void add_removable_finding(const struct judgement *judgement)
{
	const struct function *function = target_function(judgement, 0);
	char subject[PCI_ADDRESS_SIZE];

	if (function->is_removable)
		findings_add(judgement->findings, bdf_format(&function->address, subject),
			     SAY_REMOVABLE);
}

/* Many consumer cards have no reset: a VM can use them once, and again only after a bus reset. */
static void add_reset_findings(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		char subject[PCI_ADDRESS_SIZE];

		if (is_gpu(function) && function->features.reset_fact == FACT_KNOWN &&
		    !*function->features.reset_methods)
			findings_add(judgement->findings,
				     bdf_format(&function->address, subject),
				     SAY_RESET_NONE);
	}
}

/* All or none: no function of the card may be left out by accident. */
static bool is_card_known(const struct judgement *judgement)
{
	bool is_known = !judgement->target->has_unknown_function;
	char subject[PCI_ADDRESS_SIZE];

	/* A function that a line names, or that its group draws in, may be one that the host needs. */
	for (size_t i = 0; i < judgement->target->n_functions; i++)
		if (target_function(judgement, i)->identity_fact == FACT_UNREADABLE)
			is_known = false;
	if (is_known)
		return true;
	findings_add_as(judgement->findings, SEVERITY_ERROR,
			bdf_format(&target_function(judgement, 0)->address, subject),
			SAY_EXTENT_UNKNOWN);
	return false;
}

/* The damage to the function's configuration space; NULL: none, or the space was not read. */
static const char *find_damage(const struct function *function)
{
	const struct pci_caps *caps = &function->caps;

	if (!function->has_config)
		return NULL;
	if (caps->is_gone)
		return TEXT_ALL_ONES;
	if (caps->header_fact != FACT_KNOWN)
		return TEXT_CONFIG_SPACE_UNREADABLE;
	if (caps->is_foreign)
		return TEXT_FOREIGN_IDS;
	if (caps->is_list_broken)
		return TEXT_ENDLESS_CAPS;
	return caps->header_type == 0 ? NULL : TEXT_BRIDGE_HEADER;
}

/* A damaged function is in no state to be given to a VM. */
static bool is_intact(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->target->n_functions; i++) {
		const struct function *function = target_function(judgement, i);
		const char *damage = find_damage(function);
		char subject[PCI_ADDRESS_SIZE];

		if (!damage)
			continue;
		findings_add(judgement->findings, bdf_format(&function->address, subject),
			     FINDING_GPU_CHANGED,
			     function->caps.is_gone ? REMEDY_ALL_ONES : REMEDY_POWER_CYCLE,
			     "%s", damage);
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
	is_good &= is_intact(&judgement);
	is_good &= is_remapped(&judgement);
	if (is_good) { /* groups and interrupts mean nothing without an IOMMU */
		is_good &= is_interrupt_safe(&judgement);
		is_good &= are_groups_viable(&judgement);
	}
	is_good &= is_free_of_drivers(&judgement);
	is_good &= is_load_harmless(&judgement);
	is_good &= is_spared_by_boot(&judgement);
	add_usb_findings(&judgement);
	add_acs_override_finding(&judgement);
	add_console_findings(&judgement);
	add_removable_finding(&judgement);
	add_reset_findings(&judgement);
	return is_good ? VERDICT_CLAIM : VERDICT_REFUSE;
}
