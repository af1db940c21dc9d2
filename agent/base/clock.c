// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the clocks, and formats and parses UTC timestamps. */
#include "base/clock.h"

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double clock_seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

double clock_ms_since(double begun)
{
	return (clock_seconds(CLOCK_MONOTONIC) - begun) * 1000;
}

time_t clock_boot_time(void)
{
	struct timespec now, up;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return now.tv_sec - up.tv_sec;
}

const char *clock_format_compact(time_t time, char buffer[static CLOCK_TEXT_SIZE])
{
	struct tm utc;

	if (!gmtime_r(&time, &utc) ||
	    !strftime(buffer, CLOCK_TEXT_SIZE, "%Y%m%dT%H%M%SZ", &utc))
		*buffer = '\0';
	return buffer;
}

const char *clock_format_iso(time_t time, char buffer[static CLOCK_TEXT_SIZE])
{
	struct tm utc;

	if (!gmtime_r(&time, &utc) ||
	    !strftime(buffer, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc))
		*buffer = '\0';
	return buffer;
}

time_t clock_parse_compact(const char *text)
{
	struct tm utc = {};
	const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &utc);

	return end == text + CLOCK_COMPACT_LENGTH ? timegm(&utc) : -1;
}
