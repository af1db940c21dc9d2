/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * Adds a LEFTOVER_CONFIG finding for each setting of modprobe.d or the kernel command line that
 * passthrough guides recommend: its effect here, and whether it is still needed. Ignores unreadable
 * files.
 */
void leftover_find(const struct root *root, struct findings *findings);

/* The parsers, for any bytes. `where` names the file. */
void leftover_parse_modprobe(const char *where, const char *text, size_t size,
			     struct findings *findings);
void leftover_parse_cmdline(const char *text, struct findings *findings);
