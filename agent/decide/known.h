/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/identity.h"

#define KNOWN_FOLDER "/var/lib/vfio-claim"
#define KNOWN_NAME "cards"
#define KNOWN_PATH KNOWN_FOLDER "/" KNOWN_NAME
#define KNOWN_SIZE_MAX (64 * 1024)
#define KNOWN_MAX 256 /* lines; further ones are ignored */

/* Room for one line. */
#define KNOWN_LINE_SIZE (IDENTITY_SIZE + 256)

/* Parses the `card` lines of a text and ignores all others. 0 or -ENOMEM. */
int MUST_CHECK known_parse(const char *text, struct known_cards *known);
const char *known_format(const struct known_card *card,
			 char buffer[static KNOWN_LINE_SIZE]);

int MUST_CHECK known_add(struct known_cards *known, const struct known_card *card);
int MUST_CHECK known_copy(const struct known_cards *known, struct known_cards *ret_copy);

/* The card as it is now. */
struct known_card known_describe(const struct snapshot *snapshot,
				 const struct function *function);

/* Do these words mean this card? The most trusted word that both have decides. */
bool known_is_meant_by(const struct known_card *card, const struct identity *identity);

/* The card that these words mean, among all or among those remembered as meant; NULL: none, or
 * several. known_find() searches the latter. */
struct known_card *known_pick(const struct known_cards *known,
			      const struct identity *identity, bool is_to_be_meant);
const struct known_card *known_find(const struct known_cards *known,
				    const struct identity *identity);

/* A serial number that several cards have identifies none. */
bool known_is_serial_shared(const struct known_cards *known, const struct pci_id *id,
			    uint64_t serial);

/* Is the card of this kind: the same id, and the same subsystem if both have one? */
bool known_is_alike(const struct known_card *card, const struct identity *identity);

/* Are the two functions of one slot? */
bool known_is_same_card(const struct known_card *a, const struct known_card *b);

/* The number of cards of this kind. Functions of one slot are one card, virtual functions none. */
size_t known_count(const struct known_cards *known, const struct identity *identity);
/* Does some line mean each card of this kind? Then the host has none of them. */
bool known_are_all_meant(const struct known_cards *known, const struct identity *identity);

/* Are the card's other functions and its root port remembered? Does the function's slot have the
 * same other functions; is it behind the same root port? */
bool known_has_marks(const struct known_card *card);
bool known_mates_agree(const struct known_card *card, const struct snapshot *snapshot,
		       const struct function *function);
bool known_port_agrees(const struct known_card *card, const struct snapshot *snapshot,
		       const struct function *function);
