/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

enum selection_status {
	SELECTION_FOUND,
	SELECTION_MOVED, /* the card meant, at another address */
	SELECTION_NOT_FOUND,
	SELECTION_CHANGED,   /* another card is where it should be */
	SELECTION_AMBIGUOUS, /* more than one card answers */
};

struct selection {
	enum selection_status status;
	const struct function *function; /* FOUND, MOVED: the one; CHANGED: what is there */
	size_t matches;			 /* AMBIGUOUS: how many cards */
	bool is_last; /* AMBIGUOUS: only one of them is left, of those that the image knows */
};

/* All words of the selector but the address hold for this function. */
bool selector_agrees(const struct selector *selector, const struct function *function);

/* Could any word of the selector name this function? Then its slot must be read in detail. */
bool selector_concerns(const struct selector *selector, const struct function *function);

/* Follows the rules of docs/design.md: address, else path, else the one card of this id. */
struct selection selector_resolve(const struct selector *selector,
				  const struct snapshot *snapshot);
