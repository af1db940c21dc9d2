/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

#define CONFIG_SPACE_SIZE 4096

/*
 * Parses configuration space, of which 64 bytes are readable without privilege, 256 for
 * conventional PCI (or without MMCONFIG), 4096 for PCI Express. Accepts any bytes. A capability that
 * was not read, or is truncated, is FACT_UNREADABLE and not FACT_ABSENT.
 */
void caps_parse(const uint8_t *config, size_t size, const struct pci_id *id,
		struct pci_caps *ret_caps);

const char *pcie_type_name(enum pcie_type type);
/* ACS bits as letters: V B R C U E T, "0" for none. */
#define ACS_LETTERS_SIZE 8
const char *acs_letters(uint16_t bits, char buffer[static ACS_LETTERS_SIZE]);
