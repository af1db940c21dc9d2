/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"

struct pci_names;

/* What a person asks first about a card. Texts may be NULL or "". */
struct card_line {
	const char *address; /* or the card's line, of which the first word is shown */
	bool is_note;	     /* of no card: its subject is shown whole */
	const char *id;	     /* "10de:2206", to be named */
	const char *state, *code, *reason, *remedy;
	bool is_good; /* the state; a code then comes after "but" */
	enum colour colour;
};

/*
 * "0000:01:00.0  NVIDIA GeForce RTX 3080: refused: GROUP_SHARED", and below it why and what to do. Both
 * this and the next print to standard output, and no control character of their texts.
 */
void card_line_print(const struct page *page, struct pci_names *names,
		     const struct card_line *line);

/* A text that is wrapped below its beginning; nothing without one. */
void card_line_print_text(const struct page *page, unsigned indent, const char *label,
			  const char *text);
