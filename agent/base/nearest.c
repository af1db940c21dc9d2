// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the word that a mistyped one was meant to be. Pure. */
#include "base/nearest.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance, with the last three rows of its matrix. */
unsigned nearest_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_LENGTH_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NEAREST_LENGTH_MAX || m > NEAREST_LENGTH_MAX)
		return streq(a, b) ? 0 : n + m;
	for (size_t k = 0; k <= m; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned *second = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t k = 1; k <= m; k++) {
			char x = lower(a[i - 1]), y = lower(b[k - 1]);

			row[k] = least(above[k - 1] + (x != y),
				       least(above[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && x == lower(b[k - 2]) && y == lower(a[i - 2]))
				row[k] = least(row[k], second[k - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

static bool is_beginning(const char *word, const char *candidate)
{
	size_t i = 0;

	while (word[i] && lower(word[i]) == lower(candidate[i]))
		i++;
	return i > 1 && !word[i];
}

/* At most one letter in three is wrong. The beginning of a word counts as one wrong letter. */
void nearest_try(struct nearest *nearest, const char *candidate)
{
	unsigned distance = nearest_distance(nearest->word, candidate);
	size_t length = strlen(nearest->word), other = strlen(candidate);

	if (is_beginning(nearest->word, candidate))
		distance = least(distance, 1);
	if (distance > ((length > other ? length : other) + 2) / 3 ||
	    (nearest->best && distance >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = distance;
}
