// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses a time that a person typed. */
#include "cmd/after/since.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define NUMBER_MOST 1000000 /* keeps products from overflowing */

/* "-2d" */
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
		if (*end == units[i].letter && !end[1] && n <= NUMBER_MOST)
			return now - (time_t)n * units[i].seconds;
	return -1;
}

static time_t parse_date(const char *text)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
					       "%Y-%m-%d" };

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

/* Words ---------------------------------------------------------------------------------------- */

static bool is_word(struct span word, const char *text)
{
	return word.size == strlen(text) && !strncasecmp(word.text, text, word.size);
}

static bool next_word(struct span *rest, struct span *ret_word)
{
	*rest = span_trim(*rest);
	*ret_word = span_next(rest, " ");
	*rest = span_trim(*rest);
	return ret_word->size > 0;
}

/* "2 hours", "a week": a calendar's months and years, not thirty days. */
static bool go_back(struct tm *when, struct span count, struct span unit)
{
	static const struct {
		const char *name, *letter;
		size_t member;
		int factor;
	} units[] = {
#define MEMBER(x) offsetof(struct tm, x)
		{ "minute", "min", MEMBER(tm_min), 1 },
		{ "hour", "h", MEMBER(tm_hour), 1 },
		{ "day", "d", MEMBER(tm_mday), 1 },
		{ "week", "w", MEMBER(tm_mday), 7 },
		{ "month", "mon", MEMBER(tm_mon), 1 },
		{ "year", "y", MEMBER(tm_year), 1 },
#undef MEMBER
	};
	bool is_one = is_word(count, "a") || is_word(count, "an") || is_word(count, "last");
	unsigned long n = is_one ? 1 : strtoul(count.text, NULL, 10);

	if (!is_one && !isdigit((unsigned char)*count.text))
		return false;
	if (unit.size > 1 && tolower((unsigned char)unit.text[unit.size - 1]) == 's')
		unit.size--;
	for (size_t i = 0; i < ARRAY_SIZE(units) && n <= NUMBER_MOST; i++)
		if (is_word(unit, units[i].name) || is_word(unit, units[i].letter)) {
			*(int *)((char *)when + units[i].member) -=
				(int)n * units[i].factor;
			return true;
		}
	return false;
}

/* The last such day; today if it is one, unless the word "last" is before it. */
static bool find_weekday(struct tm *when, struct span word, bool is_last)
{
	static const char *const days[] = { "sunday",	"monday", "tuesday", "wednesday",
					    "thursday", "friday", "saturday" };

	for (int i = 0; i < (int)ARRAY_SIZE(days); i++) {
		int back = (when->tm_wday - i + 7) % 7;

		if (word.size < 3 || word.size > strlen(days[i]) ||
		    (word.size > 3 && word.size < strlen(days[i])) ||
		    strncasecmp(word.text, days[i], word.size))
			continue;
		when->tm_mday -= is_last && !back ? 7 : back;
		return true;
	}
	return false;
}

static bool find_day(struct tm *when, struct span word, bool is_last)
{
	if (is_word(word, "yesterday"))
		when->tm_mday--;
	else if (!is_word(word, "today") && !find_weekday(when, word, is_last))
		return false;
	when->tm_hour = when->tm_min = when->tm_sec = 0;
	return true;
}

/* "19:04", "19:04:30" */
static bool set_time(struct tm *when, struct span text)
{
	int hour, minute, second = 0, used = 0;
	char copy[16];

	snprintf(copy, sizeof(copy), "%.*s", (int)text.size, text.text);
	if (sscanf(copy, "%2d:%2d%n:%2d%n", &hour, &minute, &used, &second, &used) < 2 ||
	    text.size != (size_t)used || hour < 0 || hour > 23 || minute < 0 ||
	    minute > 59 || second < 0 || second > 59)
		return false;
	when->tm_hour = hour;
	when->tm_min = minute;
	when->tm_sec = second;
	return true;
}

static bool parse_words(struct tm *when, struct span text)
{
	struct span first, second, rest = text;
	bool is_last;

	if (!next_word(&rest, &first))
		return false;
	is_last = is_word(first, "last");
	if (is_word(first, "now") && !rest.size)
		return true;
	if (is_last && !next_word(&rest, &first))
		return false;
	if (find_day(when, first, is_last))
		return !rest.size || set_time(when, rest);
	if (is_last)
		return !rest.size && go_back(when, (struct span){ "last", 4 }, first);
	if (!rest.size)
		return set_time(when, first);
	return next_word(&rest, &second) && is_word(rest, "ago") &&
	       go_back(when, first, second);
}

time_t since_parse(const char *text, time_t now)
{
	struct tm when;
	time_t date;

	if (*text == '-')
		return parse_distance(text, now);
	date = parse_date(text);
	if (date != -1)
		return date;
	if (!localtime_r(&now, &when))
		return -1;
	when.tm_isdst = -1;
	return parse_words(&when, (struct span){ text, strlen(text) }) ? mktime(&when) : -1;
}
