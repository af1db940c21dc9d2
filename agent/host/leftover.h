/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * Adds a LEFTOVER_CONFIG finding for each setting that passthrough guides recommend: its effect here,
 * and whether it is still needed. Looks through modprobe.d, the kernel command line, the lists of
 * modules and driverctl's overrides. Ignores unreadable files. Notes in snapshot->platform whether
 * unsafe interrupts will be allowed.
 */
void leftover_find(const struct root *root, struct snapshot *snapshot,
		   struct findings *findings);

struct leftovers {
	struct findings *findings;
	bool is_unsafe_needed; /* there is no interrupt remapping: unsafe interrupts are no leftover */
	bool allows_unsafe; /* found: the next boot will allow them */
};

/* The parsers, for any bytes. `where` names the file. */
void leftover_parse_modprobe(const char *where, const char *text, size_t size,
			     struct leftovers *found);
void leftover_parse_modules(const char *where, const char *text, size_t size,
			    struct leftovers *found);
void leftover_parse_cmdline(const char *text, struct leftovers *found);
