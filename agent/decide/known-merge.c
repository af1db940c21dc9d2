// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Merges the remembered cards with those that are here. Pure. Never forgets a card only because it
 * is absent now.
 */
#include "decide/known-merge.h"

#include "decide/known.h"
#include "decide/select.h"

struct merge {
	const struct config *config;
	struct snapshot *snapshot; /* its `known` changes */
	size_t *here;		   /* functions, one for each card that matters */
	size_t *lines;		   /* for each of `here`: its line, or SIZE_MAX */
	size_t n_here;
};

static struct known_cards *known_of(const struct merge *merge)
{
	return &merge->snapshot->known;
}

static const struct function *here_at(const struct merge *merge, size_t i)
{
	return &merge->snapshot->functions[merge->here[i]];
}

static const struct identity *wanted_at(const struct merge *merge, size_t i)
{
	return &merge->config->wanted[i].identity;
}

/* What is here ------------------------------------------------------------------------------ */

static bool is_any_place(const struct merge *merge, const struct function *function)
{
	for (size_t i = 0; i < merge->config->n_wanted; i++)
		if (identity_is_place(wanted_at(merge, i), function))
			return true;
	return false;
}

/* Does a line mean a card with this id: by its words, by its place, or by what is remembered? */
static bool is_of_kind(const struct merge *merge, const struct function *function)
{
	for (size_t i = 0; i < merge->config->n_wanted; i++) {
		const struct identity *wanted = wanted_at(merge, i);
		const struct known_card *known = known_find(known_of(merge), wanted);

		if ((wanted->has_id && pci_id_equal(&wanted->id, &function->id)) ||
		    (known && pci_id_equal(&known->identity.id, &function->id)))
			return true;
		for (size_t k = 0; !wanted->has_id && k < merge->snapshot->n_functions; k++)
			if (identity_is_place(wanted, &merge->snapshot->functions[k]) &&
			    pci_id_equal(&merge->snapshot->functions[k].id, &function->id))
				return true;
	}
	return false;
}

/* Another function represents the slot: one that a line names, otherwise the first. */
static bool is_represented(const struct merge *merge, const struct function *function)
{
	const struct snapshot *snapshot = merge->snapshot;

	if (is_any_place(merge, function))
		return false;
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *other = &snapshot->functions[i];

		if (other != function && !other->is_virtual &&
		    bdf_is_same_slot(&other->address, &function->address) &&
		    pci_id_equal(&other->id, &function->id) &&
		    (is_any_place(merge, other) || other < function))
			return true;
	}
	return false;
}

static void find_here(struct merge *merge)
{
	merge->n_here = 0;
	for (size_t i = 0; i < merge->snapshot->n_functions; i++) {
		const struct function *function = &merge->snapshot->functions[i];

		if (function->identity_fact == FACT_KNOWN && is_of_kind(merge, function) &&
		    (function->is_virtual ? is_any_place(merge, function) :
					    !is_represented(merge, function)))
			merge->here[merge->n_here++] = i;
	}
}

/* Which line is which ----------------------------------------------------------------------- */

static bool is_line_taken(const struct merge *merge, size_t line)
{
	for (size_t i = 0; i < merge->n_here; i++)
		if (merge->lines[i] == line)
			return true;
	return false;
}

static bool is_serial_same(const struct identity *a, const struct identity *b)
{
	return a->has_serial && b->has_serial && a->serial == b->serial;
}

static bool is_path_same(const struct identity *a, const struct identity *b)
{
	return a->has_path && b->has_path && pci_path_equal(&a->path, &b->path) &&
	       !(a->has_serial && b->has_serial && a->serial != b->serial);
}

static void pair(struct merge *merge,
		 bool (*is_same)(const struct identity *line, const struct identity *now))
{
	for (size_t i = 0; i < merge->n_here; i++) {
		const struct identity now = identity_of(here_at(merge, i));

		for (size_t k = 0; k < known_of(merge)->n; k++) {
			const struct known_card *card = &known_of(merge)->items[k];

			if (merge->lines[i] == SIZE_MAX && !is_line_taken(merge, k) &&
			    known_is_alike(card, &now) && is_same(&card->identity, &now))
				merge->lines[i] = k;
		}
	}
}

static void pair_all(struct merge *merge)
{
	for (size_t i = 0; i < merge->n_here; i++)
		merge->lines[i] = SIZE_MAX;
	pair(merge, is_serial_same);
	pair(merge, is_path_same);
}

/* A line of the configuration still means the card, by the remembered words. */
static bool is_line_meant(const struct merge *merge, const struct known_card *card)
{
	for (size_t i = 0; i < merge->config->n_wanted; i++) {
		const struct known_card *picked =
			known_pick(known_of(merge), wanted_at(merge, i), false);

		if (picked ? picked == card : known_is_meant_by(card, wanted_at(merge, i)))
			return true;
	}
	return false;
}

/* Changes ------------------------------------------------------------------------------------ */

static bool has_line(const struct merge *merge, const struct identity *wanted,
		     bool is_remembered_as_meant)
{
	for (size_t k = 0; k < known_of(merge)->n; k++) {
		const struct known_card *card = &known_of(merge)->items[k];

		if ((card->is_meant || !is_remembered_as_meant) &&
		    known_is_meant_by(card, wanted))
			return true;
	}
	return false;
}

static bool is_here_as_said(const struct merge *merge, const struct identity *wanted,
			    const struct known_card *of_kind)
{
	for (size_t i = 0; i < merge->n_here; i++) {
		const struct identity now = identity_of(here_at(merge, i));

		if (identity_is_place(wanted, here_at(merge, i)) &&
		    identity_is_kind(wanted, here_at(merge, i)) &&
		    (!of_kind || known_is_alike(of_kind, &now)))
			return true;
	}
	return false;
}

/* Another card of this kind is here, and a later line means that one. */
static bool is_replaced(const struct merge *merge, const struct known_card *card)
{
	for (size_t i = 0; i < merge->config->n_wanted; i++)
		if (!has_line(merge, wanted_at(merge, i), true) &&
		    is_here_as_said(merge, wanted_at(merge, i), card))
			return true;
	return false;
}

/* Forgets cards that are gone and that no line means any more, if a line means a replacement. */
static void forget_replaced(struct merge *merge)
{
	struct known_cards *known = known_of(merge);
	bool goes[KNOWN_MAX] = {};
	size_t n = 0;

	for (size_t k = 0; k < known->n; k++)
		goes[k] = !is_line_taken(merge, k) &&
			  !is_line_meant(merge, &known->items[k]) &&
			  is_replaced(merge, &known->items[k]);
	for (size_t k = 0; k < known->n; k++)
		if (!goes[k])
			known->items[n++] = known->items[k];
	known->n = n;
	pair_all(merge);
}

/* The card is at the place of its line, and is certainly no other card. */
static bool is_seen_at(const struct merge *merge, const struct known_card *card,
		       const struct function *function)
{
	struct selection selection = identity_resolve(&card->identity, merge->snapshot);

	return selection.function == function && (selection.status == SELECTION_FOUND ||
						  selection.status == SELECTION_MOVED);
}

/* Describes a card that was known by its line alone and is seen now. Clears is_meant of a card that
 * no line means any more. A card that has moved keeps its entry: it may be another one. */
static void update_lines(struct merge *merge)
{
	for (size_t i = 0; i < merge->n_here; i++) {
		struct known_card *card;

		if (merge->lines[i] == SIZE_MAX)
			continue;
		card = &known_of(merge)->items[merge->lines[i]];
		if (card->is_unseen && is_seen_at(merge, card, here_at(merge, i)))
			*card = known_describe(merge->snapshot, here_at(merge, i));
		if (!is_line_meant(merge, card))
			card->is_meant = false;
	}
}

/* A line names this place, and no card is remembered for the line. */
static bool is_new_choice(const struct merge *merge, const struct function *function)
{
	for (size_t i = 0; i < merge->config->n_wanted; i++)
		if (identity_is_place(wanted_at(merge, i), function) &&
		    identity_is_kind(wanted_at(merge, i), function) &&
		    !has_line(merge, wanted_at(merge, i), false))
			return true;
	return false;
}

/* More cards of this kind are here than were ever seen. */
static bool has_too_few(const struct merge *merge, const struct function *function)
{
	const struct identity kind = { .has_id = true, .id = function->id };
	const struct function *last = NULL;
	struct known_cards seen = {};
	size_t n_here = 0, n_seen;

	if (function->is_virtual)
		return false;
	for (size_t i = 0; i < merge->n_here; i++) {
		const struct function *other = here_at(merge, i);

		if (other->is_virtual || !pci_id_equal(&other->id, &function->id))
			continue;
		n_here += !last || !bdf_is_same_slot(&last->address, &other->address);
		last = other;
	}
	for (size_t k = 0; k < known_of(merge)->n; k++)
		if (!known_of(merge)->items[k].is_unseen &&
		    known_is_alike(&known_of(merge)->items[k], &kind) &&
		    known_add(&seen, &known_of(merge)->items[k]) < 0)
			break;
	/* Several lines may be of one card. To compare them all takes long. */
	n_seen = seen.n < n_here ? seen.n : known_count(&seen, &kind);
	free(seen.items);
	return n_seen < n_here;
}

static int add_lines(struct merge *merge,
		     bool (*is_to_be_added)(const struct merge *merge,
					    const struct function *function))
{
	for (size_t i = 0; i < merge->n_here; i++) {
		struct known_card card;

		if (merge->lines[i] != SIZE_MAX ||
		    !is_to_be_added(merge, here_at(merge, i)))
			continue;
		if (known_of(merge)->n == KNOWN_MAX)
			return 0;
		card = known_describe(merge->snapshot, here_at(merge, i));
		if (known_add(known_of(merge), &card) < 0)
			return -ENOMEM;
		merge->lines[i] = known_of(merge)->n - 1;
	}
	return 0;
}

/* The card is not at the place of its line, and is not remembered: any card like it is another. */
static int add_unseen(struct merge *merge, const struct identity *wanted)
{
	const struct known_card card = { .identity = *wanted, .is_unseen = true };

	if (!wanted->has_id || (!wanted->has_path && !wanted->has_address) ||
	    has_line(merge, wanted, false) || is_here_as_said(merge, wanted, NULL))
		return 0;
	return known_add(known_of(merge), &card);
}

static int merge_all(struct merge *merge)
{
	int r;

	find_here(merge);
	pair_all(merge);
	forget_replaced(merge);
	update_lines(merge);
	r = add_lines(merge, is_new_choice);
	if (r == 0)
		r = add_lines(merge, has_too_few);
	for (size_t i = 0; i < merge->config->n_wanted && r == 0; i++) {
		struct known_card *card;

		r = add_unseen(merge, wanted_at(merge, i));
		/* An id alone may match several cards: then none is known to be the one. */
		card = known_pick(known_of(merge), wanted_at(merge, i), false);
		if (card)
			card->is_meant = true;
	}
	return r;
}

int known_merge(const struct known_cards *remembered, const struct config *config,
		struct snapshot *snapshot)
{
	struct merge merge = { .config = config, .snapshot = snapshot };
	int r;

	free(snapshot->known.items);
	snapshot->known = (struct known_cards){};
	r = known_copy(remembered, &snapshot->known);
	if (r < 0)
		return r;
	merge.here = calloc(snapshot->n_functions + 1, sizeof(*merge.here));
	merge.lines = calloc(snapshot->n_functions + 1, sizeof(*merge.lines));
	r = merge.here && merge.lines ? merge_all(&merge) : -ENOMEM;
	free(merge.here);
	free(merge.lines);
	return r;
}

void known_forget(struct known_cards *known, const struct config *config)
{
	size_t n = 0;

	for (size_t k = 0; k < known->n; k++) {
		bool is_chosen = false;

		for (size_t i = 0; i < config->n_wanted; i++)
			is_chosen |= config->wanted[i].kind == WANTED_GPU &&
				     known_is_alike(&known->items[k],
						    &config->wanted[i].identity);
		if (!is_chosen)
			known->items[n++] = known->items[k];
	}
	known->n = n;
}
