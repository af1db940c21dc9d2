/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/map/map.h"

#define FAKE_MAP_MOST 40

/*
 * The map of a machine in words. "P1 D2^0": a port in group 1, and a display in group 2 below function 0.
 * D is a display, d a device, P a port, . a plain function; '-' instead of a group: none.
 */
struct map map_from(const char *text, struct map_function functions[static FAKE_MAP_MOST]);
