/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the unit tests: tables of cases, findings as text, and the machines that plan,
 * execute and report are tested on.
 */
#pragma once

struct report;

#include "model/model.h"

/* cmocka.h needs these before it, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A literal for a `char *` member; lives as long as the scope it stands in. */
#define TEXT(literal) ((char[]){ literal })

/*
 * Runs `test` once for each element of a table; *state is the element. The first member of an
 * element must be `const char *name`. Returns how many failed.
 */
int run_table(const char *group, const void *cases, size_t n, size_t size,
	      CMUnitTestFunction test);
#define RUN_TABLE(cases, test)                                                           \
	run_table(#cases, cases, ARRAY_SIZE(cases), sizeof(*(cases)), test)

/* "severity CODE subject\n" for each finding; to be freed. */
char *findings_to_text(const struct findings *findings);

/* Configuration text as a config; `cmdline` may be NULL. To be done with config_done(). */
struct config config_from(const char *text, const char *cmdline);

/* A report's text as a report; ' is read as " so that it needs no escapes. To be freed. */
struct report *report_from(const char *text);

/* Machines ---------------------------------------------------------------------------- */

/* clang-format off */
/* One function as the readers return it: all facts known, no driver bound. */
#define FUNCTION(bus_, device_, function_, vendor_, id_, class_, group_, ...)            \
	{ .address = { 0, bus_, device_, function_ },                                    \
	  .id = { vendor_, id_ },                                                        \
	  .class = class_,                                                               \
	  .path = { .hops = 2, .devfn = { bus_ << 3, device_ << 3 | function_ } },       \
	  .detailed = true,                                                              \
	  .subsystem_fact = FACT_KNOWN,                                                  \
	  .subsystem = { 0x1458, 0x403b },                                               \
	  .identity_fact = FACT_KNOWN,                                                   \
	  .caps.header_fact = FACT_KNOWN,                                                \
	  .parent = SIZE_MAX,                                                            \
	  .driver_fact = FACT_ABSENT,                                                    \
	  .group_fact = FACT_KNOWN,                                                      \
	  .group = group_,                                                               \
	  .has_iommu_unit = true,                                                        \
	  .modalias = TEXT("pci:v"),                                                     \
	  .rivals_fact = FACT_KNOWN,                                                     \
	  .vfio_module = TEXT("vfio_pci"),                                               \
	  __VA_ARGS__ }
/* clang-format on */

/* The three functions of an RTX 3080 below the root port 00:BUS.0. */
#define RTX3080(bus, group)                                                              \
	FUNCTION(bus, 0, 0, 0x10de, 0x2206, 0x030000, group),                            \
		FUNCTION(bus, 0, 1, 0x10de, 0x1aef, 0x040300, group),                    \
		FUNCTION(bus, 0, 2, 0x10de, 0x1ad6, 0x0c0330, group)

#define ROOT_PORT(device, group)                                                         \
	FUNCTION(0, device, 0, 0x8086, 0x1901, 0x060400, group, .caps.header_type = 1)

/* The host console's display. Its address follows all others, so that it may be last. */
#define BMC_DISPLAY                                                                      \
	FUNCTION(0x1e, 0, 0, 0x1a03, 0x2000, 0x030000, 30,                               \
		 .has_firmware_framebuffer = true)

/* clang-format off */
#define IOMMU_ON                                                                         \
	{ .tables_fact = FACT_KNOWN,                                                     \
	  .has_dmar = true,                                                              \
	  .units_fact = FACT_KNOWN,                                                      \
	  .n_units = 1,                                                                  \
	  .kind = IOMMU_INTEL,                                                           \
	  .irq_fact = FACT_KNOWN,                                                        \
	  .has_irq_remapping = true }
/* clang-format on */

/* clang-format off */
/* The host's boot devices are known, and no function here is one unless marked so. */
#define MACHINE(functions_, groups_, ...)                                                \
	{ .functions = functions_,                                                       \
	  .n_functions = ARRAY_SIZE(functions_),                                         \
	  .groups = groups_,                                                             \
	  .n_groups = ARRAY_SIZE(groups_),                                               \
	  .needs_fact = FACT_KNOWN,                                                      \
	  .iommu = __VA_ARGS__ }
/* clang-format on */

/* The same machine with every function entered in its group, which must be empty before. */
struct snapshot machine_join_groups(const struct snapshot *machine);
void machine_done(struct snapshot *machine);
