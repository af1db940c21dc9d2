/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * Drivers are asked in the order in which they registered (drivers/base/bus.c). vfio-pci, and those that
 * may be first for an awaited display of a vendor: built in, or loaded by the image before the agent.
 */
#define FIRST_DRIVERS 7
#define FIRST_VFIO 0 /* its place: once it is registered, the order is not known */
extern const struct first_driver {
	uint16_t vendor;
	char name[10];
} first_drivers[FIRST_DRIVERS];

/*
 * May vfio-pci be asked for all functions with this id and subsystem (new_id)? Not where another function
 * of this machine has them, or may have them: it may be the host's. `own` NULL: the function is not here.
 */
bool is_reservable(const struct snapshot *snapshot, const struct pci_id *id,
		   const struct pci_id *subsystem, const struct function *own);
