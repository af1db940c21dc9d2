/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/identity.h"

enum selection_status {
	SELECTION_FOUND,
	SELECTION_MOVED, /* the card meant is at another address or path */
	SELECTION_NOT_FOUND,
	SELECTION_CHANGED,   /* another card is in its place */
	SELECTION_AMBIGUOUS, /* the card meant, or its twin that is the host's */
	SELECTION_VIRTUAL, /* a virtual function: the driver of its physical function creates it */
};

/* AMBIGUOUS: the reason. */
enum selection_doubt {
	DOUBT_SEVERAL, /* the words match more than one card */
	DOUBT_GONE,    /* fewer cards of the kind are here than are known */
	DOUBT_UNREMEMBERED, /* one is here, at another place, and how many there were is not known */
	DOUBT_SWAPPED, /* another card is where the card meant was */
};

struct selection {
	enum selection_status status;
	enum selection_doubt doubt;
	/* FOUND, MOVED: the function meant. CHANGED: the one in its place. AMBIGUOUS: the one that
	 * may be the host's, or NULL. VIRTUAL: the virtual function, or NULL if it is not here. */
	const struct function *function;
	size_t n_here,
		n_known;   /* AMBIGUOUS: cards that may be meant; cards that are known */
	bool is_removable; /* NOT_FOUND: the card can be unplugged */
	struct bdf physical; /* VIRTUAL: its physical function */
};

/*
 * The function that these words mean, by the order of trust in docs/design.md: serial number, path,
 * id, address. A remembered card adds its serial number, and otherwise only doubt.
 */
struct selection identity_resolve(const struct identity *identity,
				  const struct snapshot *snapshot);
