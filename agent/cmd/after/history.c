// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files, finds and prunes the reports of boots. Never judges a report; an unreadable one stays in the
 * list, with the reason.
 */
#include "cmd/after/history.h"

#include "base/clock.h"
#include "cmd/after/boot-time.h"
#include "facts/platform.h"
#include "model/model.h"
#include "report/report-file.h"
#include "report/report-parse.h"
#include "report/report.h"

#include <stdio.h>

#define TIME_LENGTH CLOCK_COMPACT_LENGTH
#define SUFFIX ".json"
#define BOOT_ID_LENGTH 36
#define NAME_LENGTH (TIME_LENGTH + 1 + BOOT_ID_LENGTH + sizeof(SUFFIX) - 1)
#define ID_PREFIX_LEAST 4

/* Names ---------------------------------------------------------------------------------------- */

static bool is_boot_id(const char *text, size_t length)
{
	return length == BOOT_ID_LENGTH && strspn(text, "0123456789abcdef-") >= length;
}

static bool is_kept_name(const char *name)
{
	return strlen(name) == NAME_LENGTH && name[TIME_LENGTH] == '-' &&
	       is_boot_id(name + TIME_LENGTH + 1, BOOT_ID_LENGTH) &&
	       streq(name + NAME_LENGTH + 1 - sizeof(SUFFIX), SUFFIX) &&
	       clock_parse_compact(name) != -1;
}

/* Filing --------------------------------------------------------------------------------------- */

static int take_name(const char *name, void *data)
{
	return is_kept_name(name) ? strings_add(data, name) : 0;
}

static int list_kept(const struct root *root, const char *folder, struct strings *names)
{
	int r = root_list(root, folder, take_name, names);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	strings_sort(names);
	return 0;
}

static int remove_kept(const struct root *root, const char *folder, const char *name)
{
	_cleanup_free_ char *path = text_format("%s/%s", folder, name);

	return path ? root_remove(root, path) : -ENOMEM;
}

/* Removes the oldest by name, but not the one just filed: a wrong clock may make it the oldest. */
static int prune(const struct root *root, const char *folder, const char *filed)
{
	CLEANUP(strings_done) struct strings names = {};
	int r;

	r = list_kept(root, folder, &names);
	for (size_t i = 0, left = names.n; i < names.n && left > HISTORY_MOST && r == 0;
	     i++) {
		if (streq(names.items[i], filed))
			continue;
		r = remove_kept(root, folder, names.items[i]);
		left--;
	}
	return r;
}

/* The boot's report under any time, because the clock may have been set since. */
static const char *find_filed(const struct strings *names, const char *boot_id)
{
	for (size_t i = 0; i < names->n; i++)
		if (has_prefix(names->items[i] + TIME_LENGTH + 1, boot_id))
			return names->items[i];
	return NULL;
}

int history_file_at(const struct root *root, const char *folder, time_t started,
		    const struct report *report, char **ret_path)
{
	CLEANUP(strings_done) struct strings names = {};
	const char *boot_id = report->boot_id, *filed, *text;
	char name[NAME_LENGTH + 1], when[CLOCK_TEXT_SIZE];
	size_t size;
	int r;

	if (!is_boot_id(boot_id, strlen(boot_id)) || started == -1)
		return -EINVAL;
	r = list_kept(root, folder, &names);
	if (r < 0)
		return r;
	filed = find_filed(&names, boot_id);
	snprintf(name, sizeof(name), "%s-%s" SUFFIX, clock_format_compact(started, when),
		 boot_id);
	if (filed)
		strcpy(name, filed);
	text = report_serialize(report, &size);
	if (!text)
		return -ENOMEM;
	r = root_replace(root, folder, name, text, size);
	if (r == 0)
		r = prune(root, folder, name);
	if (r < 0)
		return r;
	*ret_path = text_format("%s/%s", folder, name);
	return *ret_path ? 0 : -ENOMEM;
}

int history_file(const struct root *root, const struct report *report, char **ret_path)
{
	return history_file_at(root, HISTORY_FOLDER, boot_time_read(root), report,
			       ret_path);
}

/* Reading -------------------------------------------------------------------------------------- */

struct listing {
	const struct root *root;
	struct history *history;
	bool has_this_boot;		       /* its report is in /run */
	char this_boot[PLATFORM_BOOT_ID_SIZE]; /* "": not known */
};

static void kept_done(struct kept *kept)
{
	free(kept->path);
	free(kept->boot_id);
	report_free(kept->report);
}

void history_done(struct history *history)
{
	for (size_t i = 0; i < history->n; i++)
		kept_done(&history->items[i]);
	free(history->items);
	*history = (struct history){};
}

static int add_kept(struct history *history, struct kept *kept)
{
	if (!kept->path || array_reserve(&history->items, history->n, &history->capacity,
					 sizeof(*kept)) < 0) {
		kept_done(kept);
		return -ENOMEM;
	}
	history->items[history->n++] = *kept;
	return 0;
}

static int take_entry(const char *name, void *data)
{
	struct listing *listing = data;
	struct kept kept = { .started = -1,
			     .problem = "the file does not have the name of a kept report" };
	int r;

	if (*name == '.') /* half-written */
		return 0;
	kept.path = text_format(HISTORY_FOLDER "/%s", name);
	if (!kept.path)
		return -ENOMEM;
	if (is_kept_name(name)) {
		kept.started = clock_parse_compact(name);
		kept.boot_id = strndup(name + TIME_LENGTH + 1, BOOT_ID_LENGTH);
		if (kept.boot_id && listing->has_this_boot &&
		    streq(kept.boot_id, listing->this_boot)) {
			kept_done(&kept); /* the report in /run is never older */
			return 0;
		}
		kept.report = report_read(listing->root, kept.path, &kept.problem, &r);
	}
	return add_kept(listing->history, &kept);
}

/* Below a sysroot this is the boot that left the report in /run. */
static int add_this_boot(struct listing *listing)
{
	struct kept kept = { .path = strdup(REPORT_PATH),
			     .started = boot_time_read(listing->root) };
	const char *boot_id;
	int r;

	kept.report = report_read(listing->root, REPORT_PATH, &kept.problem, &r);
	if (r == -ENOENT) {
		kept_done(&kept);
		return 0;
	}
	boot_id = kept.report ? kept.report->boot_id : "";
	if (!*listing->this_boot && is_boot_id(boot_id, strlen(boot_id)))
		strcpy(listing->this_boot, boot_id);
	if (*listing->this_boot) {
		kept.boot_id = strdup(listing->this_boot);
		if (!kept.boot_id) {
			kept_done(&kept);
			return -ENOMEM;
		}
	}
	return add_kept(listing->history, &kept);
}

/* This boot first, then the newest; boots without a time last. */
static int compare_kept(const void *a, const void *b)
{
	const struct kept *left = a, *right = b;

	if (left->offset != right->offset)
		return left->offset > right->offset ? -1 : 1;
	if (left->started != right->started)
		return left->started > right->started ? -1 : 1;
	return strcmp(right->path, left->path);
}

static void number_boots(const struct listing *listing)
{
	struct history *history = listing->history;
	int offset = 0;

	for (size_t i = 0; i < history->n; i++) {
		struct kept *kept = &history->items[i];
		bool is_this = is_string_equal(kept->path, REPORT_PATH) ||
			       is_string_equal(kept->boot_id, listing->this_boot);

		kept->offset = is_this ? 0 : -1;
	}
	if (history->n)
		qsort(history->items, history->n, sizeof(*history->items), compare_kept);
	for (size_t i = 0; i < history->n; i++)
		if (history->items[i].offset < 0)
			history->items[i].offset = --offset;
}

int history_read(const struct root *root, struct history *ret_history)
{
	CLEANUP(history_done) struct history history = {};
	struct listing listing = { .root = root, .history = &history };
	int r;

	if (platform_read_boot_id(root, listing.this_boot) < 0)
		*listing.this_boot = '\0';
	r = add_this_boot(&listing);
	if (r < 0)
		return r;
	listing.has_this_boot = history.n > 0;
	r = root_list(root, HISTORY_FOLDER, take_entry, &listing);
	if (r < 0 && r != -ENOENT)
		return r;
	number_boots(&listing);
	*ret_history = history;
	history = (struct history){};
	return 0;
}

/* Ignores dashes, as journalctl --list-boots prints ids without them. */
static bool is_id_prefix(const char *id, const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '-')
			continue;
		while (*id == '-')
			id++;
		if (*id++ != *text)
			return false;
		n++;
	}
	return n >= ID_PREFIX_LEAST;
}

struct kept *history_find(const struct history *history, const char *boot)
{
	struct kept *found = NULL;
	char *end;
	long offset = strtol(boot, &end, 10);

	if (*boot && !*end && offset <= 0 && strlen(boot) < ID_PREFIX_LEAST) {
		for (size_t i = 0; i < history->n; i++)
			if (history->items[i].offset == offset)
				return &history->items[i];
		return NULL;
	}
	for (size_t i = 0; i < history->n; i++) {
		struct kept *kept = &history->items[i];

		if (!kept->boot_id || !is_id_prefix(kept->boot_id, boot))
			continue;
		if (found) /* ambiguous */
			return NULL;
		found = kept;
	}
	return found;
}

const struct kept *history_before(const struct history *history, const struct kept *kept)
{
	for (const struct kept *k = kept + 1; k < history->items + history->n; k++)
		if (k->report)
			return k;
	return NULL;
}
