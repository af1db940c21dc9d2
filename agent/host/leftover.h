/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * What passthrough guides had people write into modprobe.d and onto the kernel command line: a
 * LEFTOVER_CONFIG finding for each, with what it does here and whether it is still needed.
 * What cannot be read is passed over: nothing rests on it.
 */
void leftover_find(const struct root *root, struct findings *findings);

/* The parsers, for any bytes. `where` names the file. */
void leftover_parse_modprobe(const char *where, const char *text, size_t size,
			     struct findings *findings);
void leftover_parse_cmdline(const char *text, struct findings *findings);
