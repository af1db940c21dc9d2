// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Remembered cards: the format of their lines, their merge with the current cards, and a
 * search of all histories of two identical cards, in which the host's card is never selected.
 */
#include "unit.h"

#include "decide/known-merge.h"
#include "decide/known.h"
#include "decide/select.h"

#include <stdio.h>

/* Lines --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *line;
	const char *again; /* NULL: the same */
} lines[] = {
	{ "all words", "card 0000:01:00.0 id=10de:2206 subsystem=1458:403b "
		       "serial=48-b0-2d-ff-ff-65-43-21 path=0000:00:01.0/00.0 port=8086:1901 "
		       "with=10de:1aef with=10de:1ad6 removable meant" },
	{ "a virtual function", "card 0000:00:02.1 id=8086:46d1 virtual-of=0000:00:02.0" },
	{ "known by the configuration alone",
	  "card 0000:01:00.0 id=10de:2206 meant unseen" },
	{ "only what is understood", "card id=10de:2206 colour=red with=x port=1 meant",
	  "card id=10de:2206 meant" },
	{ "without an id", "card 0000:01:00.0 meant", "" },
	{ "another line", "cards 0000:01:00.0 id=10de:2206", "" },
	{ "no words", "card ", "" },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *wanted = lines[i].again ? lines[i].again : lines[i].line;
		struct known_cards known = {};
		char text[KNOWN_LINE_SIZE];

		assert_int_equal(known_parse(lines[i].line, &known), 0);
		assert_int_equal(known.n, *wanted ? 1 : 0);
		if (known.n)
			assert_string_equal(known_format(&known.items[0], text), wanted);
		free(known.items);
	}
}

/* Two cards ------------------------------------------------------------------ */

enum { VM, HOST, CARDS };
#define GONE (-1)
#define SLOTS 3

/* The facts that tell the two cards apart. */
struct make {
	uint64_t serials[CARDS]; /* 0: no capability */
	bool has_usb[CARDS];
};

/* Where they are: a slot is a root port, whose number may change to another port's. */
struct state {
	int slots[CARDS];    /* GONE, or its slot */
	int numbers[SLOTS];  /* of the port of this slot: 00:NUMBER.0 */
	unsigned first_bus;  /* the first bus number */
	bool has_same_ports; /* all ports have the same id */
};

struct world {
	struct function functions[16];
	struct snapshot snapshot;
	const struct function *cards[CARDS]; /* display functions; NULL: gone */
};

static struct function *add(struct world *world, struct function function)
{
	world->functions[world->snapshot.n_functions] = function;
	return &world->functions[world->snapshot.n_functions++];
}

static void add_card(struct world *world, const struct make *make, int card,
		     unsigned port, unsigned bus)
{
	const struct function parts[] = {
		FUNCTION(bus, 0, 0, 0x10de, 0x2206, 0x030000, 1, .caps.size = 4096),
		FUNCTION(bus, 0, 1, 0x10de, 0x1aef, 0x040300, 1, .caps.size = 4096),
		FUNCTION(bus, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 1, .caps.size = 4096),
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts) - !make->has_usb[card]; i++) {
		struct function *function = add(world, parts[i]);

		function->path.devfn[0] = port << 3;
		function->caps.serial_fact = make->serials[card] ? FACT_KNOWN : FACT_ABSENT;
		function->caps.serial = make->serials[card];
		if (i == 0)
			world->cards[card] = function;
	}
}

/* Sorted by address: ports first, then their buses in the order of the ports' numbers. */
static void make_world(struct world *world, const struct make *make,
		       const struct state *state)
{
	unsigned bus = state->first_bus;

	*world = (struct world){ .snapshot.functions = world->functions };
	for (int number = 1; number <= SLOTS; number++)
		for (int slot = 0; slot < SLOTS; slot++)
			if (state->numbers[slot] == number)
				add(world,
				    (struct function)FUNCTION(0, number, 0, 0x8086,
							      0xa338 + (state->has_same_ports ?
										0 :
										slot),
							      0x060400, 1, .path.hops = 1,
							      .caps.header_type = 1));
	for (int number = 1; number <= SLOTS; number++)
		for (int card = 0; card < CARDS; card++)
			if (state->slots[card] != GONE &&
			    state->numbers[state->slots[card]] == number)
				add_card(world, make, card, number, bus++);
}

/* The ways in which a line names the card. */
enum words {
	WORDS_ADDRESS,
	WORDS_ADDRESS_ID,
	WORDS_ID,
	WORDS_PATH,
	WORDS_ID_PATH,
	WORDS_ALL_BUT_SERIAL,
	WORDS_ALL,
	WORDS_COUNT_
};

static struct identity words_of(enum words words, const struct function *function)
{
	struct identity identity = identity_of(function);

	identity.has_address = words != WORDS_ID && words != WORDS_PATH &&
			       words != WORDS_ID_PATH;
	identity.has_id = words != WORDS_ADDRESS && words != WORDS_PATH;
	identity.has_subsystem = words >= WORDS_ALL_BUT_SERIAL;
	identity.has_path = words >= WORDS_PATH;
	identity.has_serial = identity.has_serial && words == WORDS_ALL;
	return identity;
}

/* As an image build or `check` does: merges remembered cards with the current ones. */
static void merge(struct known_cards *known, const struct identity *identity,
		  struct world *world)
{
	struct wanted wanted = { .identity = *identity };
	const struct config config = { .wanted = &wanted, .n_wanted = 1 };

	assert_int_equal(known_merge(known, &config, &world->snapshot), 0);
	free(known->items);
	*known = world->snapshot.known;
	world->snapshot.known = (struct known_cards){};
}

static struct selection resolve(const struct known_cards *known,
				const struct identity *identity, struct world *world)
{
	struct selection selection;

	world->snapshot.known = *known;
	selection = identity_resolve(identity, &world->snapshot);
	world->snapshot.known = (struct known_cards){};
	return selection;
}

static bool is_taken(const struct selection *selection)
{
	return selection->status == SELECTION_FOUND || selection->status == SELECTION_MOVED;
}

/*
 * Every state: each card gone or in a slot, ports in order or swapped, buses one up or not.
 */
#define STATES (4 * 4 * 3 * 2)

static bool state_at(unsigned i, bool has_same_ports, struct state *ret_state)
{
	static const int orders[3][SLOTS] = { { 1, 2, 3 }, { 2, 1, 3 }, { 3, 2, 1 } };
	struct state state = { .has_same_ports = has_same_ports };

	state.slots[VM] = (int)(i % 4) - 1;
	state.slots[HOST] = (int)(i / 4 % 4) - 1;
	memcpy(state.numbers, orders[i / 16 % 3], sizeof(state.numbers));
	state.first_bus = 1 + i / 48;
	*ret_state = state;
	return state.slots[VM] == GONE || state.slots[VM] != state.slots[HOST];
}

static bool is_state_same(const struct state *a, const struct state *b)
{
	return !memcmp(a->slots, b->slots, sizeof(a->slots)) &&
	       !memcmp(a->numbers, b->numbers, sizeof(a->numbers)) &&
	       a->first_bus == b->first_bus && a->has_same_ports == b->has_same_ports;
}

static const struct make makes[] = {
	{ {}, { true, true } },			/* identical in every fact */
	{ {}, { true, false } },		/* one has a USB function */
	{ { 0x1111, 0x2222 }, { true, true } }, /* different serial numbers */
	{ { 0x1111, 0x1111 }, { true, true } }, /* one serial number for both */
	{ { UINT64_MAX, UINT64_MAX }, { true, true } },
	{ { 0x1111, 0 }, { true, true } },
};

/*
 * The VM's line names slot 0. Both cards are there, and the host's is behind the port that now
 * has the number of the VM's. Only a serial number, the card's other functions, or the port's
 * own id can tell; the port's id cannot when a person has swapped the cards.
 */
static bool is_beyond_telling(const struct make *make, const struct state *first,
			      const struct state *now)
{
	/* The serial number of a card never seen is unknown. */
	bool has_serial = make->serials[VM] != make->serials[HOST] &&
			  (first->slots[VM] != GONE || make->serials[HOST]);
	bool has_marks = make->has_usb[VM] != make->has_usb[HOST];

	if (has_serial || has_marks || now->slots[VM] == GONE || now->slots[HOST] == GONE)
		return false;
	/* The VM's card was dead from the start, and the host's was moved later. */
	if (first->slots[VM] == GONE && now->slots[HOST] != first->slots[HOST])
		return now->numbers[now->slots[HOST]] == first->numbers[0];
	return now->numbers[now->slots[HOST]] == first->numbers[0] &&
	       (first->has_same_ports || now->slots[HOST] == 0);
}

struct tally {
	size_t n, taken;
};

/* The first state, and the later ones. */
struct history {
	const struct make *make;
	enum words words;
	struct state states[3];
	size_t n; /* an image was built in each but the last */
};

static void fail_at(const struct history *history, const struct known_cards *known,
		    const char *what)
{
	char line[KNOWN_LINE_SIZE];

	print_error("%s: make %zu, words %d\n", what, history->make - makes,
		    history->words);
	for (size_t i = 0; i < history->n; i++)
		print_error("  cards in %d and %d, ports %d %d %d, first bus %u\n",
			    history->states[i].slots[VM], history->states[i].slots[HOST],
			    history->states[i].numbers[0], history->states[i].numbers[1],
			    history->states[i].numbers[2], history->states[i].first_bus);
	for (size_t i = 0; i < known->n; i++)
		print_error("  %s\n", known_format(&known->items[i], line));
	fail();
}

/* The state equals the first, and no image was built in any other. */
static bool is_unchanged(const struct history *history)
{
	for (size_t i = 1; i < history->n; i++)
		if (!is_state_same(&history->states[0], &history->states[i]))
			return false;
	return true;
}

static void play(const struct history *history, struct tally *tally)
{
	const struct state *first = &history->states[0],
			   *now = &history->states[history->n - 1];
	struct state chosen = *first;
	struct known_cards known = {};
	struct selection selection;
	struct identity identity;
	struct world world;

	chosen.slots[VM] = 0; /* where the line says */
	chosen.slots[HOST] = GONE;
	make_world(&world, history->make, &chosen);
	identity = words_of(history->words, world.cards[VM]);
	for (size_t i = 0; i + 1 < history->n; i++) {
		make_world(&world, history->make, &history->states[i]);
		merge(&known, &identity, &world);
	}
	make_world(&world, history->make, now);
	selection = resolve(&known, &identity, &world);
	tally->n++;
	tally->taken += is_taken(&selection);
	if (is_taken(&selection) && selection.function != world.cards[VM] &&
	    !is_beyond_telling(history->make, first, now))
		fail_at(history, &known, "the host's card is taken");
	/* The card is found by the line's address alone, or by its serial number. */
	if (first->slots[VM] == 0 && is_unchanged(history) &&
	    history->words != WORDS_ID && !is_taken(&selection))
		fail_at(history, &known, "what has not changed is not found");
	if (first->slots[VM] == 0 && now->slots[VM] != GONE &&
	    history->make->serials[VM] == 0x1111 && history->make->serials[HOST] != 0x1111 &&
	    history->words == WORDS_ALL && selection.function != world.cards[VM])
		fail_at(history, &known, "its serial number does not find it");
	free(known.items);
}

/* All histories from this first state, with and without an image built in between. */
static void play_all(const struct make *make, enum words words, const struct state *first,
		     bool (*is_in_between)(const struct state *state), struct tally *tally)
{
	struct history history = { make, words, { *first }, 2 };
	struct state between;

	for (unsigned i = 0; i < STATES; i++) {
		if (!state_at(i, first->has_same_ports, &history.states[1]))
			continue;
		history.n = 2;
		if (first->slots[HOST] != GONE) /* otherwise no card like it is known */
			play(&history, tally);
		history.states[2] = history.states[1];
		history.n = 3;
		for (unsigned k = 0; k < STATES / 2; k++) {
			if (!state_at(k, first->has_same_ports, &between) ||
			    (is_in_between && !is_in_between(&between)))
				continue;
			history.states[1] = between;
			play(&history, tally);
		}
	}
}

static bool are_both_there(const struct state *state)
{
	return state->slots[VM] != GONE && state->slots[HOST] != GONE;
}

static void test_never_the_hosts(void **state)
{
	/* Both cards present; the VM's already dead; the host's added later. */
	const struct state begins[] = {
		{ { 0, 1 }, { 1, 2, 3 }, 1, false },
		{ { 0, 1 }, { 1, 2, 3 }, 1, true },
		{ { GONE, 1 }, { 1, 2, 3 }, 1, false },
		{ { GONE, 1 }, { 1, 2, 3 }, 1, true },
		{ { 0, GONE }, { 1, 2, 3 }, 1, false },
	};
	struct tally tally = {};

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(makes); m++)
		for (enum words words = 0; words < WORDS_COUNT_; words++)
			for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
				/*
				 * Without id and path, it may have meant the host's card.
				 */
				if (begins[i].slots[VM] == GONE &&
				    (words <= WORDS_PATH || (words == WORDS_ALL && m == 3)))
					continue;
				play_all(&makes[m], words, &begins[i],
					 i == 4 ? are_both_there : NULL, &tally);
			}
	print_message("%zu histories, at the end of %zu the card is taken\n", tally.n,
		      tally.taken);
	assert_true(tally.taken > 0 && tally.taken < tally.n);
}

/* Merging ----------------------------------------------------------------------- */

#define ID " id=10de:2206"
#define SUB " subsystem=1458:403b"
#define MATES " with=10de:1aef with=10de:1ad6"
#define VMS "card 0000:01:00.0" ID SUB " path=0000:00:01.0/00.0 port=8086:a338" MATES
#define HOSTS "card 0000:02:00.0" ID SUB " path=0000:00:02.0/00.0 port=8086:a339" MATES
#define LINE_VM "0000:01:00.0" ID SUB " path=0000:00:01.0/00.0"
#define LINE_HOST "0000:02:00.0" ID SUB " path=0000:00:02.0/00.0"

static const struct merge_case {
	const char *name;
	const char *config;
	const char *remembered;
	int slots[CARDS];
	const char *after;
	bool is_choice;
} merges[] = {
	{ "both for the first time",
	  "gpu = " LINE_VM "\n",
	  "",
	  { 0, 1 },
	  VMS " meant\n" HOSTS "\n" },
	{ "the same by the address alone",
	  "gpu = 01:00.0\n",
	  "",
	  { 0, 1 },
	  VMS " meant\n" HOSTS "\n" },
	{ "an id alone means none of two",
	  "gpu = id=10de:2206\n",
	  "",
	  { 0, 1 },
	  VMS "\n" HOSTS "\n" },
	{ "an id alone means the only one",
	  "gpu = id=10de:2206\n",
	  "",
	  { 0, GONE },
	  VMS " meant\n" },
	{ "both are meant",
	  "gpu = " LINE_VM "\ndevice = " LINE_HOST "\n",
	  "",
	  { 0, 1 },
	  VMS " meant\n" HOSTS " meant\n" },
	{ "nothing is configured", "", VMS " meant\n", { 0, 1 }, VMS " meant\n" },
	{ "another kind is configured",
	  "gpu = 09:00.0 id=1002:744c\n",
	  VMS " meant\n",
	  { GONE, 1 },
	  VMS " meant\ncard 0000:09:00.0 id=1002:744c meant unseen\n" },
	{ "absent from the start",
	  "gpu = " LINE_VM "\n",
	  "",
	  { GONE, 1 },
	  HOSTS "\ncard " LINE_VM " meant unseen\n" },
	{ "neither is here",
	  "gpu = " LINE_VM "\n",
	  "",
	  { GONE, GONE },
	  "card " LINE_VM " meant unseen\n" },
	{ "absent from the start, and here now",
	  "gpu = " LINE_VM "\n",
	  HOSTS "\ncard " LINE_VM " meant unseen\n",
	  { 0, 1 },
	  HOSTS "\n" VMS " meant\n" },
	{ "dead since",
	  "gpu = " LINE_VM "\n",
	  VMS " meant\n" HOSTS "\n",
	  { GONE, 1 },
	  VMS " meant\n" HOSTS "\n" },
	{ "both are dead",
	  "gpu = " LINE_VM "\n",
	  VMS " meant\n" HOSTS "\n",
	  { GONE, GONE },
	  VMS " meant\n" HOSTS "\n" },
	{ "moved", "gpu = " LINE_VM "\n", VMS " meant\n", { 2, GONE }, VMS " meant\n" },
	{ "a second one comes",
	  "gpu = " LINE_VM "\n",
	  VMS " meant\n",
	  { 0, 1 },
	  VMS " meant\n" HOSTS "\n" },
	{ "the line means the other now, both are here",
	  "gpu = " LINE_HOST "\n",
	  VMS " meant\n" HOSTS "\n",
	  { 0, 1 },
	  VMS "\n" HOSTS " meant\n" },
	{ "the line means the other now, the first is gone",
	  "gpu = " LINE_HOST "\n",
	  VMS " meant\n" HOSTS "\n",
	  { GONE, 1 },
	  HOSTS " meant\n" },
	{ "a line more, and the first is dead",
	  "gpu = " LINE_VM "\ngpu = " LINE_HOST "\n",
	  VMS " meant\n" HOSTS "\n",
	  { GONE, 1 },
	  VMS " meant\n" HOSTS " meant\n" },
	{ "the same line, chosen once more",
	  "gpu = " LINE_VM "\n",
	  VMS " meant\n" HOSTS "\n",
	  { 0, GONE },
	  VMS " meant\n",
	  true },
	{ "the one that is left, chosen",
	  "gpu = " LINE_HOST "\n",
	  VMS " meant\n" HOSTS "\n",
	  { GONE, 1 },
	  HOSTS " meant\n",
	  true },
	{ "a device line is no choice of setup's",
	  "device = " LINE_VM "\n",
	  VMS " meant\n" HOSTS "\n",
	  { 0, GONE },
	  VMS " meant\n" HOSTS "\n",
	  true },
};

static void test_merge(void **state)
{
	const struct merge_case *test = *state;
	const struct state where = { { test->slots[VM], test->slots[HOST] }, { 1, 2, 3 }, 1 };
	CLEANUP(config_done) struct config config = config_from(test->config, NULL);
	struct known_cards known = {};
	struct world world;
	char after[4096] = "", line[KNOWN_LINE_SIZE];

	make_world(&world, &makes[0], &where);
	if (!world.cards[VM] && world.cards[HOST]) /* its bus number is as if both were there */
		for (size_t i = SLOTS; i < world.snapshot.n_functions; i++)
			world.functions[i].address.bus = 2;
	assert_int_equal(known_parse(test->remembered, &known), 0);
	if (test->is_choice)
		known_forget(&known, &config);
	assert_int_equal(known_merge(&known, &config, &world.snapshot), 0);
	for (size_t i = 0; i < world.snapshot.known.n; i++) {
		strcat(after, known_format(&world.snapshot.known.items[i], line));
		strcat(after, "\n");
	}
	assert_string_equal(after, test->after);
	free(known.items);
	free(world.snapshot.known.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_never_the_hosts),
	};

	return RUN_TABLE(merges, test_merge) +
	       cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
