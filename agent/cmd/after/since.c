// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses a time that a person typed. */
#include "cmd/after/since.h"

#include "base/util.h"

#include <ctype.h>

/* "-2d"; the limit keeps the product from overflowing. */
static time_t parse_distance(const char *text, time_t now)
{
	static const struct {
		char letter;
		int seconds;
	} units[] = { { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 } };
	unsigned long n;
	char *end;

	if (!isdigit((unsigned char)text[1]))
		return -1;
	n = strtoul(text + 1, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (*end == units[i].letter && !end[1] && n <= 1000000)
			return now - (time_t)n * units[i].seconds;
	return -1;
}

time_t since_parse(const char *text, time_t now)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
					       "%Y-%m-%d" };

	if (*text == '-')
		return parse_distance(text, now);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct tm when = { .tm_isdst = -1 };
		const char *end = strptime(text, formats[i], &when);

		if (end && streq(end, "Z"))
			return timegm(&when);
		if (end && !*end)
			return mktime(&when);
	}
	return -1;
}
