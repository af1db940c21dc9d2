// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges and edits kernel command lines: does the kernel use the IOMMU, and which words keep it from
 * that? Never reads a line itself. Pure.
 *
 * The kernel's rules: drivers/iommu/intel/iommu.c (the last on or off counts, the beginning of an
 * option suffices), arch/x86/kernel/pci-dma.c and drivers/iommu/amd/init.c (an off stays, whatever
 * follows).
 */
#include "decide/kernel-line.h"

static bool next_word(const char **cursor, struct parameter *parameter)
{
	return *cursor && parameter_next(cursor, parameter) && !parameter_is_end(parameter);
}

/* How many letters must change to make `name` of the text. '-' and '_' are equal. */
static unsigned distance(const char *text, size_t size, const char *name)
{
	unsigned row[32], length = strlen(name);

	for (unsigned k = 0; k <= length; k++)
		row[k] = k;
	for (size_t i = 0; i < size; i++) {
		unsigned diagonal = row[0]++;

		for (unsigned k = 1; k <= length; k++) {
			char c = text[i] == '-' ? '_' : text[i];
			unsigned cost = diagonal + (c != name[k - 1]);

			diagonal = row[k];
			cost = cost < row[k] + 1 ? cost : row[k] + 1;
			row[k] = cost < row[k - 1] + 1 ? cost : row[k - 1] + 1;
		}
	}
	return row[length];
}

/* Words of another name that were meant to switch an Intel IOMMU on. */
static bool is_mistaken_name(const struct parameter *word)
{
	static const char *const others[] = { "amd_iommu",   "iommu_intel", "iommu_amd",
					      "intel.iommu", "vt_d",	    "vtd" };

	if (parameter_is(word, "intel_iommu"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (parameter_is(word, others[i]) && !parameter_lists(word, "off"))
			return true;
	return word->name_size < 16 &&
	       distance(word->name, word->name_size, "intel_iommu") <= 2;
}

static bool begins(struct span option, const char *text)
{
	return option.size >= strlen(text) && !memcmp(option.text, text, strlen(text));
}

static struct span options_of(const struct parameter *word)
{
	return (struct span){ word->value, word->value ? word->value_size : 0 };
}

/* Does one of the options of NAME=OPTION,OPTION begin so? */
static bool has_option(const struct parameter *word, const char *name, const char *text)
{
	struct span rest = options_of(word);

	while (parameter_is(word, name) && rest.size)
		if (begins(span_next(&rest, ","), text))
			return true;
	return false;
}

/* Intel --------------------------------------------------------------------------------------- */

/* Among the options of one intel_iommu=, the last on or off counts. */
static enum intel_state state_of(const struct parameter *word)
{
	struct span rest = options_of(word);
	enum intel_state state = INTEL_UNSET;

	while (rest.size) {
		struct span option = span_next(&rest, ",");

		if (begins(option, "on"))
			state = INTEL_ON;
		else if (begins(option, "off"))
			state = INTEL_OFF;
	}
	return state;
}

struct intel_words line_read_intel(const char *line)
{
	struct intel_words words = {};
	struct parameter word;

	while (next_word(&line, &word)) {
		bool is_named = parameter_is(&word, "intel_iommu");
		enum intel_state state = is_named ? state_of(&word) : INTEL_UNSET;

		if (state != INTEL_UNSET) {
			words.state = state;
			words.decides = word;
		} else if (is_named || is_mistaken_name(&word)) {
			words.has_mistake = true;
			words.mistake = word;
		}
	}
	return words;
}

static bool hides_display(const struct parameter *word)
{
	return has_option(word, "intel_iommu", "igfx_off") ||
	       has_option(word, "intel_iommu", "intgpu_off"); /* Debian's */
}

/* The wish ------------------------------------------------------------------------------------ */

bool line_does(const char *line, const struct line_wish *wish)
{
	enum intel_state state = line_read_intel(line).state;
	struct parameter word;

	while (next_word(&line, &word))
		if (has_option(&word, "iommu", "off") ||
		    (wish->is_amd && has_option(&word, "amd_iommu", "off")) ||
		    (wish->wants_own_display && hides_display(&word)))
			return false;
	if (wish->adds_parameter)
		return state == INTEL_ON;
	return !wish->is_intel || state != INTEL_OFF;
}

int line_swaps_add(struct line_swaps *swaps, struct span from, struct span to)
{
	struct line_swap swap = {};
	int r;

	for (size_t i = 0; i < swaps->n; i++) {
		const struct line_swap *item = &swaps->items[i];

		if (span_equal(from, item->from ?: "") && span_equal(to, item->to ?: ""))
			return 0;
	}
	r = array_reserve(&swaps->items, swaps->n, &swaps->capacity, sizeof(*swaps->items));
	if (r < 0)
		return r;
	swap.from = from.size ? strndup(from.text, from.size) : NULL;
	swap.to = to.size ? strndup(to.text, to.size) : NULL;
	swaps->items[swaps->n++] = swap;
	return (from.size && !swap.from) || (to.size && !swap.to) ? -ENOMEM : 0;
}

void line_swaps_done(struct line_swaps *swaps)
{
	for (size_t i = 0; i < swaps->n; i++) {
		free(swaps->items[i].from);
		free(swaps->items[i].to);
	}
	free(swaps->items);
	*swaps = (struct line_swaps){};
}

/* An option that the kernel knows, and that is not in the way. */
static bool option_stays(const struct parameter *word, struct span option,
			 const struct line_wish *wish)
{
	static const char *const known[] = {
		"on",	 "forcedac", "strict",	      "sp_off",
		"sm_on", "sm_off",   "tboot_noforce", "ecs_off"
	};

	if (begins(option, "off"))
		return false;
	if (!parameter_is(word, "intel_iommu"))
		return true;
	if (begins(option, "igfx_off") || begins(option, "intgpu_off"))
		return !wish->wants_own_display;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (begins(option, known[i]))
			return true;
	return false;
}

/* The word with the options that stay. Returns its size; 0: none stays. */
static size_t mend(const struct parameter *word, const struct line_wish *wish, char *buffer)
{
	struct span rest = options_of(word);
	char *end = buffer;

	while (rest.size) {
		struct span option = span_next(&rest, ",");

		if (!option.size || !option_stays(word, option, wish))
			continue;
		*end = end == buffer ? '=' : ',';
		end = mempcpy(end + 1, option.text, option.size);
	}
	if (end == buffer)
		return 0;
	memmove(buffer + word->name_size, buffer, end - buffer);
	memcpy(buffer, word->name, word->name_size);
	return end - buffer + word->name_size;
}

static bool is_in_the_way(const struct parameter *word, const struct line_wish *wish)
{
	struct span rest = options_of(word);

	if (wish->is_intel && is_mistaken_name(word))
		return true;
	if (!parameter_is(word, "iommu") &&
	    !(wish->is_amd && parameter_is(word, "amd_iommu")) &&
	    !(wish->is_intel && parameter_is(word, "intel_iommu")))
		return false;
	if (wish->is_intel && parameter_is(word, "intel_iommu") && !rest.size)
		return true;
	while (rest.size) {
		struct span option = span_next(&rest, ",");

		if (option.size && !option_stays(word, option, wish))
			return true;
	}
	return false;
}

static int add_swap(const struct parameter *word, const struct line_wish *wish,
		    struct line_swaps *swaps)
{
	_cleanup_free_ char *buffer = malloc(word->size + 2);
	struct span to = { buffer, 0 };

	if (!buffer)
		return -ENOMEM;
	if (!is_mistaken_name(word))
		to.size = mend(word, wish, buffer);
	return line_swaps_add(swaps, (struct span){ word->text, word->size }, to);
}

int line_find_swaps(struct span line, const struct line_wish *wish, struct line_swaps *swaps)
{
	_cleanup_free_ char *text = strndup(line.size ? line.text : "", line.size);
	const char *cursor = text;
	struct parameter word;
	int r = text ? 0 : -ENOMEM;

	while (r == 0 && next_word(&cursor, &word))
		if (is_in_the_way(&word, wish))
			r = add_swap(&word, wish, swaps);
	return r;
}

/* Editing ------------------------------------------------------------------------------------- */

/* NULL: the word is not there, or only after "--". */
static const char *find_word(const char *line, const char *text)
{
	struct parameter word;

	while (next_word(&line, &word))
		if (span_equal((struct span){ word.text, word.size }, text))
			return word.text;
	return NULL;
}

#define BLANKS " \t\n\r\v\f"

/* A word that goes takes along the one blank that came with it: add_word(). */
static char *replace_word(const char *line, const char *at, size_t size, const char *to)
{
	size_t before = at - line;
	const char *rest = at + size;
	bool is_first = strspn(line, BLANKS) == before;

	if (!to && is_first && *rest)
		rest++;
	else if (!to && before)
		before--;
	return text_format("%.*s%s%s", (int)before, line, to ?: "", rest);
}

static char *add_word(const char *line, const char *text)
{
	const char *cursor = line, *end = line + strspn(line, BLANKS);
	struct parameter word;
	bool is_first = true;

	while (next_word(&cursor, &word)) {
		end = word.text + word.size;
		is_first = false;
	}
	return text_format("%.*s%s%s%s%s", (int)(end - line), line,
			   is_first && (*end || end == line) ? "" : " ", text,
			   is_first && *end ? " " : "", end);
}

static int swap_one(char **line, const char *from, const char *to, bool adds,
		    bool *ret_changed)
{
	const char *at = find_word(*line, from ?: to ?: "");
	char *edited;

	if (is_string_equal(from, to) || (from ? !at : (at || !adds)))
		return 0;
	edited = from ? replace_word(*line, at, strlen(from), to) : add_word(*line, to);
	if (!edited)
		return -ENOMEM;
	free(*line);
	*line = edited;
	*ret_changed = true;
	/* A word may be there several times. */
	return from ? swap_one(line, from, to, adds, ret_changed) : 0;
}

int line_swap(struct span line, const struct line_swaps *swaps, bool adds,
	      bool is_backward, char **ret_line)
{
	_cleanup_free_ char *text = strndup(line.size ? line.text : "", line.size);
	bool is_changed = false;
	int r = text ? 0 : -ENOMEM;

	for (size_t i = 0; i < swaps->n && r == 0; i++) {
		const struct line_swap *swap = &swaps->items[i];

		r = swap_one(&text, is_backward ? swap->to : swap->from,
			     is_backward ? swap->from : swap->to, adds, &is_changed);
	}
	if (r == 0)
		*ret_line = is_changed ? steal(text) : NULL;
	return r;
}
