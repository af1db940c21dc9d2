// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses, formats and compares remembered cards: those that the configuration means, and their
 * twins. Pure. The image's record and /var/lib/vfio-claim/cards have the same lines:
 *
 *   card WORDS... [port=ID] [with=ID]... [virtual-of=ADDRESS] [removable] [meant] [unseen]
 */
#include "decide/known.h"

#include <stdio.h>

#define LINE_KEY "card "

/* Lines --------------------------------------------------------------------------------- */

static bool add_word(struct known_card *card, const char *word)
{
	struct pci_id id;

	if (streq(word, "meant"))
		card->is_meant = true;
	else if (streq(word, "unseen"))
		card->is_unseen = true;
	else if (streq(word, "removable"))
		card->is_removable = true;
	else if (has_prefix(word, "port="))
		return card->has_port = pci_id_parse(word + strlen("port="), &card->port);
	else if (has_prefix(word, "virtual-of="))
		return card->is_virtual =
			       bdf_parse(word + strlen("virtual-of="), &card->physical);
	else if (!has_prefix(word, "with="))
		return !identity_add_word(&card->identity, word);
	else if (card->n_mates < KNOWN_MATES && pci_id_parse(word + strlen("with="), &id))
		card->mates[card->n_mates++] = id;
	else
		return false;
	return true;
}

/* A line with unknown words still counts as a card if it has an id. */
static struct known_card parse_line(struct span line)
{
	struct known_card card = {};

	while (line.size) {
		struct span piece = span_next(&line, " ");
		char word[PCI_PATH_SIZE + 16];

		if (!piece.size || piece.size >= sizeof(word))
			continue;
		memcpy(word, piece.text, piece.size);
		word[piece.size] = '\0';
		(void)add_word(&card, word);
	}
	return card;
}

int known_parse(const char *text, struct known_cards *known)
{
	struct span line;

	while ((line.text = text_next_line(&text, LINE_KEY, &line.size))) {
		struct known_card card = parse_line(line);

		if (card.identity.has_id && known_add(known, &card) < 0)
			return -ENOMEM;
	}
	return 0;
}

const char *known_format(const struct known_card *card, char buffer[static KNOWN_LINE_SIZE])
{
	char words[IDENTITY_SIZE], address[PCI_ADDRESS_SIZE];
	size_t used = snprintf(buffer, KNOWN_LINE_SIZE, LINE_KEY "%s",
			       identity_format(&card->identity, words));

	if (card->has_port)
		used += snprintf(buffer + used, KNOWN_LINE_SIZE - used, " port=%04x:%04x",
				 card->port.vendor, card->port.device);
	for (size_t i = 0; i < card->n_mates; i++)
		used += snprintf(buffer + used, KNOWN_LINE_SIZE - used, " with=%04x:%04x",
				 card->mates[i].vendor, card->mates[i].device);
	if (card->is_virtual)
		used += snprintf(buffer + used, KNOWN_LINE_SIZE - used, " virtual-of=%s",
				 bdf_format(&card->physical, address));
	snprintf(buffer + used, KNOWN_LINE_SIZE - used, "%s%s%s",
		 card->is_removable ? " removable" : "", card->is_meant ? " meant" : "",
		 card->is_unseen ? " unseen" : "");
	return buffer;
}

int known_add(struct known_cards *known, const struct known_card *card)
{
	if (known->n >= KNOWN_MAX)
		return 0;
	if (array_reserve(&known->items, known->n, &known->capacity, sizeof(*card)) < 0)
		return -ENOMEM;
	known->items[known->n++] = *card;
	return 0;
}

int known_copy(const struct known_cards *known, struct known_cards *ret_copy)
{
	struct known_cards copy = {};

	for (size_t i = 0; i < known->n; i++)
		if (known_add(&copy, &known->items[i]) < 0) {
			free(copy.items);
			return -ENOMEM;
		}
	*ret_copy = copy;
	return 0;
}

/* A card now ---------------------------------------------------------------------------- */

/* The bridge on the root bus at the start of the path. */
static const struct function *find_port(const struct snapshot *snapshot,
					const struct pci_path *path)
{
	const struct bdf address = {
		.domain = path->domain,
		.bus = path->root_bus,
		.device = path->devfn[0] >> 3,
		.function = path->devfn[0] & 7,
	};

	return path->hops > 1 ? snapshot_find(snapshot, &address) : NULL;
}

static void describe_mates(const struct snapshot *snapshot,
			   const struct function *function, struct known_card *card)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *other = &snapshot->functions[i];

		if (other != function && !other->is_virtual &&
		    bdf_is_same_slot(&other->address, &function->address) &&
		    card->n_mates < KNOWN_MATES)
			card->mates[card->n_mates++] = other->id;
	}
}

struct known_card known_describe(const struct snapshot *snapshot,
				 const struct function *function)
{
	const struct function *port = find_port(snapshot, &function->path);
	struct known_card card = {
		.identity = identity_of(function),
		.has_port = port,
		.is_removable = function->is_removable,
		.is_virtual = function->is_virtual,
		.physical = function->physical,
	};

	if (port)
		card.port = port->id;
	describe_mates(snapshot, function, &card);
	return card;
}

/* Which of them ------------------------------------------------------------------------- */

bool known_is_alike(const struct known_card *card, const struct identity *identity)
{
	const struct identity *own = &card->identity;

	return identity->has_id && pci_id_equal(&own->id, &identity->id) &&
	       (!identity->has_subsystem || !own->has_subsystem ||
		pci_id_equal(&own->subsystem, &identity->subsystem));
}

bool known_is_meant_by(const struct known_card *card, const struct identity *identity)
{
	const struct identity *own = &card->identity;

	if (identity->has_id && !known_is_alike(card, identity))
		return false;
	if (identity->has_serial && own->has_serial)
		return identity->serial == own->serial;
	if (identity->has_path && own->has_path)
		return pci_path_equal(&identity->path, &own->path);
	if (identity->has_address && own->has_address)
		return !bdf_compare(&identity->address, &own->address);
	return identity->has_id && !identity->has_path && !identity->has_address;
}

/* Of several cards with one number or id, the one that is also at the place in the words. */
static bool is_where_said(const struct known_card *card, const struct identity *identity)
{
	const struct identity *own = &card->identity;

	if (identity->has_path && own->has_path)
		return pci_path_equal(&identity->path, &own->path);
	return identity->has_address && own->has_address &&
	       !bdf_compare(&identity->address, &own->address);
}

struct known_card *known_pick(const struct known_cards *known,
			      const struct identity *identity, bool is_to_be_meant)
{
	struct known_card *found = NULL, *placed = NULL;
	size_t n = 0, n_placed = 0;

	for (size_t i = 0; i < known->n; i++) {
		struct known_card *card = &known->items[i];

		if ((is_to_be_meant && !card->is_meant) ||
		    !known_is_meant_by(card, identity))
			continue;
		found = card;
		n++;
		if (is_where_said(card, identity)) {
			placed = card;
			n_placed++;
		}
	}
	return n == 1 ? found : n_placed == 1 ? placed : NULL;
}

const struct known_card *known_find(const struct known_cards *known,
				    const struct identity *identity)
{
	return known_pick(known, identity, true);
}

bool known_is_serial_shared(const struct known_cards *known, const struct pci_id *id,
			    uint64_t serial)
{
	const struct known_card *first = NULL;

	for (size_t i = 0; i < known->n; i++) {
		const struct known_card *card = &known->items[i];

		if (!card->identity.has_serial || card->identity.serial != serial ||
		    !pci_id_equal(&card->identity.id, id))
			continue;
		if (first && !known_is_same_card(first, card))
			return true;
		first = card;
	}
	return false;
}

static bool is_path_same_slot(const struct pci_path *a, const struct pci_path *b)
{
	struct pci_path first = *a, second = *b;

	if (!first.hops || !second.hops)
		return false;
	first.devfn[first.hops - 1] &= ~7;
	second.devfn[second.hops - 1] &= ~7;
	return pci_path_equal(&first, &second);
}

bool known_is_same_card(const struct known_card *a, const struct known_card *b)
{
	const struct identity *first = &a->identity, *second = &b->identity;

	if (first->has_path && second->has_path)
		return is_path_same_slot(&first->path, &second->path);
	return first->has_address && second->has_address &&
	       bdf_is_same_slot(&first->address, &second->address);
}

size_t known_count(const struct known_cards *known, const struct identity *identity)
{
	size_t n = 0;

	for (size_t i = 0; i < known->n; i++) {
		const struct known_card *card = &known->items[i];
		size_t k = 0;

		if (card->is_virtual || !known_is_alike(card, identity))
			continue;
		while (k < i && !(known_is_alike(&known->items[k], identity) &&
				  known_is_same_card(&known->items[k], card)))
			k++;
		n += k == i;
	}
	return n;
}

bool known_are_all_meant(const struct known_cards *known, const struct identity *identity)
{
	for (size_t i = 0; i < known->n; i++)
		if (!known->items[i].is_virtual && !known->items[i].is_meant &&
		    known_is_alike(&known->items[i], identity))
			return false;
	return true;
}

bool known_has_marks(const struct known_card *card)
{
	return card->identity.has_path && !card->is_unseen;
}

bool known_port_agrees(const struct known_card *card, const struct snapshot *snapshot,
		       const struct function *function)
{
	const struct function *port = find_port(snapshot, &function->path);

	return !card->has_port || !port || pci_id_equal(&card->port, &port->id);
}

bool known_mates_agree(const struct known_card *card, const struct snapshot *snapshot,
		       const struct function *function)
{
	struct known_card now = {};

	describe_mates(snapshot, function, &now);
	if (card->n_mates != now.n_mates)
		return false;
	for (size_t i = 0; i < card->n_mates; i++)
		if (!pci_id_equal(&card->mates[i], &now.mates[i]))
			return false;
	return true;
}
