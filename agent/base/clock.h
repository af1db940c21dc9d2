/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC, for deadlines: does not advance during suspend. */
int64_t clock_ms(void);
/* Seconds of any clock_gettime(2) clock. */
double clock_seconds(clockid_t clock);
/* Milliseconds since a moment of CLOCK_MONOTONIC, which is in seconds. */
double clock_ms_since(double begun);
/* When this kernel started, according to the current time of day. */
time_t clock_boot_time(void);

#define CLOCK_TEXT_SIZE 32
#define CLOCK_COMPACT_LENGTH (sizeof("20261122T161501Z") - 1)
/* "20261122T161501Z", UTC. Parsing returns -1 for any other text. */
const char *clock_format_compact(time_t time, char buffer[static CLOCK_TEXT_SIZE]);
time_t clock_parse_compact(const char *text);
/* "2026-11-22T16:15:01Z" */
const char *clock_format_iso(time_t time, char buffer[static CLOCK_TEXT_SIZE]);
