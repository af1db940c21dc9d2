// SPDX-License-Identifier: GPL-2.0-or-later
/* On any tree, from a fixed seed: each function is drawn once, and boxes nest or are apart. */
#include "unit.h"

#include "cmd/map/layout.h"
#include "fake-map.h"

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static struct map random_map(unsigned *seed,
			     struct map_function functions[static FAKE_MAP_MOST])
{
	struct map map = { .functions = functions,
			   .n_functions = 1 + next(seed) % FAKE_MAP_MOST };

	for (size_t i = 0; i < map.n_functions; i++) {
		functions[i] = (struct map_function){
			.address = { .device = i },
			.class = "thing",
			.group = (int)(next(seed) % 9) - 1,
			.parent = next(seed) % 2 ? next(seed) % (i + 1) : MAP_ROOT,
			.kind = next(seed) % 2 ? MAP_PLAIN : MAP_DISPLAY,
			.culprit = next(seed) % 9 ? NULL : "no ACS",
		};
		memset(functions[i].name, 'n', 1 + next(seed) % 90);
		if (functions[i].parent == i)
			functions[i].parent = MAP_ROOT;
		if (functions[i].parent != MAP_ROOT)
			functions[functions[i].parent].kind = MAP_PORT;
	}
	return map;
}

static bool is_apart(const struct shape *a, const struct shape *b)
{
	return a->x + a->width <= b->x || b->x + b->width <= a->x ||
	       a->y + a->height <= b->y || b->y + b->height <= a->y;
}

static bool is_inside(const struct shape *a, const struct shape *b)
{
	return a->x >= b->x && a->y >= b->y && a->x + a->width <= b->x + b->width &&
	       a->y + a->height <= b->y + b->height;
}

static bool is_box(const struct shape *shape)
{
	return shape->layer != LAYER_WIRE && shape->layer != LAYER_TEXT;
}

static void check_boxes(const struct picture *picture)
{
	const struct shape page = { .width = picture->width, .height = picture->height };

	for (size_t i = 0; i < picture->n; i++) {
		const struct shape *a = &picture->shapes[i];

		if (!is_box(a))
			continue;
		assert_true(is_inside(a, &page));
		for (size_t k = 0; k < i; k++) {
			const struct shape *b = &picture->shapes[k];

			if (is_box(b))
				assert_true(is_apart(a, b) || is_inside(a, b) ||
					    is_inside(b, a));
		}
	}
}

static void check_rows(const struct map *map)
{
	CLEANUP(rows_done) struct rows rows = {};
	size_t n = 0;

	assert_int_equal(rows_make(map, &rows), 0);
	for (size_t i = 0; i < rows.n_rows; i++)
		n += rows.rows[i].n;
	for (size_t i = 0; i < rows.n_stems; i++)
		n += rows.stems[i].column > 0;
	assert_int_equal(n, map->n_functions);
}

static void test_any_map(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		CLEANUP(picture_done) struct picture picture = {};
		struct map_function functions[FAKE_MAP_MOST];
		struct map map = random_map(&seed, functions);

		map.system = TEXT("a machine");
		check_rows(&map);
		assert_int_equal(layout_make(&map, &picture), 0);
		check_boxes(&picture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
