/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <time.h>

/*
 * A time as a person writes it, local unless a Z ends it: "2026-11-22", "2026-11-22 16:15",
 * "2026-11-22T16:15:01"; "today", "yesterday 18:00", "monday", "last friday", "16:15", "now"; "2 hours
 * ago", "a week ago", "last month"; or "-90m", "-12h", "-2d", "-3w" before now. -1: none of these.
 */
time_t since_parse(const char *text, time_t now);
