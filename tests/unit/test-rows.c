// SPDX-License-Identifier: GPL-2.0-or-later
/* A map in rows and frames; what matters to nobody is folded. fake-map.h explains the machines. */
#include "unit.h"

#include "base/buffer.h"
#include "cmd/map/rows.h"
#include "fake-map.h"

/* "0,1:d/c": a row of functions 0 and 1, `d` ports before it, in a frame that begins at column `c`; "|"
 * between frames, "~" for a row in no frame. */
static char *rows_to_text(const struct rows *rows)
{
	struct buffer buffer;
	char *text;

	assert_int_equal(buffer_open(&buffer), 0);
	for (size_t i = 0; i < rows->n_rows; i++) {
		const struct row *row = &rows->rows[i];

		if (i)
			fputs(row->frame == rows->rows[i - 1].frame ? " " : " | ",
			      buffer.stream);
		for (size_t k = 0; k < row->n; k++)
			fprintf(buffer.stream, "%s%zu", k ? "," : "", row->functions[k]);
		fprintf(buffer.stream, ":%u", row->depth);
		if (row->frame == SIZE_MAX)
			fputs("~", buffer.stream);
		else if (rows->frames[row->frame].column <= ROWS_PORTS_MOST)
			fprintf(buffer.stream, "/%u", rows->frames[row->frame].column);
	}
	assert_int_equal(buffer_close(&buffer, &text), 0);
	return text;
}

static const struct row_case {
	const char *name, *map, *rows;
} row_cases[] = {
	{ "nothing", "", "" },
	{ "two cards in two groups", "D1 D2", "0:0 | 1:0" },
	{ "no IOMMU", "P- D-^0 d-", "1:1~ 2:0~" },
	{ "a port in its own group", "P1 D2^0 d2^0", "1:1 2:1" },
	{ "a port that shares the group", "P1 D1^0 d1^0", "1:1/1 2:1/1" },
	{ "a sibling and a port in one group", ".1 P1 D1^1", "0:0/1 2:1/1" },
	{ "two ports in one group", "P1 D1^0 P1 D1^2", "1:1/1 3:1/1" },
	{ "another group's port is not enclosed", "P5 d1^0 P1 d1^2", "1:1 | 3:1/1" },
	{ "a switch whose ports are apart", "P1 P2^0 P3^1 D3^2 P4^1 d4^4", "3:3/3 | 5:3/3" },
	{ "a group in two parts", "D1 d2 d1", "0:0 | 1:0 | 2:0" },
	{ "a port whose rows are not all of its group", "P1 D1^0 d2^0", "1:1 | 2:1" },
	{ "nor a port above a port of another group", "P1 d1^0 P2^0 d1^2", "1:1 3:2" },
	{ "one plain function stays", ".1 D2", "0:0 | 1:0" },
	{ "plain ones are folded behind the rest", ".1 D2 .3 .4", "1:0 | 0,2,3:0~" },
	{ "but not those that share", ".1 D1 .2 .3", "0:0 1:0 | 2,3:0~" },
	{ "three of a kind stay", "d1 d2 d3", "0:0 | 1:0 | 2:0" },
	{ "four are folded", "d1 d2 d3 d4 D5", "0,1,2,3:0~ | 4:0" },
	{ "in one group, in its frame", "P1 d1^0 d1^0 d1^0 d1^0 D1^0", "1,2,3,4:1/1 5:1/1" },
	{ "displays never are", "D1 D2 D3 D4", "0:0 | 1:0 | 2:0 | 3:0" },
	{ "deeper than there are columns", "P1 P2^0 P3^1 P4^2 P5^3 P6^4 P7^5 D8^6",
	  "5:5 | 6:5 | 7:5" },
};

static void test_rows(void **state)
{
	const struct row_case *test = *state;
	CLEANUP(rows_done) struct rows rows = {};
	struct map_function functions[FAKE_MAP_MOST];
	struct map map = map_from(test->map, functions);
	_cleanup_free_ char *text = NULL;

	assert_int_equal(rows_make(&map, &rows), 0);
	text = rows_to_text(&rows);
	assert_string_equal(text, test->rows);
}

int main(void)
{
	return RUN_TABLE(row_cases, test_rows);
}
