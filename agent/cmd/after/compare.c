// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What changed from one boot to the next? Two reports -> sentences. PURE: knows only the
 * documents, any of which may lack any member.
 */
#include "cmd/after/compare.h"

#include "report/report.h"

#include <stdarg.h>
#include <stdio.h>

struct comparison {
	const struct json_object *before, *now;
	struct strings *changes;
	int error;
};

static void PRINTF_LIKE(2, 3) say(struct comparison *comparison, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	if (!text)
		comparison->error = -ENOMEM;
	else if (comparison->error == 0)
		comparison->error = strings_add(comparison->changes, text);
}

static const char *or_none(const char *text)
{
	return *text ? text : "none";
}

/* "WHAT: NOW, was BEFORE". */
static void compare_texts(struct comparison *comparison, const struct json_object *before,
			  const struct json_object *now, const char *key, const char *what)
{
	const char *old = report_string(before, key), *new = report_string(now, key);

	if (!streq(old, new))
		say(comparison, "%s: %s, was %s", what, or_none(new), or_none(old));
}

static void compare_machine(struct comparison *comparison)
{
	static const struct {
		const char *object, *key, *what;
	} members[] = {
		{ NULL, "result", "result" },
		{ "verified", "result", "verified" },
		{ NULL, "mode", "mode" },
		{ NULL, "kernel", "kernel" },
		{ NULL, "program", "program" },
		{ NULL, "image_built_at", "image built" },
		{ "iommu", "kind", "IOMMU" },
		{ "iommu", "dma_remapping", "DMA remapping" },
		{ "iommu", "interrupt_remapping", "interrupt remapping" },
		{ "iommu", "firmware", "IOMMU in the firmware" },
		{ "security", "lockdown", "kernel lockdown" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json_object *before = comparison->before;
		const struct json_object *now = comparison->now;

		if (members[i].object) {
			before = report_member(before, members[i].object);
			now = report_member(now, members[i].object);
		}
		/* A boot that nobody verified is no change of the machine's. */
		if (is_string_equal(members[i].object, "verified") && (!before || !now))
			continue;
		compare_texts(comparison, before, now, members[i].key, members[i].what);
	}
	if (!streq(report_string(comparison->before, "config_sha256"),
		   report_string(comparison->now, "config_sha256")))
		say(comparison, "the configuration is another");
}

/* Functions and groups ------------------------------------------------------------------------- */

/* Of the other boot's card: by place in the slot, as the card may have moved. */
static const struct json_object *find_function(const struct json_object *gpu,
					       const char *address)
{
	const char *number = strrchr(address, '.');

	for (size_t i = 0; number && i < report_count(gpu, "functions"); i++) {
		const struct json_object *function = report_item(gpu, "functions", i);
		const char *other = strrchr(report_string(function, "address"), '.');

		if (other && streq(other, number))
			return function;
	}
	return NULL;
}

static void compare_functions(struct comparison *comparison,
			      const struct json_object *before,
			      const struct json_object *now)
{
	for (size_t i = 0; i < report_count(now, "functions"); i++) {
		const struct json_object *function = report_item(now, "functions", i);
		const char *address = report_string(function, "address");
		const struct json_object *old = find_function(before, address);
		char what[64];

		if (!old) {
			say(comparison, "%s: the function is new (%s)", address,
			    report_string(function, "id"));
			continue;
		}
		snprintf(what, sizeof(what), "%s: id", address);
		compare_texts(comparison, old, function, "id", what);
		snprintf(what, sizeof(what), "%s: driver", address);
		compare_texts(comparison, old, function, "driver", what);
		snprintf(what, sizeof(what), "%s: driver before the agent", address);
		compare_texts(comparison, old, function, "driver_before", what);
	}
	for (size_t i = 0; i < report_count(before, "functions"); i++) {
		const struct json_object *function = report_item(before, "functions", i);

		if (!find_function(now, report_string(function, "address")))
			say(comparison, "%s: the function is gone (%s)",
			    report_string(function, "address"),
			    report_string(function, "id"));
	}
}

static bool has_address(const struct json_object *object, const char *array,
			const char *address)
{
	for (size_t i = 0; i < report_count(object, array); i++)
		if (streq(report_string(report_item(object, array, i), "address"), address))
			return true;
	return false;
}

static bool has_member(const struct json_object *gpu, const char *address)
{
	for (size_t i = 0; i < report_count(gpu, "groups"); i++)
		if (has_address(report_item(gpu, "groups", i), "members", address))
			return true;
	return false;
}

/* Members of `gpu`'s groups that the other boot's card had not beside it, its own left out. */
static void say_members(struct comparison *comparison, const struct json_object *gpu,
			const struct json_object *other, const char *card, const char *verb)
{
	for (size_t i = 0; i < report_count(gpu, "groups"); i++) {
		const struct json_object *group = report_item(gpu, "groups", i);

		for (size_t k = 0; k < report_count(group, "members"); k++) {
			const struct json_object *member = report_item(group, "members", k);
			const char *address = report_string(member, "address");

			if (!has_member(other, address) &&
			    !has_address(gpu, "functions", address))
				say(comparison, "%s: %s (%s) %s its IOMMU group", card,
				    address, report_string(member, "id"), verb);
		}
	}
}

/* Cards --------------------------------------------------------------------------------------- */

static const struct json_object *find_card(const struct json_object *report,
					   const char *configured)
{
	for (size_t i = 0; i < report_count(report, "gpus"); i++) {
		const struct json_object *gpu = report_item(report, "gpus", i);

		if (streq(report_string(gpu, "configured"), configured))
			return gpu;
	}
	return NULL;
}

static void compare_card(struct comparison *comparison, const struct json_object *before,
			 const struct json_object *now)
{
	const char *old = report_string(before, "address");
	const char *address = report_string(now, "address");
	const char *card = *address ? address : report_string(now, "configured");
	char what[128];

	if (*old && *address && !streq(old, address))
		say(comparison, "%s: the card moved here from %s", address, old);
	else if (*old && !*address)
		say(comparison, "%s: the card is not there any more", old);
	else if (!*old && *address)
		say(comparison, "%s: the card is there again", address);
	snprintf(what, sizeof(what), "%s: result", card);
	compare_texts(comparison, before, now, "result", what);
	/* Where one boot knows no functions or groups there is nothing to compare. */
	if (report_count(before, "functions") && report_count(now, "functions"))
		compare_functions(comparison, before, now);
	if (report_count(before, "groups") && report_count(now, "groups")) {
		say_members(comparison, now, before, card, "joined");
		say_members(comparison, before, now, card, "left");
	}
}

static void compare_cards(struct comparison *comparison)
{
	for (size_t i = 0; i < report_count(comparison->now, "gpus"); i++) {
		const struct json_object *gpu = report_item(comparison->now, "gpus", i);
		const char *configured = report_string(gpu, "configured");
		const struct json_object *old = find_card(comparison->before, configured);

		if (old)
			compare_card(comparison, old, gpu);
		else
			say(comparison, "'%s' is configured now", configured);
	}
	for (size_t i = 0; i < report_count(comparison->before, "gpus"); i++) {
		const char *configured =
			report_string(report_item(comparison->before, "gpus", i),
				      "configured");

		if (!find_card(comparison->now, configured))
			say(comparison, "'%s' is not configured any more", configured);
	}
}

/* Findings ------------------------------------------------------------------------------------- */

static bool has_finding(const struct json_object *report, const struct json_object *finding)
{
	for (size_t i = 0; i < report_count(report, "findings"); i++) {
		const struct json_object *other = report_item(report, "findings", i);

		if (streq(report_string(other, "code"), report_string(finding, "code")) &&
		    streq(report_string(other, "subject"),
			  report_string(finding, "subject")))
			return true;
	}
	return false;
}

static void say_findings(struct comparison *comparison, const struct json_object *of,
			 const struct json_object *other, const char *word)
{
	for (size_t i = 0; i < report_count(of, "findings"); i++) {
		const struct json_object *finding = report_item(of, "findings", i);
		const char *subject = report_string(finding, "subject");

		if (!has_finding(other, finding))
			say(comparison, "%s: %s %s%s%s", word,
			    report_string(finding, "severity"),
			    report_string(finding, "code"), *subject ? " " : "", subject);
	}
}

int compare_reports(const struct json_object *before, const struct json_object *now,
		    struct strings *ret_changes)
{
	struct strings changes = {};
	struct comparison comparison = { before, now, &changes, 0 };

	compare_machine(&comparison);
	compare_cards(&comparison);
	say_findings(&comparison, now, before, "new");
	say_findings(&comparison, before, now, "gone");
	if (comparison.error < 0) {
		strings_done(&changes);
		return comparison.error;
	}
	*ret_changes = changes;
	return 0;
}
