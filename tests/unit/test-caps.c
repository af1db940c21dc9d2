// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration space is decoded, and unread parts are never taken for absent. Bytes poked
 * into an empty space in; all results out, as one line.
 */
#include "facts/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct poke {
	unsigned offset, width;
	uint32_t value;
};

#define POKES_MAX 24

struct caps_case {
	const char *name;
	size_t size;
	uint8_t fill;
	struct pci_id id;
	struct poke pokes[POKES_MAX]; /* ends at the first of width 0 */
	const char *found;	      /* as describe() writes it */
};

/* clang-format off */
#define BYTE(offset, value) { offset, 1, value }
#define WORD(offset, value) { offset, 2, value }
#define DWORD(offset, value) { offset, 4, value }
#define FIRST(offset) WORD(0x06, 0x10), BYTE(0x34, offset)
#define CAP(offset, id, next) WORD(offset, (id) | (next) << 8)
#define EXPRESS(offset, next, type, devcap)                                              \
	CAP(offset, 0x10, next), WORD((offset) + 2, (type) << 4 | 2),                    \
		DWORD((offset) + 4, devcap)
#define ENDPOINT FIRST(0x40), EXPRESS(0x40, 0, 0, 0)
#define PORT(type)                                                                       \
	BYTE(0x0e, 1), BYTE(0x19, 2), BYTE(0x1a, 5), FIRST(0x40),                        \
		EXPRESS(0x40, 0, type, 0)
#define EXT(offset, id, next) DWORD(offset, (uint32_t)(next) << 20 | 1 << 16 | (id))
#define ACS(offset, next, capability, control)                                           \
	EXT(offset, 0x0d, next), WORD((offset) + 4, capability),                         \
		WORD((offset) + 6, control)
#define SERIAL(offset, next)                                                             \
	EXT(offset, 0x03, next), DWORD((offset) + 4, 0x55667788),                        \
		DWORD((offset) + 8, 0x11223344)
#define SRIOV(offset, next, control, vfs)                                                \
	EXT(offset, 0x10, next), WORD((offset) + 8, control), WORD((offset) + 0x10, vfs)
#define NOTHING_READ "? unknown; acs ?; serial ?; sriov ?; rebar ?"
#define NOTHING_MORE "; acs -; serial -; sriov -; rebar -"
#define NOT_READ "; acs ?; serial ?; sriov ?; rebar ?"
/* clang-format on */

/* clang-format off */
#define OF_ID(name_, size_, vendor_, device_, found_, ...)                               \
	{                                                                                \
		.name = name_, .size = size_, .id = { vendor_, device_ },                \
		.found = found_, .pokes = {                                              \
			__VA_ARGS__                                                      \
		}                                                                        \
	}
#define SPACE(name_, size_, found_, ...)                                                 \
	OF_ID(name_, size_, 0x10de, 0x2206, found_, __VA_ARGS__)
#define FILLED(name_, size_, fill_, found_)                                              \
	{ .name = name_, .size = size_, .fill = fill_, .found = found_ }
/* clang-format on */

static const struct caps_case cases[] = {
	/* Sizes */
	SPACE("nothing", 0, NOTHING_READ),
	SPACE("one byte", 1, NOTHING_READ),
	SPACE("63 bytes", 63, NOTHING_READ),
	SPACE("64, no list", 64, "0 none" NOTHING_MORE),
	SPACE("64, a list", 64, "0 unknown" NOT_READ, ENDPOINT),
	SPACE("conventional", 256, "0 none" NOTHING_MORE, FIRST(0x40), CAP(0x40, 1, 0x50),
	      CAP(0x50, 5, 0)),
	SPACE("256 of Express", 256, "0 endpoint" NOT_READ, ENDPOINT),
	SPACE("259, no header", 259, "0 endpoint" NOT_READ, ENDPOINT),
	SPACE("260, empty list", 260, "0 endpoint" NOTHING_MORE, ENDPOINT),
	SPACE("4096, empty list", 4096, "0 endpoint" NOTHING_MORE, ENDPOINT),
	/* Gone */
	FILLED("gone 64", 64, 0xff, "gone " NOTHING_READ),
	FILLED("gone 4096", 4096, 0xff, "gone " NOTHING_READ),
	FILLED("gone, too short to tell", 8, 0xff, NOTHING_READ),
	SPACE("virtual function", 4096, "0 endpoint" NOTHING_MORE, DWORD(0, 0xffffffff),
	      ENDPOINT),
	/* The header */
	SPACE("several functions", 64, "0+ none" NOTHING_MORE, BYTE(0x0e, 0x80)),
	SPACE("bridge", 64, "1+ 03-ff none" NOTHING_MORE, BYTE(0x0e, 0x81), BYTE(0x19, 3),
	      BYTE(0x1a, 0xff)),
	SPACE("endpoint has no buses", 64, "0 none" NOTHING_MORE, BYTE(0x19, 3),
	      BYTE(0x1a, 4)),
	SPACE("CardBus has its list elsewhere", 256, "2 00-00 none" NOTHING_MORE,
	      BYTE(0x0e, 2), WORD(0x06, 0x10), BYTE(0x34, 0x13), BYTE(0x14, 0x80),
	      CAP(0x80, 1, 0)),
	/* The capability list */
	SPACE("status says no list", 256, "0 none" NOTHING_MORE, BYTE(0x34, 0x40),
	      CAP(0x40, 0x10, 0)),
	SPACE("second in the list", 4096, "0 legacy" NOTHING_MORE, FIRST(0x50),
	      CAP(0x50, 1, 0x78), EXPRESS(0x78, 0, 1, 0)),
	SPACE("low bits are not the pointer's", 4096, "0 legacy" NOTHING_MORE,
	      FIRST(0x43), CAP(0x40, 1, 0x7a), EXPRESS(0x78, 0, 1, 0)),
	/* Ends as __pci_find_next_cap() does; a pointer of zero is only one way. */
	SPACE("list in the header", 4096, "0 none" NOTHING_MORE, FIRST(0x3c),
	      CAP(0x3c, 0x10, 0)),
	SPACE("pointer into the header", 4096, "0 none" NOTHING_MORE, FIRST(0x40),
	      CAP(0x40, 1, 0x30)),
	SPACE("pointer to the header's last byte", 64, "0 none" NOTHING_MORE, FIRST(0x3f)),
	SPACE("pointer of ones", 4096, "0 none" NOTHING_MORE, FIRST(0x40),
	      CAP(0x40, 1, 0xff), CAP(0xfc, 5, 0)),
	SPACE("Express ahead of a pointer into the header", 256, "0 endpoint" NOT_READ,
	      FIRST(0x40), EXPRESS(0x40, 0x08, 0, 0)),
	SPACE("list of ones", 4096, "0 none" NOTHING_MORE, FIRST(0x40),
	      CAP(0x40, 0xff, 0xff)),
	SPACE("ones behind a capability", 256, "0 none" NOTHING_MORE, FIRST(0x40),
	      CAP(0x40, 1, 0x50), CAP(0x50, 0xff, 0x60), EXPRESS(0x60, 0, 0, 0)),
	SPACE("loop", 4096, "broken 0 unknown" NOT_READ, FIRST(0x40), CAP(0x40, 1, 0x50),
	      CAP(0x50, 5, 0x40)),
	SPACE("loop of one", 4096, "broken 0 unknown" NOT_READ, FIRST(0x40),
	      CAP(0x40, 1, 0x40)),
	SPACE("Express ahead of a loop", 4096, "broken 0 rc-endpoint" NOTHING_MORE,
	      FIRST(0x40), EXPRESS(0x40, 0x40, 9, 0)),
	SPACE("Express beyond the end", 256, "broken 0 unknown" NOT_READ, FIRST(0xfc),
	      CAP(0xfc, 0x10, 0)),
	SPACE("cut in the list", 0x79, "0 unknown" NOT_READ, FIRST(0x50),
	      CAP(0x50, 1, 0x78)),
	SPACE("cut in Express", 0x47, "0 unknown" NOT_READ, ENDPOINT),
	SPACE("cut after Express", 0x48, "0 endpoint" NOT_READ, ENDPOINT),
	SPACE("function-level reset", 256, "0 endpoint flr" NOT_READ, FIRST(0x40),
	      EXPRESS(0x40, 0, 0, 1u << 28)),
	SPACE("all bits but that", 256, "0 endpoint" NOT_READ, FIRST(0x40),
	      EXPRESS(0x40, 0, 0, ~(1u << 28))),
	/* Types */
	SPACE("root port", 256, "1 02-05 root-port" NOT_READ, PORT(4)),
	SPACE("upstream", 256, "1 02-05 upstream" NOT_READ, PORT(5)),
	SPACE("downstream", 256, "1 02-05 downstream" NOT_READ, PORT(6)),
	SPACE("to PCI", 256, "1 02-05 pcie-pci-bridge" NOT_READ, PORT(7)),
	SPACE("from PCI", 256, "1 02-05 pci-pcie-bridge" NOT_READ, PORT(8)),
	SPACE("event collector", 4096, "0 rc-event-collector" NOTHING_MORE, FIRST(0x40),
	      EXPRESS(0x40, 0, 10, 0)),
	SPACE("no such type", 4096, "0 unknown" NOT_READ, FIRST(0x40),
	      EXPRESS(0x40, 0, 2, 0), ACS(0x100, 0, 1, 1)),
	/* Extended capabilities */
	SPACE("ACS", 4096, "0 endpoint; acs VRCU/VR; serial -; sriov -; rebar -",
	      ENDPOINT, ACS(0x100, 0, 0x1d, 0x05)),
	SPACE("ACS without a bit", 4096, "0 endpoint; acs 0/0; serial -; sriov -; rebar -",
	      ENDPOINT, ACS(0x100, 0, 0, 0)),
	SPACE("serial number", 4096,
	      "0 endpoint; acs -; serial 1122334455667788; sriov -; rebar -", ENDPOINT,
	      SERIAL(0x100, 0)),
	SPACE("virtual functions", 4096, "0 endpoint; acs -; serial -; sriov 7; rebar -",
	      ENDPOINT, SRIOV(0x140, 0, 9, 7), EXT(0x100, 1, 0x140)),
	SPACE("virtual functions off", 4096, "0 endpoint; acs -; serial -; sriov 0; rebar -",
	      ENDPOINT, SRIOV(0x100, 0, 8, 7)),
	SPACE("all, in another order", 4096,
	      "0 endpoint; acs VBRCUET/0; serial 1122334455667788; sriov 2; rebar +",
	      ENDPOINT, EXT(0x100, 0x15, 0x200), SRIOV(0x200, 0x300, 1, 2),
	      SERIAL(0x300, 0x150), ACS(0x150, 0, 0x7f, 0)),
	SPACE("the first of two", 4096,
	      "0 endpoint; acs VRCU/VRCU; serial -; sriov -; rebar -", ENDPOINT,
	      ACS(0x100, 0x200, 0x1d, 0x1d), ACS(0x200, 0, 0, 0)),
	SPACE("low bits of the next pointer", 4096,
	      "0 endpoint; acs V/V; serial -; sriov -; rebar -", ENDPOINT,
	      EXT(0x100, 1, 0x203), ACS(0x200, 0, 1, 1)),
	SPACE("last dword", 4096, "0 endpoint; acs -; serial -; sriov -; rebar +",
	      ENDPOINT, EXT(0x100, 1, 0xffc), EXT(0xffc, 0x15, 0)),
	SPACE("ACS in the last dword", 4096, "0 endpoint; acs ?; serial -; sriov -; rebar -",
	      ENDPOINT, EXT(0x100, 1, 0xffc), EXT(0xffc, 0x0d, 0)),
	SPACE("loop after ACS", 4096, "0 endpoint; acs V/0; serial ?; sriov ?; rebar ?",
	      ENDPOINT, ACS(0x100, 0x200, 1, 0), EXT(0x200, 1, 0x100)),
	SPACE("pointer into the standard part", 4096, "0 endpoint" NOT_READ, ENDPOINT,
	      EXT(0x100, 1, 0x40)),
	SPACE("no way to extended space", 4096, "0 endpoint" NOT_READ, ENDPOINT,
	      DWORD(0x100, 0xffffffff)),
	SPACE("ones in the list", 4096,
	      "0 endpoint; acs ?; serial 1122334455667788; sriov ?; rebar ?", ENDPOINT,
	      SERIAL(0x100, 0x200), DWORD(0x200, 0xffffffff)),
	SPACE("cut in ACS", 0x107, "0 endpoint; acs ?; serial -; sriov -; rebar -",
	      ENDPOINT, ACS(0x100, 0, 1, 1)),
	SPACE("cut after ACS", 0x108, "0 endpoint; acs V/V; serial -; sriov -; rebar -",
	      ENDPOINT, ACS(0x100, 0, 1, 1)),
	SPACE("cut in the serial number", 0x10b,
	      "0 endpoint; acs -; serial ?; sriov -; rebar -", ENDPOINT, SERIAL(0x100, 0)),
	SPACE("cut in SR-IOV", 0x111, "0 endpoint; acs -; serial -; sriov ?; rebar -",
	      ENDPOINT, SRIOV(0x100, 0, 1, 7)),
	SPACE("cut before the next", 0x200,
	      "0 endpoint; acs V/V; serial ?; sriov ?; rebar ?", ENDPOINT,
	      ACS(0x100, 0x200, 1, 1)),
	SPACE("conventional with bytes behind", 4096, "0 none" NOTHING_MORE,
	      ACS(0x100, 0, 1, 1)),
	/* The other layout of ACS */
	OF_ID("Sunrise Point", 4096, 0x8086, 0xa110,
	      "1 02-05 root-port; acs VRCU/VR; serial -; sriov -; rebar -", PORT(4),
	      ACS(0x100, 0, 0x1d, 0x7f), WORD(0x108, 0x05)),
	OF_ID("last of the mobile ones", 4096, 0x8086, 0x9d1b,
	      "1 02-05 root-port; acs VRCU/VR; serial -; sriov -; rebar -", PORT(4),
	      ACS(0x100, 0, 0x1d, 0x7f), WORD(0x108, 0x05)),
	OF_ID("one beyond", 4096, 0x8086, 0x9d1c,
	      "1 02-05 root-port; acs VRCU/V; serial -; sriov -; rebar -", PORT(4),
	      ACS(0x100, 0, 0x1d, 0x01), WORD(0x108, 0x05)),
	OF_ID("another maker's", 4096, 0x1022, 0xa110,
	      "1 02-05 root-port; acs VRCU/V; serial -; sriov -; rebar -", PORT(4),
	      ACS(0x100, 0, 0x1d, 0x01), WORD(0x108, 0x05)),
	OF_ID("its id on another type", 4096, 0x8086, 0xa110,
	      "1 02-05 downstream; acs VRCU/V; serial -; sriov -; rebar -", PORT(6),
	      ACS(0x100, 0, 0x1d, 0x01), WORD(0x108, 0x05)),
	OF_ID("Union Point, cut", 0x109, 0x8086, 0xa2ee,
	      "1 02-05 root-port; acs ?; serial -; sriov -; rebar -", PORT(4),
	      ACS(0x100, 0, 0x1d, 0x01), WORD(0x108, 0x05)),
};

struct text {
	char bytes[256];
	size_t used;
};

static void add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->used += vsnprintf(text->bytes + text->used,
				sizeof(text->bytes) - text->used, format, arguments);
	va_end(arguments);
	assert_true(text->used < sizeof(text->bytes));
}

static const char *mark(enum fact fact)
{
	return fact == FACT_UNREADABLE ? "?" : fact == FACT_ABSENT ? "-" : "";
}

static void describe(const struct pci_caps *caps, struct text *text)
{
	char capability[ACS_LETTERS_SIZE], control[ACS_LETTERS_SIZE];

	*text = (struct text){};
	add(text, "%s%s%s", caps->is_gone ? "gone " : "",
	    caps->is_list_broken ? "broken " : "", mark(caps->header_fact));
	if (caps->header_fact == FACT_KNOWN)
		add(text, "%u%s", caps->header_type, caps->is_multifunction ? "+" : "");
	if (caps->header_type)
		add(text, " %02x-%02x", caps->secondary, caps->subordinate);
	else
		assert_int_equal(caps->secondary | caps->subordinate, 0);
	add(text, " %s%s; acs %s", pcie_type_name(caps->type),
	    caps->has_flr ? " flr" : "", mark(caps->acs_fact));
	if (caps->acs_fact == FACT_KNOWN)
		add(text, "%s/%s", acs_letters(caps->acs_capability, capability),
		    acs_letters(caps->acs_control, control));
	add(text, "; serial %s", mark(caps->serial_fact));
	if (caps->serial_fact == FACT_KNOWN)
		add(text, "%016llx", (unsigned long long)caps->serial);
	add(text, "; sriov %s", mark(caps->sriov_fact));
	if (caps->sriov_fact == FACT_KNOWN)
		add(text, "%u", caps->sriov_enabled_vfs);
	add(text, "; rebar %s", mark(caps->rebar_fact));
	if (caps->rebar_fact == FACT_KNOWN)
		add(text, "+");
}

static void build(const struct caps_case *test, uint8_t space[static CONFIG_SPACE_SIZE])
{
	memset(space, test->fill, CONFIG_SPACE_SIZE);
	for (size_t i = 0; i < POKES_MAX && test->pokes[i].width; i++)
		for (unsigned k = 0; k < test->pokes[i].width; k++)
			space[test->pokes[i].offset + k] = test->pokes[i].value >> 8 * k;
}

/* Exactly the given number of bytes, so that ASan reports a read beyond. */
static void parse(const uint8_t *space, size_t size, const struct pci_id *id,
		  struct pci_caps *ret_caps)
{
	uint8_t *bytes = malloc(size ? size : 1);

	assert_non_null(bytes);
	memcpy(bytes, space, size);
	memset(ret_caps, 0xa5, sizeof(*ret_caps));
	caps_parse(size ? bytes : NULL, size, id, ret_caps);
	free(bytes);
}

static void test_cases(void **state)
{
	uint8_t space[CONFIG_SPACE_SIZE];
	struct pci_caps caps;
	struct text text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		build(&cases[i], space);
		parse(space, cases[i].size, &cases[i].id, &caps);
		describe(&caps, &text);
		if (strcmp(text.bytes, cases[i].found) != 0)
			fail_msg("%s: found '%s', expected '%s'", cases[i].name,
				 text.bytes, cases[i].found);
		assert_int_equal(caps.size, cases[i].size);
	}
}

/* A shorter read gives fewer facts, but never other facts. */
static void assert_agrees(const char *name, size_t size, enum fact less, enum fact more)
{
	if (less != FACT_UNREADABLE && less != more)
		fail_msg("%s at %zu bytes: another answer than at the full size", name,
			 size);
}

static void test_every_size(void **state)
{
	uint8_t space[CONFIG_SPACE_SIZE];
	struct pci_caps full, cut;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct caps_case *test = &cases[i];

		build(test, space);
		parse(space, CONFIG_SPACE_SIZE, &test->id, &full);
		for (size_t size = 0; size < 0x340; size++) {
			parse(space, size, &test->id, &cut);
			assert_agrees(test->name, size, cut.header_fact, full.header_fact);
			assert_agrees(test->name, size, cut.acs_fact, full.acs_fact);
			assert_agrees(test->name, size, cut.serial_fact, full.serial_fact);
			assert_agrees(test->name, size, cut.sriov_fact, full.sriov_fact);
			assert_agrees(test->name, size, cut.rebar_fact, full.rebar_fact);
			assert_true(cut.type == PCIE_UNKNOWN || cut.type == full.type);
		}
	}
}

/* The longest lists that fit are followed to their ends. */
static void test_long_lists(void **state)
{
	static const struct pci_id id = { 0x10de, 0x2206 };
	uint8_t space[CONFIG_SPACE_SIZE] = { [0x06] = 0x10, [0x34] = 0x40 };
	struct pci_caps caps;

	(void)state;
	for (unsigned offset = 0x40; offset < 0xf8; offset += 4) {
		space[offset] = 9;
		space[offset + 1] = offset + 4;
	}
	space[0xf8] = 0x10;
	space[0xf8 + 1] = 0;
	for (unsigned offset = 0x100; offset < 0xff8; offset += 8) {
		space[offset] = 0x0b;
		space[offset + 2] = 1 | (offset + 8) << 4;
		space[offset + 3] = (offset + 8) >> 4;
	}
	space[0xff8] = 0x0d;
	space[0xffc] = ACS_SV;
	parse(space, sizeof(space), &id, &caps);
	assert_int_equal(caps.type, PCIE_ENDPOINT);
	assert_int_equal(caps.acs_fact, FACT_KNOWN);
	assert_int_equal(caps.acs_capability, ACS_SV);
	assert_int_equal(caps.rebar_fact, FACT_ABSENT);
}

/* Bytes beyond the largest space are not read. */
static void test_overlong(void **state)
{
	static const struct pci_id id = { 0x10de, 0x2206 };
	uint8_t *space = calloc(1, 2 * CONFIG_SPACE_SIZE);
	struct pci_caps caps;

	(void)state;
	assert_non_null(space);
	caps_parse(space, 2 * CONFIG_SPACE_SIZE, &id, &caps);
	free(space);
	assert_int_equal(caps.size, CONFIG_SPACE_SIZE);
}

static void test_letters(void **state)
{
	static const struct {
		uint16_t bits;
		const char *letters;
	} words[] = {
		{ 0, "0" },	 { ACS_SV, "V" },	   { ACS_TB, "B" },
		{ ACS_RR, "R" }, { ACS_CR, "C" },	   { ACS_UF, "U" },
		{ ACS_EC, "E" }, { ACS_DT, "T" },	   { 0x7f, "VBRCUET" },
		{ 0xff80, "0" }, { ACS_REQUIRED, "VRCU" }, { 0xffff, "VBRCUET" },
	};
	char buffer[ACS_LETTERS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_string_equal(acs_letters(words[i].bits, buffer), words[i].letters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	   cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_long_lists), cmocka_unit_test(test_overlong),
		cmocka_unit_test(test_letters),
	};

	printf("caps: %zu cases in test_cases\n", ARRAY_SIZE(cases));
	return cmocka_run_group_tests_name("caps", tests, NULL, NULL);
}
