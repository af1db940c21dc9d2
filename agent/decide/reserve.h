/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * May vfio-pci be asked for this id as a whole (new_id)? Not where another function of this machine
 * has it, which may be the host's. `own` NULL: the function is not here.
 */
bool is_reservable(const struct snapshot *snapshot, const struct pci_id *id,
		   const struct function *own);
