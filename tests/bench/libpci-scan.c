// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libpci-scan DIR: the least that `lspci -n` reads of the system below DIR, by libpci's own
 * scan. Prints the number of functions.
 */
#include <pci/pci.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	static char parameter[] = "sysfs.path";
	char path[4096];
	struct pci_access *access;
	unsigned n = 0;

	if (argc != 2) {
		fputs("Usage: libpci-scan DIR\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/sys/bus/pci", argv[1]);
	access = pci_alloc();
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	pci_set_param(access, parameter, path);
	pci_init(access);
	pci_scan_bus(access);
	for (struct pci_dev *device = access->devices; device; device = device->next, n++)
		pci_fill_info(device, PCI_FILL_IDENT | PCI_FILL_CLASS);
	pci_cleanup(access);
	printf("%u\n", n);
	return 0;
}
