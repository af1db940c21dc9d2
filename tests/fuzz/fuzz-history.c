// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No kept report harms history.c by its name or its contents, nor does any time or boot that a
 * person asks for. The first part of an input is that request.
 */
#include "fuzz.h"
#include "base/clock.h"
#include "cmd/after/history.h"
#include "cmd/after/since.h"

#include <stdio.h>

#define NOW 1795363200

static void check_list(const struct history *history)
{
	for (size_t i = 0; i < history->n; i++) {
		const struct kept *kept = &history->items[i];
		char text[16];

		CHECK(kept->path);
		CHECK(kept->report || kept->problem);
		CHECK(kept->offset <= 0);
		CHECK(!i || kept->offset <= history->items[i - 1].offset);
		snprintf(text, sizeof(text), "%d", kept->offset);
		if (strlen(text) < 4)
			CHECK(history_find(history, text));
	}
}

static void check_time(const char *text)
{
	char again[CLOCK_TEXT_SIZE], iso[CLOCK_TEXT_SIZE];
	time_t time = since_parse(text, NOW);

	if (*text == '-')
		CHECK(time <= NOW);
	if (time == -1)
		return;
	clock_format_iso(time, iso);
	clock_format_compact(time, again);
	/* A year of five digits has no text form here. */
	if (time >= 0 && strlen(again) == strlen("20261122T161501Z")) {
		CHECK(clock_parse_compact(again) == time);
		CHECK(since_parse(iso, NOW) == time);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0x1e, size) : NULL;
	CLEANUP(history_done) struct history history = {};
	_cleanup_free_ char *asked = NULL;
	struct root root;

	if (!end)
		return 0;
	asked = strndup((const char *)data, end - data);
	CHECK(asked);
	root = fuzz_root(end + 1, data + size - end - 1);
	if (history_read(&root, &history) == 0) {
		check_list(&history);
		(void)history_find(&history, asked);
	}
	check_time(asked);
	return 0;
}
