// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Selection of the function that an identity means, one row for each rule of design.md.
 * test-known.c searches the histories of twins.
 */
#include "unit.h"

#include "facts/caps.h"
#include "decide/known.h"
#include "decide/select.h"

/* 01:00.0 and 02:00.0 are twins but for subsystem and path; 03:00.0 is another model. */
static struct function machine[] = {
	ROOT_PORT(1, 1),
	ROOT_PORT(2, 2),
	ROOT_PORT(3, 3),
	RTX3080(1, 12),
	FUNCTION(2, 0, 0, 0x10de, 0x2206, 0x030000, 13, .subsystem = { 0x1043, 0x87b0 }),
	FUNCTION(3, 0, 0, 0x1002, 0x744c, 0x030000, 14, .caps.size = CONFIG_SPACE_SIZE),
	FUNCTION(3, 0, 1, 0x1002, 0x744c, 0x038000, 14),
	FUNCTION(4, 0, 0, 0x10de, 0x1b80, 0x030000, 15, .subsystem_fact = FACT_UNREADABLE),
	FUNCTION(5, 0, 0, 0x10de, 0x1b81, 0x030000, 16, .path = {}),
	FUNCTION(6, 0, 0, 0x10de, 0x2230, 0x030000, 17, .caps.serial_fact = FACT_KNOWN,
		 .caps.serial = 0x48b02dffff123456),
	FUNCTION(7, 0, 0, 0x10de, 0x2230, 0x030000, 18, .caps.serial_fact = FACT_KNOWN,
		 .caps.serial = 0x48b02dffff654321),
};

/* Identical twins; only the path tells them apart. */
static struct function twins[] = { RTX3080(1, 12), RTX3080(2, 13) };

/* The first of two twins cannot be read: the other may not be the configured one. */
static struct function unread[] = {
	FUNCTION(1, 0, 0, 0, 0, 0, 12, .identity_fact = FACT_UNREADABLE),
	RTX3080(2, 13),
	FUNCTION(3, 0, 0, 0x10de, 0x1b80, 0x030000, 15, .subsystem_fact = FACT_UNREADABLE),
	FUNCTION(4, 0, 0, 0x10de, 0x1b80, 0x030000, 15),
};

/* The physical function of a GPU that may have seven virtual ones, and one of them. */
#define SRIOV(...) .vfs = { .fact = FACT_KNOWN, .total = 7, __VA_ARGS__ }
#define ROOT_PATH(devfn_) .path = { .hops = 1, .devfn = { devfn_ } }
static struct function physical[] = {
	FUNCTION(0, 2, 0, 0x8086, 0x46d1, 0x030000, 1, ROOT_PATH(0x10), SRIOV()),
};
static struct function virtuals[] = {
	FUNCTION(0, 2, 0, 0x8086, 0x46d1, 0x030000, 1, ROOT_PATH(0x10), SRIOV()),
	FUNCTION(0, 2, 1, 0x8086, 0x46d1, 0x030000, 2, ROOT_PATH(0x11),
		 .is_virtual = true, .physical = { 0, 0, 2, 0 }),
	FUNCTION(0, 2, 2, 0x8086, 0x46d1, 0x030000, 3, ROOT_PATH(0x12),
		 .is_virtual = true, .physical = { 0, 0, 2, 0 }),
};
/* Its virtual functions also have device and function number 0, and the same id. */
static struct function many[] = {
	ROOT_PORT(1, 1),
	FUNCTION(1, 0, 0, 0x10de, 0x2235, 0x030200, 12,
		 SRIOV(.offset = 4, .stride = 1, .total = 32)),
	ROOT_PORT(2, 2),
};
static struct function other_id[] = {
	FUNCTION(1, 0, 0, 0x8086, 0x10fb, 0x020000, 12,
		 SRIOV(.offset = 128, .stride = 2, .total = 63, .device = 0x10ed)),
};

/* Remembered cards ---------------------------------------------------------------------- */

#define SUB " subsystem=1458:403b"
#define MATES " with=10de:1aef with=10de:1ad6"
#define FIRST "card 0000:01:00.0 id=10de:2206" SUB " path=00:01.0/00.0" MATES
#define SECOND "card 0000:02:00.0 id=10de:2206" SUB " path=00:02.0/00.0" MATES

struct select_case {
	const char *name;
	const char *identity;
	enum selection_status status;
	const char *address; /* of the selected function, or of the one there instead */
	size_t n_here;
	enum {
		MACHINE_PLAIN,
		TWINS,
		UNREAD,
		PHYSICAL,
		VIRTUALS,
		MANY,
		OTHER_ID,
		ONE
	} machine;
	const char *known;
	enum selection_doubt doubt;
};

#define WANT(status_) SELECTION_##status_

static const struct select_case cases[] = {
	/* address */
	{ "address", "0000:01:00.0", WANT(FOUND), "0000:01:00.0" },
	{ "address of nothing", "0000:09:00.0", WANT(NOT_FOUND) },
	{ "address in another domain", "0001:01:00.0", WANT(NOT_FOUND) },
	{ "address and all else agree",
	  "01:00.0 id=10de:2206 subsystem=1458:403b path=00:01.0/00.0", WANT(FOUND),
	  "0000:01:00.0" },
	{ "address and subsystem agree", "01:00.0 subsystem=1458:403b", WANT(FOUND),
	  "0000:01:00.0" },
	{ "address, but another subsystem", "01:00.0 subsystem=1043:87b0", WANT(CHANGED),
	  "0000:01:00.0" },
	/* the serial number tells twins apart */
	{ "two of this id", "id=10de:2230", WANT(AMBIGUOUS), NULL, 2 },
	{ "two of this id, one of this serial",
	  "id=10de:2230 serial=48-b0-2d-ff-ff-65-43-21", WANT(FOUND), "0000:07:00.0" },
	{ "the twin is at the address", "06:00.0 id=10de:2230 serial=48b02dffff654321",
	  WANT(MOVED), "0000:07:00.0" },
	{ "neither has this serial", "06:00.0 id=10de:2230 serial=0000000000000001",
	  WANT(CHANGED), "0000:06:00.0" },
	{ "a number that no card was given tells nothing",
	  "06:00.0 id=10de:2230 serial=0000000000000000", WANT(FOUND), "0000:06:00.0" },
	{ "the card has no serial number", "03:00.0 id=1002:744c serial=48b02dffff654321",
	  WANT(CHANGED), "0000:03:00.0" },
	/* address and fingerprint disagree, no path: the one card that matches id= */
	{ "address empty, one card of this id", "09:00.0 id=1002:744c", WANT(MOVED),
	  "0000:03:00.0", .known = "card 0000:09:00.0 id=1002:744c meant\n" },
	{ "other card there, one card of this id", "01:00.0 id=1002:744c", WANT(MOVED),
	  "0000:03:00.0", .known = "card 0000:01:00.0 id=1002:744c meant\n" },
	{ "other card there, no card of this id", "01:00.0 id=1002:ffff", WANT(CHANGED),
	  "0000:01:00.0" },
	{ "address empty, no card of this id", "09:00.0 id=1002:ffff", WANT(NOT_FOUND) },
	{ "other card there, two of this id", "03:00.0 id=10de:2206", WANT(AMBIGUOUS),
	  NULL, 2 },
	{ "address empty, two of this id", "09:00.0 id=10de:2206", WANT(AMBIGUOUS), NULL,
	  2 },
	{ "subsystem tells the two apart", "03:00.0 id=10de:2206 subsystem=1043:87b0",
	  WANT(MOVED), "0000:02:00.0",
	  .known = "card 0000:03:00.0 id=10de:2206 subsystem=1043:87b0 meant\n" },
	{ "id right, subsystem of its twin", "01:00.0 id=10de:2206 subsystem=1043:87b0",
	  WANT(MOVED), "0000:02:00.0",
	  .known = "card 0000:01:00.0 id=10de:2206 subsystem=1043:87b0 meant\n" },
	{ "id right, subsystem of nobody", "01:00.0 id=10de:2206 subsystem=dead:beef",
	  WANT(CHANGED), "0000:01:00.0" },
	/* address and fingerprint disagree: path first */
	{ "other card at the address, path leads to ours",
	  "03:00.0 id=10de:2206 path=00:02.0/00.0", WANT(MOVED), "0000:02:00.0" },
	{ "address empty, path leads to ours", "09:00.0 id=10de:2206 path=00:02.0/00.0",
	  WANT(MOVED), "0000:02:00.0" },
	{ "address and path disagree, nothing else given", "01:00.0 path=00:03.0/00.0",
	  WANT(MOVED), "0000:03:00.0" },
	{ "path leads to another card, one of this id elsewhere",
	  "09:00.0 id=1002:744c path=00:01.0/00.0", WANT(MOVED), "0000:03:00.0",
	  .known = "card 0000:09:00.0 id=1002:744c path=00:01.0/00.0 meant\n" },
	{ "path leads to another card, two of this id",
	  "09:00.0 id=10de:2206 path=00:03.0/00.0", WANT(AMBIGUOUS), NULL, 2 },
	{ "path leads to another card, none of this id",
	  "09:00.0 id=1002:ffff path=00:01.0/00.0", WANT(CHANGED), "0000:01:00.0" },
	{ "address is right but the path leads nowhere", "03:00.0 path=00:1f.0/00.0",
	  WANT(CHANGED), "0000:03:00.0" },
	{ "address and id right, path leads nowhere, the only one of its id",
	  "03:00.0 id=1002:744c path=00:1f.0/00.0", WANT(MOVED), "0000:03:00.0",
	  .known = "card 0000:03:00.0 id=1002:744c path=00:1f.0/00.0 meant\n" },
	{ "address and id right, path leads nowhere, two of its id",
	  "01:00.0 id=10de:2206 path=00:1f.0/00.0", WANT(AMBIGUOUS), NULL, 2 },
	/* path alone */
	{ "path", "path=00:02.0/00.0", WANT(FOUND), "0000:02:00.0" },
	{ "path to a second function", "path=00:01.0/00.1", WANT(FOUND), "0000:01:00.1" },
	{ "path to nothing", "path=00:1f.0/00.0", WANT(NOT_FOUND) },
	{ "path and id agree", "path=00:02.0/00.0 id=10de:2206", WANT(FOUND),
	  "0000:02:00.0" },
	{ "path and id disagree, one of this id", "path=00:02.0/00.0 id=1002:744c",
	  WANT(MOVED), "0000:03:00.0",
	  .known = "card 0000:02:00.0 id=1002:744c path=00:02.0/00.0 meant\n" },
	{ "path and subsystem disagree", "path=00:02.0/00.0 subsystem=1458:403b",
	  WANT(CHANGED), "0000:02:00.0" },
	/* id alone */
	{ "id of one card", "id=10de:1b81", WANT(FOUND), "0000:05:00.0" },
	{ "id of two functions of one card", "id=1002:744c", WANT(FOUND), "0000:03:00.0" },
	{ "id of two cards", "id=10de:2206", WANT(AMBIGUOUS), NULL, 2 },
	{ "id of nobody", "id=1002:ffff", WANT(NOT_FOUND) },
	{ "id and subsystem of one", "id=10de:2206 subsystem=1043:87b0", WANT(FOUND),
	  "0000:02:00.0" },
	{ "id right, subsystem unreadable", "id=10de:1b80 subsystem=1458:403b",
	  WANT(NOT_FOUND) },
	{ "address right, subsystem unreadable", "04:00.0 subsystem=1458:403b",
	  WANT(CHANGED), "0000:04:00.0" },
	/* an unknown path matches none */
	{ "address right, path unknown", "05:00.0 path=00:05.0/00.0", WANT(CHANGED),
	  "0000:05:00.0" },
	/* two identical cards */
	{ "twins: address", "02:00.0 id=10de:2206", WANT(FOUND), "0000:02:00.0",
	  .machine = TWINS },
	{ "twins: id", "id=10de:2206", WANT(AMBIGUOUS), NULL, 2, TWINS },
	{ "twins: id and subsystem", "id=10de:2206 subsystem=1458:403b", WANT(AMBIGUOUS),
	  NULL, 2, TWINS },
	{ "twins: path", "path=00:02.0/00.0 id=10de:2206", WANT(FOUND), "0000:02:00.0",
	  .machine = TWINS },
	{ "twins: swapped, path is followed", "01:00.0 id=10de:2206 path=00:02.0/00.0",
	  WANT(MOVED), "0000:02:00.0", .machine = TWINS },
	{ "twins: address empty", "09:00.0 id=10de:2206", WANT(AMBIGUOUS), NULL, 2, TWINS },
	/* an unreadable function may be the configured one */
	{ "address unreadable, its twin is not followed", "01:00.0 id=10de:2206",
	  WANT(AMBIGUOUS), NULL, 2, .machine = UNREAD },
	{ "id of one card, another unreadable", "id=10de:2206", WANT(AMBIGUOUS), NULL, 2,
	  .machine = UNREAD },
	{ "address readable, another unreadable", "02:00.0 id=10de:2206", WANT(FOUND),
	  "0000:02:00.0", .machine = UNREAD },
	{ "one of two subsystems unreadable", "09:00.0 id=10de:1b80 subsystem=1458:403b",
	  WANT(AMBIGUOUS), NULL, 3, .machine = UNREAD },
	{ "twins: address empty, path known", "09:00.0 id=10de:2206 path=00:01.0/00.0",
	  WANT(MOVED), "0000:01:00.0", .machine = TWINS },
	/* nothing is remembered */
	{ "moved, and nobody knows how many there were", "09:00.0 id=1002:744c",
	  WANT(AMBIGUOUS), "0000:03:00.0", 1, .doubt = DOUBT_UNREMEMBERED },
	{ "moved by its path", "09:00.0 path=00:03.0/00.0", WANT(MOVED), "0000:03:00.0" },
	{ "remembered, but never seen", "09:00.0 id=1002:744c", WANT(AMBIGUOUS),
	  "0000:03:00.0", 1, .doubt = DOUBT_UNREMEMBERED,
	  .known = "card 0000:09:00.0 id=1002:744c meant unseen\n" },
	{ "only another one is remembered", "09:00.0 id=1002:744c", WANT(AMBIGUOUS),
	  "0000:03:00.0", 1, .doubt = DOUBT_UNREMEMBERED,
	  .known = "card 0000:03:00.0 id=1002:744c path=00:03.0/00.0\n" },
	{ "a move changes no function's number", "09:00.1 id=10de:1b81", WANT(NOT_FOUND),
	  .known = "card 0000:09:00.1 id=10de:1b81 meant\n" },
	/* one of two is gone */
	{ "its twin is gone, moved", "09:00.0 id=10de:2206" SUB " path=00:09.0/00.0",
	  WANT(AMBIGUOUS), "0000:01:00.0", 1, ONE,
	  "card 0000:09:00.0 id=10de:2206" SUB " path=00:09.0/00.0" MATES " meant\n" SECOND,
	  DOUBT_GONE },
	{ "its twin is gone, id alone", "id=10de:2206", WANT(AMBIGUOUS), "0000:01:00.0",
	  1, ONE, FIRST " meant\n" SECOND, DOUBT_GONE },
	{ "its twin is gone, it is where it was",
	  "01:00.0 id=10de:2206" SUB " path=00:01.0/00.0", WANT(AMBIGUOUS),
	  "0000:01:00.0", 1, ONE, FIRST " meant\n" SECOND, DOUBT_GONE },
	{ "its twin is gone, by its address alone", "01:00.0", WANT(AMBIGUOUS),
	  "0000:01:00.0", 1, ONE, FIRST " meant\n" SECOND, DOUBT_GONE },
	{ "its twin is gone, and was the VM's too",
	  "01:00.0 id=10de:2206" SUB " path=00:01.0/00.0", WANT(FOUND), "0000:01:00.0",
	  .machine = ONE, .known = FIRST " meant\n" SECOND " meant\n" },
	{ "both are the VM's, and this one is elsewhere",
	  "02:00.0 id=10de:2206" SUB " path=00:02.0/00.0", WANT(AMBIGUOUS),
	  "0000:01:00.0", 1, ONE, FIRST " meant\n" SECOND " meant\n", DOUBT_GONE },
	{ "what is gone was of another subsystem",
	  "01:00.0 id=10de:2206" SUB " path=00:01.0/00.0", WANT(FOUND), "0000:01:00.0",
	  .machine = ONE,
	  .known = FIRST " meant\ncard 0000:02:00.0 id=10de:2206 subsystem=1043:87b0\n" },
	{ "an older record tells how many there were",
	  "01:00.0 id=10de:2206 path=00:01.0/00.0", WANT(AMBIGUOUS), "0000:01:00.0", 1,
	  ONE, "card id=10de:2206" SUB "\ncard id=10de:2206" SUB "\n", DOUBT_GONE },
	{ "what is gone was a virtual function",
	  "01:00.0 id=10de:2206" SUB " path=00:01.0/00.0", WANT(FOUND), "0000:01:00.0",
	  .machine = ONE,
	  .known = FIRST " meant\ncard 0000:01:00.4 id=10de:2206 virtual-of=01:00.0\n" },
	/* both are there, and the remembered facts do not match */
	{ "both are there as they were", "01:00.0 id=10de:2206 path=00:01.0/00.0",
	  WANT(FOUND), "0000:01:00.0", .machine = TWINS,
	  .known = FIRST " meant\n" SECOND "\n" },
	{ "its address has another path", "01:00.0 id=10de:2206", WANT(AMBIGUOUS),
	  "0000:01:00.0", 2, TWINS,
	  "card 0000:01:00.0 id=10de:2206 path=00:02.0/00.0" MATES " meant\n"
	  "card 0000:02:00.0 id=10de:2206 path=00:01.0/00.0" MATES "\n",
	  DOUBT_SWAPPED },
	{ "it had other functions beside it", "01:00.0 id=10de:2206 path=00:01.0/00.0",
	  WANT(AMBIGUOUS), "0000:01:00.0", 2, TWINS,
	  "card 0000:01:00.0 id=10de:2206 path=00:01.0/00.0 with=10de:1aef meant\n" SECOND,
	  DOUBT_SWAPPED },
	{ "both are meant, and have swapped", "01:00.0 id=10de:2206 path=00:01.0/00.0",
	  WANT(FOUND), "0000:01:00.0", .machine = TWINS,
	  .known = "card 0000:01:00.0 id=10de:2206 path=00:01.0/00.0 with=10de:1aef meant\n" SECOND
		   " meant\n" },
	{ "its serial number is remembered", "06:00.0 id=10de:2230", WANT(MOVED),
	  "0000:07:00.0",
	  .known = "card 0000:06:00.0 id=10de:2230 serial=48b02dffff654321 "
		   "path=00:06.0/00.0 meant\n" },
	{ "its serial number is remembered, by its address alone", "06:00.0", WANT(MOVED),
	  "0000:07:00.0",
	  .known = "card 0000:06:00.0 id=10de:2230 serial=48b02dffff654321 meant\n" },
	{ "its serial number is remembered, and it is gone", "06:00.0 id=10de:2230",
	  WANT(CHANGED), "0000:06:00.0",
	  .known = "card 0000:06:00.0 id=10de:2230 serial=48b02dffff111111 meant\n" },
	{ "its serial number is its twin's too", "06:00.0 id=10de:2230", WANT(FOUND),
	  "0000:06:00.0",
	  .known = "card 0000:06:00.0 id=10de:2230 serial=48b02dffff654321 meant\n"
		   "card 0000:07:00.0 id=10de:2230 serial=48b02dffff654321\n" },
	{ "another kind of card was at the address", "03:00.0", WANT(CHANGED),
	  "0000:03:00.0", .known = "card 0000:03:00.0 id=10de:2206 meant\n" },
	/* virtual functions */
	{ "virtual, by its address", "00:02.1", WANT(VIRTUAL), "0000:00:02.1",
	  .machine = VIRTUALS },
	{ "virtual, by its path", "path=00:02.2", WANT(VIRTUAL), "0000:00:02.2",
	  .machine = VIRTUALS },
	{ "its physical function, virtual ones beside it", "id=8086:46d1", WANT(FOUND),
	  "0000:00:02.0", .machine = VIRTUALS },
	{ "virtual, and not there yet", "00:02.1 id=8086:46d1", WANT(VIRTUAL),
	  .machine = PHYSICAL },
	{ "virtual, and not there yet, by its path", "id=8086:46d1 path=00:02.7",
	  WANT(VIRTUAL), .machine = PHYSICAL },
	{ "virtual, not there yet, and no id", "00:02.3", WANT(VIRTUAL),
	  .machine = PHYSICAL },
	{ "not beside it", "09:02.1 id=8086:46d1", WANT(NOT_FOUND), .machine = PHYSICAL },
	{ "the physical function itself", "00:02.0 id=8086:46d1", WANT(FOUND),
	  "0000:00:02.0", .machine = PHYSICAL },
	{ "remembered as virtual", "09:00.0 id=8086:46d1", WANT(VIRTUAL),
	  .machine = PHYSICAL,
	  .known = "card 0000:09:00.0 id=8086:46d1 virtual-of=0000:00:02.0 meant\n" },
	{ "virtual, function number 0", "01:01.0 id=10de:2235", WANT(VIRTUAL),
	  .machine = MANY,
	  .known = "card 0000:01:01.0 id=10de:2235 path=00:01.0/01.0 meant\n" },
	{ "the same by its path", "id=10de:2235 path=00:01.0/01.0", WANT(VIRTUAL),
	  .machine = MANY },
	{ "beyond its virtual functions", "01:08.0 id=10de:2235", WANT(MOVED),
	  "0000:01:00.0", .machine = MANY,
	  .known = "card 0000:01:08.0 id=10de:2235 meant\n" },
	{ "virtual, of another id", "01:10.0 id=8086:10ed", WANT(VIRTUAL),
	  .machine = OTHER_ID },
	{ "an odd place between virtual ones", "01:10.1 id=8086:10ed", WANT(NOT_FOUND),
	  .machine = OTHER_ID },
	{ "its virtual functions have another id", "01:10.0 id=8086:10fb", WANT(MOVED),
	  "0000:01:00.0", .machine = OTHER_ID,
	  .known = "card 0000:01:10.0 id=8086:10fb meant\n" },
};

static const struct {
	struct function *functions;
	size_t n;
} machines[] = {
	[MACHINE_PLAIN] = { machine, ARRAY_SIZE(machine) },
	[TWINS] = { twins, ARRAY_SIZE(twins) },
	[ONE] = { twins, ARRAY_SIZE(twins) / 2 },
	[UNREAD] = { unread, ARRAY_SIZE(unread) },
	[PHYSICAL] = { physical, ARRAY_SIZE(physical) },
	[VIRTUALS] = { virtuals, ARRAY_SIZE(virtuals) },
	[MANY] = { many, ARRAY_SIZE(many) },
	[OTHER_ID] = { other_id, ARRAY_SIZE(other_id) },
};

static void test_resolve(void **state)
{
	const struct select_case *test = *state;
	struct snapshot snapshot = {
		.functions = machines[test->machine].functions,
		.n_functions = machines[test->machine].n,
	};
	struct selection selection;
	struct identity identity;
	char address[PCI_ADDRESS_SIZE];

	if (test->known)
		assert_int_equal(known_parse(test->known, &snapshot.known), 0);
	assert_null(identity_parse(test->identity, strlen(test->identity), &identity));
	selection = identity_resolve(&identity, &snapshot);
	assert_int_equal(selection.status, test->status);
	if (test->address) {
		assert_non_null(selection.function);
		assert_string_equal(bdf_format(&selection.function->address, address),
				    test->address);
	} else {
		assert_null(selection.function);
	}
	if (test->status == SELECTION_AMBIGUOUS)
		assert_int_equal(selection.doubt, test->doubt);
	if (test->n_here)
		assert_int_equal(selection.n_here, test->n_here);
	free(snapshot.known.items);
}

static void test_no_functions(void **state)
{
	const struct snapshot snapshot = {};
	struct identity identity;

	(void)state;
	assert_null(identity_parse("01:00.0 id=10de:2206", 20, &identity));
	assert_int_equal(identity_resolve(&identity, &snapshot).status,
			 SELECTION_NOT_FOUND);
}

static void test_concerns_no_other(void **state)
{
	struct identity identity;

	(void)state;
	assert_null(identity_parse("02:00.0 id=1002:744c", 20, &identity));
	for (size_t i = 0; i < ARRAY_SIZE(machine); i++) {
		bool is_meant = machine[i].id.device == 0x744c ||
				machine[i].address.bus == 2;

		assert_int_equal(identity_concerns(&identity, &machine[i]), is_meant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_functions),
		cmocka_unit_test(test_concerns_no_other),
	};

	return RUN_TABLE(cases, test_resolve) +
	       cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
