// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what GRUB says on the kernel command line of the trial that it counts. Takes only what
 * boot-menu/grub-trial can have written. Pure.
 */
#include "decide/menu-trial.h"

static bool is_digest(struct span value)
{
	for (size_t i = 0; i < value.size; i++)
		if (!(value.text[i] >= '0' && value.text[i] <= '9') &&
		    !(value.text[i] >= 'a' && value.text[i] <= 'f'))
			return false;
	return value.size == MENU_TRIAL_DIGEST;
}

/* One digit from `least` on. */
static bool parse_boots(struct span value, char least, unsigned *ret_boots)
{
	if (value.size != 1 || *value.text < least || *value.text > '0' + TRIAL_LIMIT_MAX)
		return false;
	*ret_boots = *value.text - '0';
	return true;
}

static bool parse_word(struct span word, struct span value, struct menu_trial *trial)
{
	if (span_equal(word, "confirmed")) {
		trial->state = MENU_TRIAL_CONFIRMED;
		if (!is_digest(value))
			return false;
		memcpy(trial->digest, value.text, MENU_TRIAL_DIGEST);
		return true;
	}
	if (span_equal(word, "spent")) {
		trial->state = MENU_TRIAL_SPENT;
		return parse_boots(value, '1', &trial->boots);
	}
	if (span_equal(word, "uncounted")) {
		trial->state = MENU_TRIAL_UNCOUNTED;
		return parse_boots(value, '0', &trial->boots);
	}
	trial->state = MENU_TRIAL_TRYING;
	return parse_boots(word, '1', &trial->boots) &&
	       parse_boots(value, '1', &trial->limit) && trial->boots <= trial->limit;
}

bool menu_trial_parse(struct span value, struct menu_trial *ret_trial)
{
	struct menu_trial trial = {};
	struct span rest = value, word = span_next(&rest, "/");

	if (word.size == value.size || !parse_word(word, rest, &trial))
		return false;
	*ret_trial = trial;
	return true;
}

bool menu_trial_equal(const struct menu_trial *a, const struct menu_trial *b)
{
	return a->state == b->state && a->boots == b->boots && a->limit == b->limit &&
	       streq(a->digest, b->digest);
}

bool menu_trial_is_of(const char *digest, const char *sha256)
{
	return *digest && strlen(digest) == MENU_TRIAL_DIGEST && has_prefix(sha256, digest);
}
