// SPDX-License-Identifier: GPL-2.0-or-later
/* Decides which ids vfio-pci may be asked for before their card comes, or comes back. Pure. */
#include "decide/reserve.h"

#include "decide/identity.h"

bool is_reservable(const struct snapshot *snapshot, const struct pci_id *id,
		   const struct function *own)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (&snapshot->functions[i] != own &&
		    pci_id_equal(&snapshot->functions[i].id, id))
			return false;
	return true;
}
