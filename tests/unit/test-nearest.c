// SPDX-License-Identifier: GPL-2.0-or-later
/* The distance of two words, and which of several is near. */
#include "unit.h"

#include "base/nearest.h"

#include <strings.h>

static const struct {
	const char *a, *b;
	unsigned distance;
} distances[] = {
	{ "", "", 0 },
	{ "list", "list", 0 },
	{ "LIST", "list", 0 },
	{ "", "list", 4 },
	{ "lst", "list", 1 },	/* inserted */
	{ "liist", "list", 1 }, /* deleted */
	{ "lost", "list", 1 },	/* replaced */
	{ "lsit", "list", 1 },	/* swapped */
	{ "ilst", "list", 1 },	/* swapped at the beginning */
	{ "lits", "list", 1 },	/* swapped at the end */
	{ "ca", "abc", 3 },	/* no letter moves twice */
	{ "kitten", "sitting", 3 },
	{ "alwys", "always", 1 },
	{ "status", "setup", 3 },
};

static void test_distance(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		assert_int_equal(nearest_distance(distances[i].a, distances[i].b),
				 distances[i].distance);
		assert_int_equal(nearest_distance(distances[i].b, distances[i].a),
				 distances[i].distance);
	}
}

static void test_long_words(void **state)
{
	char word[4 * NEAREST_LENGTH_MAX], other[4 * NEAREST_LENGTH_MAX];
	struct nearest nearest = { .word = word };

	(void)state;
	for (size_t n = NEAREST_LENGTH_MAX - 2; n < sizeof(word); n++) {
		memset(word, 'a', n);
		word[n] = '\0';
		strcpy(other, word);
		assert_int_equal(nearest_distance(word, other), 0);
		other[n - 1] = 'b';
		if (n <= NEAREST_LENGTH_MAX)
			assert_int_equal(nearest_distance(word, other), 1);
		else
			assert_true(nearest_distance(word, other) > n);
	}
	nearest_try(&nearest, other);
	assert_null(nearest.best);
}

/* No more than the sum of the lengths, no less than their difference; zero for equal words alone. */
static void test_any_words(void **state)
{
	static const char letters[] = "abA-";
	char words[84][4];
	size_t n = 0;

	(void)state;
	for (size_t length = 1; length < 4; length++)
		for (size_t i = 0; i < (1u << 2 * length); i++, n++) {
			memset(words[n], 0, sizeof(words[n]));
			for (size_t k = 0; k < length; k++)
				words[n][k] = letters[i >> 2 * k & 3];
		}
	assert_int_equal(n, ARRAY_SIZE(words));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			unsigned d = nearest_distance(words[i], words[k]);
			size_t a = strlen(words[i]), b = strlen(words[k]);

			assert_in_range(d, a > b ? a - b : b - a, a > b ? a : b);
			assert_int_equal(d, nearest_distance(words[k], words[i]));
			assert_int_equal(!d, !strcasecmp(words[i], words[k]));
		}
}

static const struct {
	const char *word, *best;
} choices[] = {
	{ "lst", "list" },
	{ "lost", "list" },
	{ "stauts", "status" },
	{ "stat", "status" },
	{ "SETUP", "setup" },
	{ "setpu", "setup" },
	{ "explane", "explain" },
	{ "l", NULL },
	{ "x", NULL },
	{ "", NULL },
	{ "hypervisor", NULL },
	{ "verfy", "verify" },
	{ "conf", "confirm" },
};

static void test_nearest(void **state)
{
	static const char *const verbs[] = { "list",   "check",	  "explain",
					     "setup",  "remove",  "status",
					     "verify", "confirm", "log" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		struct nearest nearest = { .word = choices[i].word };

		for (size_t k = 0; k < ARRAY_SIZE(verbs); k++)
			nearest_try(&nearest, verbs[k]);
		if (choices[i].best)
			assert_string_equal(nearest.best, choices[i].best);
		else
			assert_null(nearest.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_any_words),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
