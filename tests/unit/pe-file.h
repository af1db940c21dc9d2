/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "archives.h"
#include "tree.h"

#define PE_HEADER 128
#define PE_ALIGNMENT 64

struct section {
	const char *name, *text;
	int virtual_less; /* VirtualSize is smaller than the data; negative: larger */
};

/* A PE file of these sections, which end with a NULL name. */
struct bytes make_pe(uint16_t magic, bool is_signed, const struct section *sections);
void put(struct bytes *bytes, size_t offset, uint32_t value, size_t size);

/* A unified image of kernel 6.5, /boot/efi/EFI/Linux/debian-6.5.efi. */
void write_unified(const struct tree *tree);
