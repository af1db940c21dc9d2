// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, paths and IDs are read and written alike. */
#include "unit.h"

#include "model/address.h"

/* `name`, read and written again, is `formatted`; NULL: it is not accepted. */
struct round_trip {
	const char *name;
	const char *formatted;
};

static const struct round_trip addresses[] = {
	{ "0000:01:00.0", "0000:01:00.0" },
	{ "01:00.0", "0000:01:00.0" },
	{ "1:0.0", "0000:01:00.0" },
	{ "0000:ff:1f.7", "0000:ff:1f.7" },
	{ "0000:FF:1F.7", "0000:ff:1f.7" },
	{ "10000:e1:00.0", "10000:e1:00.0" },
	{ "ffffffff:ff:1f.7", "ffffffff:ff:1f.7" },
	{ "", NULL },
	{ "0000", NULL },
	{ "0000:01", NULL },
	{ "0000:01:00", NULL },
	{ "0000:01:00.", NULL },
	{ "0000:01:00.8", NULL },
	{ "0000:01:20.0", NULL },
	{ "0000:01:00.00", NULL },
	{ "0000:100:00.0", NULL },
	{ "100:00.0", NULL },
	{ "1ffffffff:00:00.0", NULL },
	{ ":01:00.0", NULL },
	{ "0000::00.0", NULL },
	{ " 01:00.0", NULL },
	{ "01:00.0 ", NULL },
	{ "01:00.0/00.0", NULL },
	{ "0000:01:00:0", NULL },
	{ "g000:01:00.0", NULL },
};

static void test_address(void **state)
{
	const struct round_trip *test = *state;
	struct bdf address = { .bus = 0x55 };
	char text[PCI_ADDRESS_SIZE];

	assert_int_equal(bdf_parse(test->name, &address), test->formatted != NULL);
	if (test->formatted)
		assert_string_equal(bdf_format(&address, text), test->formatted);
	else
		assert_int_equal(address.bus, 0x55); /* untouched on failure */
}

#define FOUR_HOPS "/00.0/01.1/02.2/1f.7"
#define SIXTEEN_HOPS FOUR_HOPS FOUR_HOPS FOUR_HOPS FOUR_HOPS
#define MOST_HOPS SIXTEEN_HOPS FOUR_HOPS FOUR_HOPS FOUR_HOPS "/00.0/01.1/02.2"

static const struct round_trip paths[] = {
	{ "0000:00:01.1", "0000:00:01.1" },
	{ "0000:00:01.1/00.0", "0000:00:01.1/00.0" },
	{ "00:1.1/0.0", "0000:00:01.1/00.0" },
	{ "10000:e0:06.0/00.0/1F.7", "10000:e0:06.0/00.0/1f.7" },
	{ "ffffffff:ff:1f.7" MOST_HOPS, "ffffffff:ff:1f.7" MOST_HOPS },
	{ "0000:00:01.1" MOST_HOPS "/00.0", NULL },
	{ "", NULL },
	{ "00.0", NULL },
	{ "/00.0", NULL },
	{ "0000:00:01.1/", NULL },
	{ "0000:00:01.1//00.0", NULL },
	{ "0000:00:01.1/00.8", NULL },
	{ "0000:00:01.1/20.0", NULL },
	{ "0000:00:01.1/00.0 ", NULL },
	{ "0000:00:01.1/0000:01:00.0", NULL },
};

static void test_path(void **state)
{
	const struct round_trip *test = *state;
	struct pci_path path = { .hops = 99 };
	char text[PCI_PATH_SIZE];

	assert_int_equal(pci_path_parse(test->name, &path), test->formatted != NULL);
	if (test->formatted)
		assert_string_equal(pci_path_format(&path, text), test->formatted);
	else
		assert_int_equal(path.hops, 99);
}

static const struct round_trip ids[] = {
	{ "10de:2206", "10de:2206" },
	{ "10DE:1AEF", "10DE:1AEF" },
	{ "ffff:ffff", "ffff:ffff" },
	{ "", NULL },
	{ "10de", NULL },
	{ "10de:", NULL },
	{ "10de:220", NULL },
	{ "10de:22060", NULL },
	{ "010de:2206", NULL },
	{ "10de:2206 ", NULL },
	{ "0x10:2206", NULL },
	{ "10de-2206", NULL },
};

static void test_id(void **state)
{
	const struct round_trip *test = *state;
	struct pci_id id = {};

	assert_int_equal(pci_id_parse(test->name, &id), test->formatted != NULL);
	if (test->formatted) {
		assert_int_equal(id.vendor, strtoul(test->formatted, NULL, 16));
		assert_int_equal(id.device, strtoul(test->formatted + 5, NULL, 16));
	}
}

static void test_path_equal(void **state)
{
	struct pci_path a, b, other_root, longer, none = {};
	char text[PCI_PATH_SIZE];

	(void)state;
	assert_true(pci_path_parse("0000:00:01.1/00.0", &a));
	assert_true(pci_path_parse("00:1.1/0.0", &b));
	assert_true(pci_path_parse("0000:40:01.1/00.0", &other_root));
	assert_true(pci_path_parse("0000:00:01.1/00.0/00.0", &longer));
	assert_true(pci_path_equal(&a, &b));
	assert_false(pci_path_equal(&a, &other_root));
	assert_false(pci_path_equal(&a, &longer));
	assert_false(pci_path_equal(&longer, &a));
	/* An unread path equals no path. */
	assert_false(pci_path_equal(&none, &none));
	assert_string_equal(pci_path_format(&none, text), "");
}

static void test_order(void **state)
{
	static const char *const sorted[] = { "0000:00:00.0",	 "0000:00:00.7",
					      "0000:00:1f.0",	 "0000:ff:00.0",
					      "0001:00:00.0",	 "10000:00:00.0",
					      "ffffffff:00:00.0" };
	struct bdf a, b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			int order;

			assert_true(bdf_parse(sorted[i], &a) && bdf_parse(sorted[k], &b));
			order = bdf_compare(&a, &b);
			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
	assert_true(bdf_parse("0000:00:00.0", &a) && bdf_parse("0000:00:00.7", &b));
	assert_true(bdf_is_same_slot(&a, &b));
	assert_true(bdf_parse("0001:00:00.0", &b));
	assert_false(bdf_is_same_slot(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_equal),
		cmocka_unit_test(test_order),
	};

	return RUN_TABLE(addresses, test_address) + RUN_TABLE(paths, test_path) +
	       RUN_TABLE(ids, test_id) +
	       cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
