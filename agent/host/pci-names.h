/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/device-name.h"
#include "model/model.h"

/* The names in pci.ids: of the running system, or of the system below a sysroot if it has one. */
struct pci_names;

/* NULL: there are none. The functions below then know no device. */
struct pci_names *pci_names_open(const struct root *root);
void pci_names_close(struct pci_names *names);
void pci_names_read(struct pci_names *names, struct pci_id id,
		    struct device_name *ret_name);
/* The same of "10de:2206" as one text, "" for an unknown device. */
void pci_names_lookup(void *names, const char *id, char buffer[static DEVICE_NAME_SIZE]);

static inline void pci_names_closep(struct pci_names **names)
{
	pci_names_close(*names);
}
