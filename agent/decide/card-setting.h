/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* The setting with this key; CARD_SETTINGS_: none. */
enum card_setting_kind card_setting_find(struct span key);

/* Parses "[SELECTOR] VALUE" by setting->kind. NULL, or what is wrong with it. */
const char *card_setting_parse(struct card_setting *setting, struct span text);

/*
 * Whether the setting holds for this function of a target. A line without a selector means every card.
 * D3cold is a matter of the whole card, a BAR's size of its displays, a reset method of the function named.
 */
bool card_setting_covers(const struct card_setting *setting,
			 const struct snapshot *snapshot, const struct target *target,
			 size_t function);

/* The largest resizable BAR: the window on a card's memory. 0 where there is none. */
unsigned card_setting_bar(const struct function *function);
