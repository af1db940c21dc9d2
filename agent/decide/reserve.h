/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * May vfio-pci be asked for all functions with this id and subsystem (new_id)? Not where another function
 * of this machine has them, or may have them: it may be the host's. `own` NULL: the function is not here.
 */
bool is_reservable(const struct snapshot *snapshot, const struct pci_id *id,
		   const struct pci_id *subsystem, const struct function *own);
