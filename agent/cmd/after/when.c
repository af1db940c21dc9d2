// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes times as people read them. */
#include "cmd/after/when.h"

#include "base/util.h"

#include <stdio.h>

const char *when_format(time_t time, char buffer[static WHEN_SIZE])
{
	struct tm local;

	if (time == -1 || !localtime_r(&time, &local) ||
	    !strftime(buffer, WHEN_SIZE, "%a %Y-%m-%d %H:%M", &local))
		*buffer = '\0';
	return buffer;
}

const char *when_ago(time_t time, time_t now, char buffer[static WHEN_SIZE])
{
	static const struct {
		const char *name;
		time_t seconds;
	} units[] = { { "year", 365 * 86400 }, { "month", 30 * 86400 },
		      { "week", 7 * 86400 },   { "day", 86400 },
		      { "hour", 3600 },	       { "minute", 60 } };

	*buffer = '\0';
	if (time == -1 || time > now)
		return buffer;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		long long n = (now - time) / units[i].seconds;

		/* "10 days ago" is clearer than "1 week ago". */
		if (n < (units[i].seconds > 86400 ? 2 : 1))
			continue;
		snprintf(buffer, WHEN_SIZE, "%lld %s%s ago", n, units[i].name,
			 n == 1 ? "" : "s");
		return buffer;
	}
	snprintf(buffer, WHEN_SIZE, "just now");
	return buffer;
}
