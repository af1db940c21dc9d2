// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds which card a finding is about, and the reason against a card in a few words. Prints nothing. */
#include "cmd/check-reason.h"

#include "cmd/check.h"
#include "decide/member.h"
#include "decide/select.h"
#include "model/finding.h"

#include <stdio.h>

/* Which card a finding is about ------------------------------------------------------------------ */

/* The function that a line means without being allowed to have it, such as a virtual function. */
static const struct function *find_meant(const struct screen *screen,
					 const struct target *target)
{
	return target->n_functions ?
		       NULL :
		       identity_resolve(&target->wanted->identity, screen->snapshot).function;
}

static bool is_of_target(const struct screen *screen, const struct target *target,
			 const struct finding *finding)
{
	const struct function *meant = find_meant(screen, target);
	struct bdf address;

	if (is_string_equal(finding->subject, target->wanted->origin))
		return true;
	if (!finding->subject || !bdf_parse(finding->subject, &address))
		return false;
	if (meant && bdf_compare(&meant->address, &address) == 0)
		return true;
	for (size_t i = 0; i < target->n_functions; i++)
		if (bdf_compare(&screen->snapshot->functions[target->functions[i]].address,
				&address) == 0)
			return true;
	return false;
}

/* The first card that it is about, so that it is printed once. NULL: none. */
const struct target *check_target_of(const struct screen *screen,
				     const struct finding *finding)
{
	for (size_t i = 0; i < screen->plan->n_targets; i++)
		if (is_of_target(screen, &screen->plan->targets[i], finding))
			return &screen->plan->targets[i];
	return NULL;
}

/* Each card has these, and the cause and the remedy are the machine's. */
bool check_is_of_machine(const struct finding *finding)
{
	return finding->code == FINDING_IOMMU_OFF_FIRMWARE ||
	       finding->code == FINDING_IOMMU_OFF_KERNEL ||
	       finding->code == FINDING_IRQ_REMAP_OFF ||
	       finding->code == FINDING_UNSAFE_INTERRUPTS;
}

static bool is_about_sharing(const struct finding *finding)
{
	return finding->code == FINDING_GROUP_SHARED ||
	       finding->code == FINDING_GROUP_HOLDS_BOOT_DISK ||
	       finding->code == FINDING_GROUP_HOLDS_NETWORK;
}

/* Reasons --------------------------------------------------------------------------------------- */

size_t check_for_each_blocker(const struct screen *screen, const struct target *target,
			      check_blocker *callback, void *data)
{
	size_t n = 0;

	for (size_t i = 0; i < target->n_groups; i++) {
		const struct group *group =
			snapshot_group(screen->snapshot, target->groups[i]);

		for (size_t k = 0; group && k < group->n_members; k++)
			if (member_judge(screen->snapshot, screen->plan, target,
					 group->members[k]) == MEMBER_BLOCKS)
				callback(screen,
					 &screen->snapshot->functions[group->members[k]],
					 n++, data);
	}
	return n;
}

static void ignore(const struct screen *screen, const struct function *function, size_t n,
		   void *data)
{
	(void)screen;
	(void)function;
	(void)n;
	(void)data;
}

void check_find_sharing(const struct screen *screen, const struct target *target,
			struct sharing *ret_sharing)
{
	const struct findings *findings = &screen->plan->findings;
	struct sharing sharing = {};

	for (size_t i = 0; i < findings->n; i++)
		if (is_about_sharing(&findings->items[i]) &&
		    check_target_of(screen, &findings->items[i]) == target)
			sharing.items[sharing.n++] = &findings->items[i];
	if (sharing.n != check_for_each_blocker(screen, target, ignore, NULL))
		sharing.n = 0;
	*ret_sharing = sharing;
}

bool check_is_shared_by(const struct sharing *sharing, const struct finding *finding)
{
	for (size_t i = 0; i < sharing->n; i++)
		if (sharing->items[i] == finding)
			return true;
	return false;
}

static void add_first(const struct screen *screen, const struct function *function,
		      size_t n, void *data)
{
	char *reason = data, address[PCI_ADDRESS_SIZE];
	size_t used = strlen(reason);

	(void)screen;
	if (n < 2)
		snprintf(reason + used, REASON_SIZE - used, "%s%s", n ? ", " : "",
			 bdf_format(&function->address, address));
}

static void set_sharing(const struct screen *screen, const struct target *target,
			char reason[static REASON_SIZE])
{
	size_t used, n;

	snprintf(reason, REASON_SIZE, "shares group %d with ", target->groups[0]);
	n = check_for_each_blocker(screen, target, add_first, reason);
	used = strlen(reason);
	if (n > 2)
		snprintf(reason + used, REASON_SIZE - used, " and %zu more", n - 2);
}

/* In a few words; the finding has the details. */
static const struct {
	enum finding_code code;
	const char *reason;
} reasons[] = {
	{ FINDING_IOMMU_OFF_FIRMWARE, "there is no IOMMU" },
	{ FINDING_IOMMU_OFF_KERNEL, "the IOMMU is not in use" },
	{ FINDING_IOMMU_NOT_READY, "it is in no IOMMU group" },
	{ FINDING_IRQ_REMAP_OFF, "interrupt remapping is off" },
	{ FINDING_BOOT_DISPLAY, "it is the host's last display" },
	{ FINDING_GPU_NOT_FOUND, "it was not found" },
	{ FINDING_GPU_AMBIGUOUS, "which card is meant is not certain" },
	{ FINDING_MODULE_REJECTED, "the kernel command line keeps a module out" },
};

static const char *driver_of(const struct screen *screen, const struct target *target)
{
	const struct function *function =
		&screen->snapshot->functions[target->functions[0]];

	return function->driver ? function->driver : "a driver";
}

const char *check_find_reason(const struct screen *screen, const struct target *target,
			      char buffer[static REASON_SIZE])
{
	const struct findings *findings = &screen->plan->findings;
	const struct finding *finding = NULL;
	struct sharing sharing;

	if (findings_have_error(&screen->check->survey.config.findings))
		return "the configuration is wrong";
	for (size_t i = 0; i < findings->n && !finding; i++)
		if (findings->items[i].severity == SEVERITY_ERROR &&
		    is_of_target(screen, target, &findings->items[i]))
			finding = &findings->items[i];
	if (!finding)
		return target->part_of == TARGET_NONE ?
			       "refused" :
			       "it is part of a card that is refused";
	check_find_sharing(screen, target, &sharing);
	if (is_about_sharing(finding) && sharing.n) {
		set_sharing(screen, target, buffer);
		return buffer;
	}
	if (finding->code == FINDING_DRIVER_ATTACHED && target->n_functions) {
		snprintf(buffer, REASON_SIZE, "%s has it already",
			 driver_of(screen, target));
		return buffer;
	}
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].code == finding->code)
			return reasons[i].reason;
	return finding->text;
}
