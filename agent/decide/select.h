/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/identity.h"

enum selection_status {
	SELECTION_FOUND,
	SELECTION_MOVED, /* the card meant, at another address or path */
	SELECTION_NOT_FOUND,
	SELECTION_CHANGED,   /* another card is where it should be */
	SELECTION_AMBIGUOUS, /* the card meant, or one like it that is the host's */
	SELECTION_VIRTUAL, /* a virtual function: its physical function's driver makes it */
};

/* AMBIGUOUS: why nobody can tell. */
enum selection_doubt {
	DOUBT_SEVERAL,	    /* more than one card here may be meant */
	DOUBT_GONE,	    /* fewer are here than are known */
	DOUBT_UNREMEMBERED, /* one is here, elsewhere, and how many there were is not known */
	DOUBT_SWAPPED,	    /* another one is where the card meant was */
};

struct selection {
	enum selection_status status;
	enum selection_doubt doubt;
	/* FOUND, MOVED: the one; CHANGED: what is there; AMBIGUOUS: what may be the host's, or NULL;
	 * VIRTUAL: itself, or NULL when it is not here. */
	const struct function *function;
	size_t n_here,
		n_known; /* AMBIGUOUS: how many cards may be meant; how many there were */
	bool is_removable;   /* NOT_FOUND: the card comes and goes */
	struct bdf physical; /* VIRTUAL: of this function */
};

/*
 * Which function do these words mean, by docs/design.md's order of trust: serial number, path, id,
 * address? What is remembered of cards adds a serial number, and else only doubt.
 */
struct selection identity_resolve(const struct identity *identity,
				  const struct snapshot *snapshot);
