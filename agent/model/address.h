/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

#define PCI_ADDRESS_SIZE 24 /* "10000000:ff:1f.7" with room */
#define PCI_PATH_HOPS 31  /* bridges below the root port; the PCI depth limit is lower */
#define PCI_PATH_SIZE 256 /* "0000:00:01.1/00.0/..." at full depth */

struct bdf {
	uint32_t domain;
	uint8_t bus, device, function;
};

/* The path from the root bus down to a function: it survives renumbering of buses. */
struct pci_path {
	uint32_t domain;
	uint8_t root_bus;
	uint8_t hops; /* 0: no path */
	uint8_t devfn[PCI_PATH_HOPS + 1];
};

struct pci_id {
	uint16_t vendor, device;
};

int bdf_compare(const struct bdf *a, const struct bdf *b);
bool bdf_is_same_slot(const struct bdf *a, const struct bdf *b);
/* Accepts [DDDD:]BB:dd.f, hexadecimal, the domain up to eight digits. */
bool bdf_parse(const char *text, struct bdf *ret_address);
const char *bdf_format(const struct bdf *address, char buffer[static PCI_ADDRESS_SIZE]);
bool pci_path_parse(const char *text, struct pci_path *ret_path);
bool pci_path_equal(const struct pci_path *a, const struct pci_path *b);
/* Does `path` lead through the bridge? */
bool pci_path_is_below(const struct pci_path *path, const struct pci_path *bridge);
const char *pci_path_format(const struct pci_path *path, char buffer[static PCI_PATH_SIZE]);
/* Accepts vvvv:dddd, four hexadecimal digits each. */
bool pci_id_parse(const char *text, struct pci_id *ret_id);
/* Accepts sixteen hexadecimal digits, with or without a '-' after every second, as lspci prints. */
bool pci_serial_parse(const char *text, uint64_t *ret_serial);
#define PCI_SERIAL_SIZE 24
const char *pci_serial_format(uint64_t serial, char buffer[static PCI_SERIAL_SIZE]);
bool pci_id_equal(const struct pci_id *a, const struct pci_id *b);
