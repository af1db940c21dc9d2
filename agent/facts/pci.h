/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

struct pci;

/* -ENOENT when the system has no PCI bus. */
int MUST_CHECK pci_open(const struct root *root, struct pci **ret_pci);
void pci_close(struct pci *pci);

/* All functions with address, id and class, sorted by address. */
int MUST_CHECK pci_scan(struct pci *pci, struct snapshot *snapshot);

/* The way from the root bus to the function, as the kernel's device tree has it. */
void pci_read_path(struct pci *pci, struct function *function);

/* Subsystem and driver. What cannot be read stays unreadable. 0 or -ENOMEM. */
int MUST_CHECK pci_read_identity(struct pci *pci, struct function *function);

/* What modules.alias is asked by. 0 or -ENOMEM. */
int MUST_CHECK pci_read_modalias(struct pci *pci, struct function *function);

/* And configuration space, modalias, whether the driver is built in. 0 or -ENOMEM. */
int MUST_CHECK pci_read_details(struct pci *pci, struct function *function);

/* Whether it comes and goes; and which virtual functions its driver may make. */
/* Whether it is an SR-IOV virtual function, and whose. */
void pci_read_physical(struct pci *pci, struct function *function);

void pci_read_removable(struct pci *pci, struct function *function);
void pci_read_vfs(struct pci *pci, struct function *function);

/* Configuration space, at most `most` bytes of it, into function->caps. */
void pci_read_config(struct pci *pci, struct function *function, size_t most);

/* The driver link now: a name to be freed, or NULL when none is bound. */
int MUST_CHECK pci_read_driver(const struct root *root, const struct bdf *address,
			       char **ret_driver);

/* Path of a file of this function in sysfs. */
#define PCI_FILE_SIZE 96
const char *pci_file(const struct bdf *address, const char *file,
		     char buffer[static PCI_FILE_SIZE]);

/* Vendor and device in words, from the running system's pci.ids; "" when it does not know. */
struct pci *pci_names_open(void);
void pci_names_lookup(void *pci, const char *id, char *buffer, size_t size);

static inline void pci_closep(struct pci **pci)
{
	pci_close(*pci);
}
