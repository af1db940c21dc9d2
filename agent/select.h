/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "identity.h"

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

/* Follows the rules of docs/design.md: address, else path, else the one card of this id. */
struct selection identity_resolve(const struct identity *identity,
				  const struct snapshot *snapshot);
