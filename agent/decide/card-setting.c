// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses the settings of cards. Pure. Never judges whether the kernel will take one.
 */
#include "decide/card-setting.h"

#include "decide/select.h"
#include "model/finding.h"
#include "model/function.h"

#include <stdio.h>

#define SIZE_EXPONENT_MAX                                                                \
	27 /* 128 TiB from 1 MiB on: what the capability's bitmap reaches */

static const struct {
	char key[13];
	char takes[4];	/* its only value; "": any */
	char value[20]; /* the kernel's for it */
} kinds[CARD_SETTINGS_] = {
	[CARD_RESET_METHOD] = { "reset-method" },
	[CARD_D3COLD] = { "d3cold", "off", "0" },
	[CARD_REBAR] = { "rebar" },
	[CARD_OWNER] = { "owner" },
	[CARD_IDLE_D3] = { "idle-d3", "off", " disable_idle_d3=1" },
	[CARD_DISABLE_VGA] = { "disable-vga", "on", " disable_vga=1" },
};

enum card_setting_kind card_setting_find(struct span key)
{
	enum card_setting_kind kind = 0;

	while (kind < CARD_SETTINGS_ && !span_equal(key, kinds[kind].key))
		kind++;
	return kind;
}

/* "16G" becomes "14", the exponent of as many MiB. */
static bool parse_size(char value[static CARD_VALUE_SIZE])
{
	char size[8] = "";
	unsigned exponent;

	for (exponent = 0; exponent <= SIZE_EXPONENT_MAX && !streq(value, size); exponent++)
		snprintf(size, sizeof(size), "%u%c", 1u << exponent % 10,
			 "MGT"[exponent / 10]);
	if (!streq(value, size))
		return false;
	snprintf(value, CARD_VALUE_SIZE, "%u", exponent - 1);
	return true;
}

/* Makes it the kernel's. The kernel knows its reset methods itself, and `setup` asks for owners. */
static bool parse_value(struct card_setting *setting)
{
	char *value = setting->value;

	if (*kinds[setting->kind].takes) {
		if (!streq(value, kinds[setting->kind].takes))
			return false;
		strcpy(value, kinds[setting->kind].value);
	}
	if (setting->kind == CARD_REBAR)
		return parse_size(value);
	while ((value = strchr(value, ',')))
		*value = ' ';
	return true;
}

/* The value is the last word. */
const char *card_setting_parse(struct card_setting *setting, struct span text)
{
	size_t at = text.size, size;

	while (at && !strchr(TEXT_BLANKS, text.text[at - 1]))
		at--;
	size = text.size - at;
	if (!size || size >= sizeof(setting->value) ||
	    (at && setting->kind >= CARD_IDLE_D3))
		return WRONG_CARD_VALUE;
	memcpy(setting->value, text.text + at, size);
	if (!parse_value(setting))
		return WRONG_CARD_VALUE;
	setting->has_selector = at;
	return at ? identity_parse(text.text, at, &setting->identity) : NULL;
}

bool card_setting_covers(const struct card_setting *setting,
			 const struct snapshot *snapshot, const struct target *target,
			 size_t function)
{
	size_t meant = target->functions[0];
	struct selection selection;

	if (setting->has_selector) {
		selection = identity_resolve(&setting->identity, snapshot);
		if (selection.status > SELECTION_MOVED)
			return false;
		meant = selection.function - snapshot->functions;
	}
	if (setting->kind == CARD_RESET_METHOD)
		return function == meant;
	return setting->kind <= CARD_REBAR && target_has_function(target, meant) &&
	       (setting->kind == CARD_D3COLD || is_gpu(&snapshot->functions[function]));
}

unsigned card_setting_bar(const struct function *function)
{
	const struct features *features = &function->features;
	uint64_t most = 0;
	unsigned largest = 0;

	for (unsigned bar = 0; bar < PCI_BARS; bar++)
		if (features->resizable_bars >> bar & 1 && features->bar_sizes[bar] > most) {
			most = features->bar_sizes[bar];
			largest = bar;
		}
	return largest;
}
