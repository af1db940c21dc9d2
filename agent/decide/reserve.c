// SPDX-License-Identifier: GPL-2.0-or-later
/* Decides which ids vfio-pci may be asked for before their card comes, or comes back. Pure. */
#include "decide/reserve.h"

#include "decide/identity.h"

const struct first_driver first_drivers[FIRST_DRIVERS] = {
	[FIRST_VFIO] = { 0, "vfio-pci" },
	{ 0x10de, "nouveau" },
	{ 0x10de, "nvidia" },
	{ 0x1002, "amdgpu" },
	{ 0x1002, "radeon" },
	{ 0x8086, "i915" },
	{ 0x8086, "xe" },
};

bool is_reservable(const struct snapshot *snapshot, const struct pci_id *id,
		   const struct pci_id *subsystem, const struct function *own)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *other = &snapshot->functions[i];

		if (other != own && pci_id_equal(&other->id, id) &&
		    (other->subsystem_fact != FACT_KNOWN ||
		     pci_id_equal(&other->subsystem, subsystem)))
			return false;
	}
	return true;
}
