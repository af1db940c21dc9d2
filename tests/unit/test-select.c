// SPDX-License-Identifier: GPL-2.0-or-later
/* Which function does an identity mean? One row for each rule of design.md. */
#include "unit.h"

#include "config.h"
#include "select.h"

/* 01:00.0 and 02:00.0 are twins but for subsystem and path; 03:00.0 is an other make. */
static struct function machine[] = {
	ROOT_PORT(1, 1),
	ROOT_PORT(2, 2),
	ROOT_PORT(3, 3),
	RTX3080(1, 12),
	FUNCTION(2, 0, 0, 0x10de, 0x2206, 0x030000, 13, .subsystem = { 0x1043, 0x87b0 }),
	FUNCTION(3, 0, 0, 0x1002, 0x744c, 0x030000, 14),
	FUNCTION(3, 0, 1, 0x1002, 0x744c, 0x038000, 14),
	FUNCTION(4, 0, 0, 0x10de, 0x1b80, 0x030000, 15, .subsystem_fact = FACT_UNREADABLE),
	FUNCTION(5, 0, 0, 0x10de, 0x1b81, 0x030000, 16, .path = {}),
	FUNCTION(6, 0, 0, 0x10de, 0x2230, 0x030000, 17, .caps.serial_fact = FACT_KNOWN,
		 .caps.serial = 0x48b02dffff123456),
	FUNCTION(7, 0, 0, 0x10de, 0x2230, 0x030000, 18, .caps.serial_fact = FACT_KNOWN,
		 .caps.serial = 0x48b02dffff654321),
};

/* Twins to the last digit; only the path tells them apart. */
static struct function twins[] = { RTX3080(1, 12), RTX3080(2, 13) };

/* The first of two twins cannot be read: nobody knows that the other is the one that is meant. */
static struct function unread[] = {
	FUNCTION(1, 0, 0, 0, 0, 0, 12, .identity_fact = FACT_UNREADABLE),
	RTX3080(2, 13),
	FUNCTION(3, 0, 0, 0x10de, 0x1b80, 0x030000, 15, .subsystem_fact = FACT_UNREADABLE),
	FUNCTION(4, 0, 0, 0x10de, 0x1b80, 0x030000, 15),
};

/* Each is the last that is left of two that the image's record knows; of 02:00.0 the other was of
 * another subsystem. */
static struct function left[] = {
	ROOT_PORT(1, 1),
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12, .n_built_twins = 2,
		 .n_built_alike = 2),
	FUNCTION(2, 0, 0, 0x10de, 0x1b80, 0x030000, 13, .n_built_twins = 1,
		 .n_built_alike = 2),
	FUNCTION(3, 0, 0, 0x10de, 0x2230, 0x030000, 14, .n_built_twins = 2,
		 .n_built_alike = 2, .caps.serial_fact = FACT_KNOWN,
		 .caps.serial = 0x48b02dffff123456),
	FUNCTION(4, 0, 0, 0x1002, 0x744c, 0x030000, 15, .n_built_twins = 1,
		 .n_built_alike = 1),
	/* Two ports of one card, both there as they were; then of a card of two that lost one. */
	FUNCTION(5, 0, 0, 0x8086, 0x1563, 0x020000, 16, .n_built_twins = 2,
		 .n_built_alike = 2),
	FUNCTION(5, 0, 1, 0x8086, 0x1563, 0x020000, 16, .n_built_twins = 2,
		 .n_built_alike = 2),
	FUNCTION(6, 0, 0, 0x8086, 0x1572, 0x020000, 17, .n_built_twins = 4,
		 .n_built_alike = 4),
	FUNCTION(6, 0, 1, 0x8086, 0x1572, 0x020000, 17, .n_built_twins = 4,
		 .n_built_alike = 4),
};

struct select_case {
	const char *name;
	const char *identity;
	enum selection_status status;
	const char *address; /* of the function selected, or of what is there instead */
	size_t matches;
	bool is_twins;
	bool is_unread;
	bool is_left;
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
	{ "the card has no serial number", "03:00.0 id=1002:744c serial=48b02dffff654321",
	  WANT(CHANGED), "0000:03:00.0" },
	/* address and fingerprint disagree, no path: the one card that matches id= */
	{ "address empty, one card of this id", "09:00.0 id=1002:744c", WANT(MOVED),
	  "0000:03:00.0" },
	{ "other card there, one card of this id", "01:00.0 id=1002:744c", WANT(MOVED),
	  "0000:03:00.0" },
	{ "other card there, no card of this id", "01:00.0 id=1002:ffff", WANT(CHANGED),
	  "0000:01:00.0" },
	{ "address empty, no card of this id", "09:00.0 id=1002:ffff", WANT(NOT_FOUND) },
	{ "other card there, two of this id", "03:00.0 id=10de:2206", WANT(AMBIGUOUS),
	  NULL, 2 },
	{ "address empty, two of this id", "09:00.0 id=10de:2206", WANT(AMBIGUOUS), NULL,
	  2 },
	{ "subsystem tells the two apart", "03:00.0 id=10de:2206 subsystem=1043:87b0",
	  WANT(MOVED), "0000:02:00.0" },
	{ "id right, subsystem of its twin", "01:00.0 id=10de:2206 subsystem=1043:87b0",
	  WANT(MOVED), "0000:02:00.0" },
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
	  "09:00.0 id=1002:744c path=00:01.0/00.0", WANT(MOVED), "0000:03:00.0" },
	{ "path leads to another card, two of this id",
	  "09:00.0 id=10de:2206 path=00:03.0/00.0", WANT(AMBIGUOUS), NULL, 2 },
	{ "path leads to another card, none of this id",
	  "09:00.0 id=1002:ffff path=00:01.0/00.0", WANT(CHANGED), "0000:01:00.0" },
	{ "address is right but the path leads nowhere", "03:00.0 path=00:1f.0/00.0",
	  WANT(CHANGED), "0000:03:00.0" },
	{ "address and id right, path leads nowhere, the only one of its id",
	  "03:00.0 id=1002:744c path=00:1f.0/00.0", WANT(MOVED), "0000:03:00.0" },
	{ "address and id right, path leads nowhere, two of its id",
	  "01:00.0 id=10de:2206 path=00:1f.0/00.0", WANT(AMBIGUOUS), NULL, 2 },
	/* path alone */
	{ "path", "path=00:02.0/00.0", WANT(FOUND), "0000:02:00.0" },
	{ "path to a second function", "path=00:01.0/00.1", WANT(FOUND), "0000:01:00.1" },
	{ "path to nothing", "path=00:1f.0/00.0", WANT(NOT_FOUND) },
	{ "path and id agree", "path=00:02.0/00.0 id=10de:2206", WANT(FOUND),
	  "0000:02:00.0" },
	{ "path and id disagree, one of this id", "path=00:02.0/00.0 id=1002:744c",
	  WANT(MOVED), "0000:03:00.0" },
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
	/* an unknown path agrees with none */
	{ "address right, path unknown", "05:00.0 path=00:05.0/00.0", WANT(CHANGED),
	  "0000:05:00.0" },
	/* two identical cards */
	{ "twins: address", "02:00.0 id=10de:2206", WANT(FOUND), "0000:02:00.0",
	  .is_twins = true },
	{ "twins: id", "id=10de:2206", WANT(AMBIGUOUS), NULL, 2, true },
	{ "twins: id and subsystem", "id=10de:2206 subsystem=1458:403b", WANT(AMBIGUOUS),
	  NULL, 2, true },
	{ "twins: path", "path=00:02.0/00.0 id=10de:2206", WANT(FOUND), "0000:02:00.0",
	  .is_twins = true },
	{ "twins: swapped, path is followed", "01:00.0 id=10de:2206 path=00:02.0/00.0",
	  WANT(MOVED), "0000:02:00.0", .is_twins = true },
	{ "twins: address empty", "09:00.0 id=10de:2206", WANT(AMBIGUOUS), NULL, 2, true },
	/* what cannot be read may be what is meant */
	{ "address unreadable, its twin is not followed", "01:00.0 id=10de:2206",
	  WANT(AMBIGUOUS), NULL, 2, .is_unread = true },
	{ "id of one card, another unreadable", "id=10de:2206", WANT(AMBIGUOUS), NULL, 2,
	  .is_unread = true },
	{ "address readable, another unreadable", "02:00.0 id=10de:2206", WANT(FOUND),
	  "0000:02:00.0", .is_unread = true },
	{ "one of two subsystems unreadable", "09:00.0 id=10de:1b80 subsystem=1458:403b",
	  WANT(AMBIGUOUS), NULL, 3, .is_unread = true },
	/* the image knows of a twin that is gone now */
	{ "its twin is gone, and may be the one that is meant",
	  "09:00.0 id=10de:2206 subsystem=1458:403b path=00:09.0/00.0", WANT(AMBIGUOUS),
	  NULL, 2, .is_left = true },
	{ "its twin is gone, id alone", "id=10de:2206", WANT(AMBIGUOUS), NULL, 2,
	  .is_left = true },
	{ "its twin is gone, it is where it was",
	  "01:00.0 id=10de:2206 subsystem=1458:403b path=00:01.0/00.0", WANT(FOUND),
	  "0000:01:00.0", .is_left = true },
	{ "its twin is gone, its bus has another number",
	  "09:00.0 id=10de:2206 subsystem=1458:403b path=00:01.0/00.0", WANT(MOVED),
	  "0000:01:00.0", .is_left = true },
	{ "what is gone was of another subsystem",
	  "09:00.0 id=10de:1b80 subsystem=1458:403b path=00:09.0/00.0", WANT(MOVED),
	  "0000:02:00.0", .is_left = true },
	{ "what is gone may have been the one of this id", "09:00.0 id=10de:1b80",
	  WANT(AMBIGUOUS), NULL, 2, .is_left = true },
	{ "its twin is gone, the serial number is its own",
	  "09:00.0 id=10de:2230 serial=48b02dffff123456", WANT(MOVED), "0000:03:00.0",
	  .is_left = true },
	{ "there was but one, which moved", "09:00.0 id=1002:744c subsystem=1458:403b",
	  WANT(MOVED), "0000:04:00.0", .is_left = true },
	{ "two ports of one card, both there", "id=8086:1563", WANT(FOUND),
	  "0000:05:00.0", .is_left = true },
	{ "a card of two ports, its twin gone", "id=8086:1572", WANT(AMBIGUOUS), NULL, 4,
	  .is_left = true },
	{ "twins: address empty, path known", "09:00.0 id=10de:2206 path=00:01.0/00.0",
	  WANT(MOVED), "0000:01:00.0", .is_twins = true },
};

static void test_resolve(void **state)
{
	const struct select_case *test = *state;
	const struct snapshot snapshot = {
		.functions = test->is_twins  ? twins :
			     test->is_unread ? unread :
			     test->is_left   ? left :
					       machine,
		.n_functions = test->is_twins  ? ARRAY_SIZE(twins) :
			       test->is_unread ? ARRAY_SIZE(unread) :
			       test->is_left   ? ARRAY_SIZE(left) :
						 ARRAY_SIZE(machine),
	};
	struct selection selection;
	struct identity identity;
	char address[PCI_ADDRESS_SIZE];

	assert_null(identity_parse(test->identity, strlen(test->identity), &identity));
	selection = identity_resolve(&identity, &snapshot);
	assert_int_equal(selection.status, test->status);
	if (test->address) {
		assert_non_null(selection.function);
		assert_string_equal(bdf_format(&selection.function->address, address),
				    test->address);
		/* Else its slot would not be read in detail, and the plan could not judge it. */
		assert_true(identity_concerns(&identity, selection.function));
	} else {
		assert_null(selection.function);
	}
	if (test->matches)
		assert_int_equal(selection.matches, test->matches);
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
