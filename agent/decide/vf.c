// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses the `vf =` lines of the configuration, and finds the physical functions that they mean.
 * Pure. The boot agent has no use for it: a driver of the host creates virtual functions.
 */
#include "decide/vf.h"

#include "decide/config.h"
#include "decide/plan-parts.h"
#include "decide/select.h"
#include "model/finding.h"

#include <stdio.h>

/* Lines -------------------------------------------------------------------------------- */

static bool number_parse(struct span text, unsigned most, unsigned *ret_number)
{
	unsigned number = 0;

	if (!text.size || text.size > 4)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
		number = number * 10 + (text.text[i] - '0');
	}
	*ret_number = number;
	return number >= 1 && number <= most;
}

static bool is_key(struct span word, const char *key, struct span *ret_value)
{
	size_t length = strlen(key);

	if (word.size < length || strncmp(word.text, key, length))
		return false;
	*ret_value = (struct span){ word.text + length, word.size - length };
	return true;
}

/* NULL, or the error. Needs the count. */
static const char *take_parse(struct span value, struct vf_line *line)
{
	bool is_all = !value.text || span_equal(value, "all");
	unsigned number;

	for (unsigned i = 0; is_all && i < line->count; i++)
		line->is_taken[i] = true;
	if (is_all)
		return NULL;
	/* span_next() takes "1," for one number. */
	if (!value.size || value.text[value.size - 1] == ',')
		return WRONG_VF_TAKE;
	while (value.size) {
		if (!number_parse(span_next(&value, ","), line->count, &number) ||
		    line->is_taken[number - 1])
			return WRONG_VF_TAKE;
		line->is_taken[number - 1] = true;
	}
	return NULL;
}

struct words {
	struct span count, take; /* without text: not given */
	char *selector;		 /* the other words */
};

static const char *words_take(struct words *words, struct span word, size_t *used)
{
	struct span value;

	if (is_key(word, "count=", &value)) {
		if (words->count.text)
			return WRONG_VF_COUNT_TWICE;
		words->count = value;
	} else if (is_key(word, "take=", &value)) {
		if (words->take.text)
			return WRONG_VF_TAKE_TWICE;
		words->take = value;
	} else {
		if (*used)
			words->selector[(*used)++] = ' ';
		memcpy(words->selector + *used, word.text, word.size);
		*used += word.size;
	}
	return NULL;
}

static const char *line_parse(struct span text, char *selector, struct vf_line *line)
{
	struct words words = { .selector = selector };
	const char *wrong = NULL;
	size_t used = 0;

	while (text.size && !wrong) {
		struct span word = span_next(&text, TEXT_BLANKS);

		if (word.size)
			wrong = words_take(&words, word, &used);
	}
	if (!wrong && !words.count.text)
		wrong = WRONG_VF_NO_COUNT;
	if (!wrong && !number_parse(words.count, VF_COUNT_MOST, &line->count))
		wrong = WRONG_VF_COUNT;
	if (!wrong)
		wrong = take_parse(words.take, line);
	return wrong ?: identity_parse(selector, used, &line->wanted.identity);
}

static void PRINTF_LIKE(4, 5)
	add_invalid_finding(struct findings *findings, const char *origin,
			    struct span text, const char *format, ...)
{
	char wrong[128 + QUOTE_SIZE], line[QUOTE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(wrong, sizeof(wrong), format, arguments);
	va_end(arguments);
	findings_add(findings, origin, FINDING_CONFIG_INVALID, REMEDY_VF_CONFIG,
		     TEXT_INVALID, wrong, span_quote(text, line));
}

/* `text`: "PLACE VALUE". A line with an error is not added. */
static int add_line(struct vf_lines *lines, const char *text, struct findings *findings)
{
	struct vf_line line = { .wanted.kind = WANTED_DEVICE };
	struct span rest = { text, strlen(text) }, place = span_next(&rest, " ");
	_cleanup_free_ char *selector = calloc(1, rest.size + 2);
	const char *wrong;

	line.wanted.origin = strndup(place.text, place.size);
	line.wanted.text = strndup(rest.text, rest.size);
	if (!selector || !line.wanted.origin || !line.wanted.text ||
	    array_reserve(&lines->items, lines->n, &lines->capacity, sizeof(line)) < 0) {
		wanted_done(&line.wanted);
		return -ENOMEM;
	}
	wrong = line_parse(rest, selector, &line);
	if (wrong) {
		if (streq(wrong, WRONG_VF_COUNT))
			add_invalid_finding(findings, line.wanted.origin, rest,
					    WRONG_VF_COUNT, VF_COUNT_MOST);
		else
			add_invalid_finding(findings, line.wanted.origin, rest, "%s",
					    wrong);
		wanted_done(&line.wanted);
		return 0;
	}
	lines->items[lines->n++] = line;
	return 0;
}

int vf_lines_parse(const struct config *config, struct vf_lines *ret_lines,
		   struct findings *findings)
{
	struct vf_lines lines = {};

	for (size_t i = 0; i < config->vfs.n; i++)
		if (add_line(&lines, config->vfs.items[i], findings) < 0) {
			vf_lines_done(&lines);
			return -ENOMEM;
		}
	*ret_lines = lines;
	return 0;
}

void vf_lines_done(struct vf_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		wanted_done(&lines->items[i].wanted);
	free(lines->items);
	*lines = (struct vf_lines){};
}

/* Physical functions ------------------------------------------------------------------- */

/* Findings of the same words as those of a `device =` line. */
static const struct function *select_physical(const struct config *config,
					      const struct snapshot *snapshot,
					      const struct wanted *wanted,
					      struct findings *findings)
{
	struct plan plan = { .findings = *findings };
	struct planner planner = { config, snapshot, &plan };
	const struct function *function = plan_select(&planner, wanted, NULL);

	*findings = plan.findings;
	return function;
}

/* The line of the configuration that claims the function; NULL: none. */
static const struct wanted *find_claim(const struct config *config,
				       const struct snapshot *snapshot,
				       const struct function *physical)
{
	for (size_t i = 0; i < config->n_wanted; i++) {
		struct selection selection =
			identity_resolve(&config->wanted[i].identity, snapshot);

		if (selection.function == physical ||
		    (config->wanted[i].kind == WANTED_GPU && selection.function &&
		     bdf_is_same_slot(&selection.function->address, &physical->address)))
			return &config->wanted[i];
	}
	return NULL;
}

static const struct wanted *find_same(const struct vf_lines *lines, size_t line)
{
	for (size_t i = 0; i < lines->n; i++)
		if (i != line && lines->items[i].physical == lines->items[line].physical)
			return &lines->items[i].wanted;
	return NULL;
}

static bool is_in_conflict(const struct vf_lines *lines, size_t i,
			   const struct config *config, const struct snapshot *snapshot,
			   struct findings *findings)
{
	const struct wanted *wanted = &lines->items[i].wanted, *other;
	char quoted[QUOTE_SIZE];

	quote(wanted->text, strlen(wanted->text), quoted);
	other = find_same(lines, i);
	if (other)
		findings_add(findings, wanted->origin, FINDING_CONFIG_INVALID,
			     REMEDY_VF_CONFIG, TEXT_VF_REPEATED, quoted, other->origin);
	if (other)
		return true;
	other = find_claim(config, snapshot, lines->items[i].physical);
	if (other)
		findings_add(findings, wanted->origin, FINDING_CONFIG_INVALID,
			     REMEDY_VF_CONFIG, TEXT_VF_CLAIMED, quoted, other->origin);
	return other;
}

void vf_find_physical(struct vf_lines *lines, const struct config *config,
		      const struct snapshot *snapshot, struct findings *findings)
{
	for (size_t i = 0; i < lines->n; i++)
		lines->items[i].physical = select_physical(config, snapshot,
							   &lines->items[i].wanted,
							   findings);
	for (size_t i = 0; i < lines->n; i++)
		lines->items[i].is_in_conflict =
			lines->items[i].physical &&
			is_in_conflict(lines, i, config, snapshot, findings);
	for (size_t i = 0; i < lines->n; i++)
		if (lines->items[i].is_in_conflict)
			lines->items[i].physical = NULL;
}
