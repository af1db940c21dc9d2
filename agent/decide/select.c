// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the function that an identity means. Pure. Never answers with a card that may be the
 * host's: every way to a card ends with the question whether it may be its twin.
 */
#include "decide/select.h"

#include "decide/known.h"

struct search {
	const struct snapshot *snapshot;
	const struct identity *wanted;	/* as it was written */
	struct identity identity;	/* with the remembered id and serial */
	const struct known_card *known; /* the card meant, as it is remembered; or NULL */
	const struct function *place; /* the function at the identity's place; or NULL */
	size_t n_known;
};

typedef bool match(const struct search *search, const struct function *function);

/* Cards ---------------------------------------------------------------------------------- */

/* Functions are part of the card's silicon: they keep their numbers when the card moves. */
static bool keeps_number(const struct search *search, const struct function *function)
{
	const struct identity *wanted = search->wanted;

	if (wanted->has_path)
		return (wanted->path.devfn[wanted->path.hops - 1] & 7) ==
		       function->address.function;
	return !wanted->has_address ||
	       wanted->address.function == function->address.function;
}

/* Both paths lead through one bridge and differ only in the slot below it. */
static bool is_path_beside(const struct pci_path *a, const struct pci_path *b)
{
	struct pci_path first = *a, second = *b;

	if (!first.hops || first.hops != second.hops)
		return false;
	first.devfn[first.hops - 1] = second.devfn[second.hops - 1] = 0;
	return pci_path_equal(&first, &second);
}

/* drivers/pci/iov.c, pci_iov_virtfn_bus() and _devfn() */
static bool is_among_virtual(const struct function *function,
			     const struct identity *identity)
{
	unsigned base = function->address.device << 3 | function->address.function;

	for (unsigned i = 0; i < function->vfs.total; i++) {
		unsigned devfn = base + function->vfs.offset + i * function->vfs.stride;

		if (identity->has_path ?
			    identity->path.devfn[identity->path.hops - 1] == (devfn & 0xff) :
			    identity->address.bus == function->address.bus + (devfn >> 8) &&
				    (unsigned)(identity->address.device << 3 |
					       identity->address.function) == (devfn & 0xff))
			return true;
	}
	return false;
}

/*
 * Do the words name a virtual function that this function may have? The offset of virtual functions
 * depends on how many are enabled, and is 0 until a driver has enabled some: then any place on the
 * same bus may be one.
 */
static bool may_have_virtual(const struct function *function,
			     const struct identity *identity)
{
	const struct pci_vfs *vfs = &function->vfs;
	const struct pci_id id = { function->id.vendor, vfs->device };

	if (vfs->fact == FACT_ABSENT || function->is_virtual ||
	    identity_is_place(identity, function))
		return false;
	if (identity->has_id && (vfs->device ? !pci_id_equal(&id, &identity->id) :
					       function->id.vendor != identity->id.vendor))
		return false;
	if (identity->has_path ? !is_path_beside(&identity->path, &function->path) :
				 !identity->has_address || identity->address.domain !=
								   function->address.domain)
		return false;
	if (vfs->fact == FACT_KNOWN && vfs->offset)
		return is_among_virtual(function, identity);
	return identity->has_path || identity->address.bus == function->address.bus;
}

static bool is_alike(const struct search *search, const struct function *function)
{
	return search->identity.has_id && identity_is_kind(&search->identity, function);
}

static bool has_serial(const struct search *search, const struct function *function)
{
	return is_alike(search, function) && keeps_number(search, function) &&
	       function->caps.serial_fact == FACT_KNOWN &&
	       function->caps.serial == search->identity.serial;
}

/* The function's serial number is that of another remembered card. */
static bool is_other_by_serial(const struct search *search, const struct function *function)
{
	const struct known_cards *known = &search->snapshot->known;
	const struct identity now = identity_of(function);

	for (size_t i = 0; search->known && now.has_serial && i < known->n; i++)
		if (&known->items[i] != search->known &&
		    known->items[i].identity.has_serial &&
		    known->items[i].identity.serial == now.serial &&
		    known_is_alike(&known->items[i], &now) &&
		    !known_is_same_card(&known->items[i], search->known) &&
		    !known_is_serial_shared(known, &now.id, now.serial))
			return true;
	return false;
}

/* A value that cannot be read may be the one in the words. */
static bool may_be_meant(const struct search *search, const struct function *function)
{
	return search->identity.has_id &&
	       identity_may_be_kind(&search->identity, function) &&
	       identity_serial_may_agree(&search->identity, function) &&
	       keeps_number(search, function) && !is_other_by_serial(search, function) &&
	       !may_have_virtual(function, search->wanted);
}

static bool has_mates(const struct search *search, const struct function *function)
{
	return may_be_meant(search, function) && is_alike(search, function) &&
	       known_mates_agree(search->known, search->snapshot, function);
}

/* The first function that matches, and the number of cards with one. A slot is one card; functions
 * are sorted by address. */
static const struct function *find_cards(const struct search *search, match *matches,
					 size_t *ret_n)
{
	const struct function *found = NULL, *last = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < search->snapshot->n_functions; i++) {
		const struct function *function = &search->snapshot->functions[i];

		if (function->is_virtual || !matches(search, function))
			continue;
		if (!found)
			found = function;
		*ret_n += !last || !bdf_is_same_slot(&last->address, &function->address);
		last = function;
	}
	return found;
}

/* Answers -------------------------------------------------------------------------------- */

static struct selection found_at(const struct search *search,
				 const struct function *function)
{
	return (struct selection){
		.status = identity_is_as_written(search->wanted, function) ?
				  SELECTION_FOUND :
				  SELECTION_MOVED,
		.function = function,
	};
}

static struct selection ambiguous(const struct search *search, enum selection_doubt doubt,
				  const struct function *function, size_t n_here)
{
	return (struct selection){
		.status = SELECTION_AMBIGUOUS,
		.doubt = doubt,
		.function = function,
		.n_here = n_here,
		.n_known = search->n_known,
	};
}

/* The physical function: one that is known to have the virtual function, otherwise one of the same
 * slot, otherwise the first that may have it. */
static const struct function *find_physical(const struct search *search)
{
	const struct snapshot *snapshot = search->snapshot;
	const struct identity *wanted = search->wanted;
	const struct function *found = NULL;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (!may_have_virtual(function, wanted))
			continue;
		if (function->vfs.offset)
			return function;
		if (!found || (wanted->has_address &&
			       bdf_is_same_slot(&wanted->address, &function->address)))
			found = function;
	}
	return found;
}

static struct selection missing(const struct search *search)
{
	const struct function *there = search->place;
	const struct function *physical = there ? NULL : find_physical(search);
	const struct snapshot *snapshot = search->snapshot;

	if (physical)
		return (struct selection){ .status = SELECTION_VIRTUAL,
					   .physical = physical->address };
	if (search->wanted->has_address && snapshot_find(snapshot, &search->wanted->address))
		there = snapshot_find(snapshot, &search->wanted->address);
	return (struct selection){
		.status = there ? SELECTION_CHANGED : SELECTION_NOT_FOUND,
		.function = there,
		.is_removable = search->known && search->known->is_removable,
	};
}

/* The search ----------------------------------------------------------------------------- */

static const struct function *find_place(const struct identity *identity,
					 const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (identity_is_place(identity, &snapshot->functions[i]))
			return &snapshot->functions[i];
	return NULL;
}

static struct search start(const struct identity *wanted, const struct snapshot *snapshot)
{
	struct search search = {
		.snapshot = snapshot,
		.wanted = wanted,
		.identity = *wanted,
		.known = known_find(&snapshot->known, wanted),
		.place = find_place(wanted, snapshot),
	};
	struct identity *identity = &search.identity;

	if (search.known && !identity->has_id) {
		identity->has_id = true;
		identity->id = search.known->identity.id;
	} else if (!identity->has_id && search.place &&
		   search.place->identity_fact == FACT_KNOWN) {
		identity->has_id = true;
		identity->id = search.place->id;
	}
	if (search.known && !identity->has_serial) {
		identity->has_serial = search.known->identity.has_serial;
		identity->serial = search.known->identity.serial;
	}
	if (identity->has_serial &&
	    (!identity_is_serial(identity->serial) ||
	     known_is_serial_shared(&snapshot->known, &identity->id, identity->serial)))
		identity->has_serial = false;
	search.n_known = known_count(&snapshot->known, identity);
	return search;
}

static bool marks_agree(const struct search *search, const struct known_card *known,
			const struct function *function)
{
	return known_port_agrees(known, search->snapshot, function) &&
	       known_mates_agree(known, search->snapshot, function);
}

/* Another remembered card fits this place and is no longer at its own. */
static bool is_another_come(const struct search *search)
{
	const struct known_cards *known = &search->snapshot->known;

	for (size_t i = 0; i < known->n; i++) {
		const struct known_card *other = &known->items[i];
		const struct function *there;

		if (!known_has_marks(other) || !known_is_alike(other, &search->identity) ||
		    !known_mates_agree(other, search->snapshot, search->place))
			continue;
		there = find_place(&other->identity, search->snapshot);
		if (there != search->place && !(there && marks_agree(search, other, there)))
			return true;
	}
	return false;
}

/* A twin is where the card meant was: ports have swapped numbers, or cards have swapped slots. */
static bool is_swapped(const struct search *search)
{
	const struct known_card *known = search->known;

	/* If lines mean all of them, their order does not matter. */
	if (!known || search->n_known < 2 ||
	    known_are_all_meant(&search->snapshot->known, &search->identity))
		return false;
	if (known->is_unseen)
		return is_another_come(search);
	if (known->identity.has_path && search->place->path.hops &&
	    !pci_path_equal(&known->identity.path, &search->place->path))
		return true;
	return known_has_marks(known) && !marks_agree(search, known, search->place);
}

/* The card at the place is remembered as another one. It cannot be the card meant, because a card
 * keeps its functions. The id of a port proves nothing: people move cards. */
static bool is_other_known(const struct search *search)
{
	const struct known_cards *known = &search->snapshot->known;

	if (!known_has_marks(search->known) ||
	    known_mates_agree(search->known, search->snapshot, search->place))
		return false;
	for (size_t i = 0; i < known->n; i++)
		if (&known->items[i] != search->known && known_has_marks(&known->items[i]) &&
		    known_is_alike(&known->items[i], &search->identity) &&
		    known_mates_agree(&known->items[i], search->snapshot, search->place))
			return true;
	return false;
}

/* The card that is left, or the one at the place, may be the host's. */
static struct selection ask_for_twin(const struct search *search,
				     const struct function *function)
{
	size_t n;

	(void)find_cards(search, is_alike, &n);
	if (search->n_known > n &&
	    !(function == search->place &&
	      known_are_all_meant(&search->snapshot->known, &search->identity)))
		return ambiguous(search, DOUBT_GONE, function, n);
	return found_at(search, function);
}

static struct selection at_place(const struct search *search)
{
	const struct function *place = search->place, *found;
	size_t n, n_mated;

	(void)find_cards(search, may_be_meant, &n);
	if (search->identity.has_serial && n > 1)
		return ambiguous(search, DOUBT_SEVERAL, NULL, n);
	if (!is_swapped(search))
		return ask_for_twin(search, place);
	if (!is_other_known(search))
		return ambiguous(search, DOUBT_SWAPPED, place, n);
	found = find_cards(search, has_mates, &n_mated);
	return n_mated == 1 && found != place ? ask_for_twin(search, found) :
						ambiguous(search, DOUBT_SWAPPED, place, n);
}

static struct selection elsewhere(const struct search *search)
{
	bool has_place = search->wanted->has_path || search->wanted->has_address;
	bool is_unseen = search->known && search->known->is_unseen;
	const struct function *found;
	struct selection selection;
	size_t n;

	found = find_cards(search, may_be_meant, &n);
	if (n > 1)
		return ambiguous(search, DOUBT_SEVERAL, NULL, n);
	/* A serial number that was read has decided already. */
	if (!found || !is_alike(search, found) || search->identity.has_serial)
		return missing(search);
	selection = ask_for_twin(search, found);
	if (has_place &&
	    (is_unseen || (!search->known && selection.status != SELECTION_AMBIGUOUS)))
		return ambiguous(search, DOUBT_UNREMEMBERED, found, n);
	return selection;
}

struct selection identity_resolve(const struct identity *identity,
				  const struct snapshot *snapshot)
{
	struct search search = start(identity, snapshot);
	const struct function *found, *place = search.place;
	size_t n;

	if (place && place->is_virtual)
		return (struct selection){ .status = SELECTION_VIRTUAL,
					   .function = place,
					   .physical = place->physical };
	if (search.known && search.known->is_virtual)
		return (struct selection){ .status = SELECTION_VIRTUAL,
					   .physical = search.known->physical };
	if (search.identity.has_serial) {
		found = find_cards(&search, has_serial, &n);
		if (n == 1)
			return found_at(&search, found);
		search.identity.has_serial = !n;
	}
	if (place && identity_is_kind(&search.identity, place) &&
	    identity_serial_may_agree(&search.identity, place) &&
	    !is_other_by_serial(&search, place))
		return at_place(&search);
	/* Without an id there is only one place to search. */
	return identity->has_id ? elsewhere(&search) : missing(&search);
}
