/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Lists all functions with address, id and class, sorted by address. -ENOENT: the system has no PCI bus. */
int MUST_CHECK pci_scan(const struct root *root, struct snapshot *snapshot);

/* The path from the root bus to the function, from the kernel's device tree. */
void pci_read_path(const struct root *root, struct function *function);

/* Subsystem and driver. Unreadable facts stay unreadable. 0 or -ENOMEM. */
int MUST_CHECK pci_read_identity(const struct root *root, struct function *function);

/* The modalias, by which modules.alias is searched. 0 or -ENOMEM. */
int MUST_CHECK pci_read_modalias(const struct root *root, struct function *function);

/* All of these, configuration space, and whether the driver is built in. 0 or -ENOMEM. */
int MUST_CHECK pci_read_details(const struct root *root, struct function *function);

/* Whether it is an SR-IOV virtual function, and of which physical function. */
void pci_read_physical(const struct root *root, struct function *function);
/* Whether it can be unplugged. */
void pci_read_removable(const struct root *root, struct function *function);
/* Which virtual functions its driver may create. */
void pci_read_vfs(const struct root *root, struct function *function);

/* How many virtual functions the function has now. */
unsigned pci_count_vfs(const struct root *root, const struct bdf *address);

/* At most `most` bytes of configuration space, into function->caps. */
void pci_read_config(const struct root *root, struct function *function, size_t most);

/* The current driver, to be freed; NULL: none is bound. */
int MUST_CHECK pci_read_driver(const struct root *root, const struct bdf *address,
			       char **ret_driver);

/* The path of a function's file in sysfs; and root_read_line() and root_exists() of it. */
#define PCI_FILE_SIZE 96
const char *pci_file(const struct bdf *address, const char *file,
		     char buffer[static PCI_FILE_SIZE]);
ssize_t MUST_CHECK pci_read_line(const struct root *root, const struct bdf *address,
				 const char *name, char *buffer, size_t size);
bool pci_file_exists(const struct root *root, const struct bdf *address, const char *name);

struct pci_bar {
	uint64_t start, size; /* zeros: there is none, or it has no address */
};

/* As the kernel has them now, which wakes no device. */
int MUST_CHECK pci_read_bars(const struct root *root, const struct bdf *address,
			     struct pci_bar ret_bars[static PCI_BARS]);

/* What the result of a read proves. */
static inline enum fact fact_of(ssize_t n)
{
	return n >= 0 ? FACT_KNOWN : n == -ENOENT ? FACT_ABSENT : FACT_UNREADABLE;
}
