/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <time.h>

/*
 * A time as a person writes it: "2026-11-22", "2026-11-22 16:15", "2026-11-22T16:15:01" (local
 * time, UTC with a Z at the end), or "-90m", "-12h", "-2d", "-3w" before now. -1: none of these.
 */
time_t since_parse(const char *text, time_t now);
