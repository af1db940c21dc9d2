/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * What one ACPI table says of IOMMUs. `text` may hold any bytes: lengths are checked against
 * `size`, entries of length zero or beyond the end make the table malformed, and what was read
 * before stays counted. Several instances of one table are parsed one after another into one
 * struct, which starts zeroed.
 */
void tables_parse_dmar(const void *table, size_t size, struct acpi_iommu *tables);
void tables_parse_ivrs(const void *table, size_t size, struct acpi_iommu *tables);
void tables_parse_viot(const void *table, size_t size, struct acpi_iommu *tables);
void tables_parse_iort(const void *table, size_t size, struct acpi_iommu *tables);
