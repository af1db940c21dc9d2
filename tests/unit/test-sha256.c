// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests are those of FIPS 180-4's examples, at every length around a block's end. */
#include "unit.h"

#include "base/sha256.h"

static const struct digest_case {
	const char *name; /* the text */
	const char *hex;
} digests[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void test_digest(void **state)
{
	const struct digest_case *test = *state;
	char hex[65];

	sha256_hex(test->name, strlen(test->name), hex);
	assert_string_equal(hex, test->hex);
}

/* The digest of the digests of "", "a", "aa", ... up to two blocks and two bytes. */
static void test_lengths(void **state)
{
	char text[130], digests_of_all[(sizeof(text) + 1) * 64 + 1], hex[65];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t size = 0; size <= sizeof(text); size++)
		sha256_hex(text, size, digests_of_all + size * 64);
	sha256_hex(digests_of_all, strlen(digests_of_all), hex);
	assert_string_equal(hex,
			    "5eee4c50e1b5ec4f1a47f34c25ca988850b49da7904f5ab1b3abc5cc0ae66ef9");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lengths) };

	return RUN_TABLE(digests, test_digest) +
	       cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
