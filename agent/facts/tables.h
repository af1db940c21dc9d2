/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/*
 * Adds one ACPI table to `tables`, which is initially zero. Accepts any bytes: entries of length zero
 * or beyond the end make the table malformed; those before them count.
 */
void tables_parse_dmar(const void *table, size_t size, struct acpi_iommu *tables);
void tables_parse_ivrs(const void *table, size_t size, struct acpi_iommu *tables);
void tables_parse_viot(const void *table, size_t size, struct acpi_iommu *tables);
void tables_parse_iort(const void *table, size_t size, struct acpi_iommu *tables);
