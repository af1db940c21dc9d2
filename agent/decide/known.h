/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/identity.h"

#define KNOWN_FOLDER "/var/lib/vfio-claim"
#define KNOWN_NAME "cards"
#define KNOWN_PATH KNOWN_FOLDER "/" KNOWN_NAME
#define KNOWN_SIZE_MAX (64 * 1024)
#define KNOWN_MAX 256 /* lines; more are passed over */

/* Room for one line. */
#define KNOWN_LINE_SIZE (IDENTITY_SIZE + 256)

/* The `card` lines of a text; all others are passed over. 0 or -ENOMEM. */
int MUST_CHECK known_parse(const char *text, struct known_cards *known);
const char *known_format(const struct known_card *card,
			 char buffer[static KNOWN_LINE_SIZE]);

int MUST_CHECK known_add(struct known_cards *known, const struct known_card *card);
int MUST_CHECK known_copy(const struct known_cards *known, struct known_cards *ret_copy);

/* A card as it is now. */
struct known_card known_describe(const struct snapshot *snapshot,
				 const struct function *function);

/* Do these words mean this card? The most trusted word that both have decides. */
bool known_is_meant_by(const struct known_card *card, const struct identity *identity);

/* The card that these words mean, of all or of those that are remembered as meant; NULL: none, or
 * several. known_find(): of the latter. */
struct known_card *known_pick(const struct known_cards *known,
			      const struct identity *identity, bool is_to_be_meant);
const struct known_card *known_find(const struct known_cards *known,
				    const struct identity *identity);

/* A number that several cards have tells nothing. */
bool known_is_serial_shared(const struct known_cards *known, const struct pci_id *id,
			    uint64_t serial);

/* Is the card of the kind that the words tell: id, and subsystem where both have one? */
bool known_is_alike(const struct known_card *card, const struct identity *identity);

/* Are they functions of one slot? */
bool known_is_same_card(const struct known_card *a, const struct known_card *b);

/* How many cards of this kind; functions of one slot are one card, virtual ones none. */
size_t known_count(const struct known_cards *known, const struct identity *identity);
/* Is each of them meant by some line? Then the host has none of them. */
bool known_are_all_meant(const struct known_cards *known, const struct identity *identity);

/* Is it remembered what is beside the card and above it? Are the other functions of the slot, and
 * the root port, those that the card had? The former are part of the card. */
bool known_has_marks(const struct known_card *card);
bool known_mates_agree(const struct known_card *card, const struct snapshot *snapshot,
		       const struct function *function);
bool known_port_agrees(const struct known_card *card, const struct snapshot *snapshot,
		       const struct function *function);
