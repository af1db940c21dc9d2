// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which words of a kernel command line are in the way of an IOMMU, and edits of lines: the tables, and
 * random lines against a small model of the kernel's own reading.
 */
#include "unit.h"

#include "decide/kernel-line.h"
#include "model/finding.h"

#include <stdio.h>

static const struct line_wish intel = { .is_intel = true, .adds_parameter = true };
static const struct line_wish intel_default = { .is_intel = true };
static const struct line_wish amd = { .is_amd = true };
static const struct line_wish display = { .is_intel = true,
					  .adds_parameter = true,
					  .wants_own_display = true };

/* Does it do so? -------------------------------------------------------------------------- */

struct does_case {
	const char *name; /* the line */
	const struct line_wish *wish;
	bool does;
};

static const struct does_case does[] = {
	{ "root=x intel_iommu=on quiet", &intel, true },
	{ "root=x quiet", &intel, false },
	{ "root=x quiet", &intel_default, true },
	{ "intel_iommu=off", &intel_default, false },
	{ "intel_iommu=on intel_iommu=off", &intel, false },
	{ "intel_iommu=off intel_iommu=on", &intel, true },
	{ "intel_iommu=off,on", &intel, true },
	{ "intel_iommu=on,off", &intel, false },
	{ "intel_iommu=on,sm_on intel_iommu=igfx_off", &intel, true },
	{ "intel_iommu=on,sm_on intel_iommu=igfx_off", &display, false },
	{ "intel_iommu=on", &display, true },
	{ "intel_iommu=only", &intel, true }, /* the kernel compares two letters */
	{ "intel-iommu=on", &intel, true },
	{ "\"intel_iommu=on\"", &intel, true },
	{ "intel_iommu=\"on\"", &intel, true },
	{ "x=\"a intel_iommu=on\"", &intel, false },
	{ "x=\"a intel_iommu=on", &intel, false },
	{ "quiet -- intel_iommu=on", &intel, false },
	{ "intel_iommu=on -- intel_iommu=off", &intel, true },
	{ "intel_iommu=on iommu=off", &intel, false },
	{ "intel_iommu=on iommu=off iommu=on", &intel, false },
	{ "intel_iommu=on iommu=pt,off", &intel, false },
	{ "intel_iommu=on iommu=pt", &intel, true },
	{ "intel_iommu=on amd_iommu=off", &intel, true },
	{ "amd_iommu=off", &amd, false },
	{ "amd_iommu=fullflush,off", &amd, false },
	{ "intel_iommu=off", &amd, true },
	{ "iommu=off", &amd, false },
	{ "", &amd, true },
	{ "", &intel, false },
};

static void test_does(void **state)
{
	const struct does_case *test = *state;

	assert_int_equal(line_does(test->name, test->wish), test->does);
}

/* What is in the way? ----------------------------------------------------------------------- */

struct way_case {
	const char *name; /* the line */
	const struct line_wish *wish;
	const char *mended; /* NULL: nothing is in the way */
};

static const struct way_case ways[] = {
	{ "root=x quiet", &intel, NULL },
	{ "root=x intel_iommu=off quiet", &intel, "root=x quiet" },
	{ "intel_iommu=off root=x", &intel, "root=x" },
	{ "root=x intel_iommu=off", &intel, "root=x" },
	{ "a  intel_iommu=off  b", &intel, "a   b" },
	{ "intel_iommu=off,sm_on", &intel, "intel_iommu=sm_on" },
	{ "intel_iommu=on,off", &intel, "intel_iommu=on" },
	{ "intel_iommu=1 quiet", &intel, "quiet" },
	{ "intel_iommu quiet", &intel, "quiet" },
	{ "intel_iommu= quiet", &intel, "quiet" },
	{ "intel_iommu=on,strict,sp_off,sm_off,tboot_noforce,forcedac", &intel, NULL },
	{ "intel_iommu=on,igfx_off", &intel, NULL },
	{ "intel_iommu=on,igfx_off", &display, "intel_iommu=on" },
	{ "intel_iommu=intgpu_off", &display, "" },
	{ "itel_iommu=on iommu_intel=on intel-iomu=on", &intel, "" },
	{ "amd_iommu=on", &intel, "" },
	{ "amd_iommu=off", &intel, NULL },
	{ "amd_iommu=on", &amd, NULL },
	{ "amd_iommu=off", &amd, "" },
	{ "amd_iommu=off,fullflush x", &amd, "amd_iommu=fullflush x" },
	{ "intel_iommu=off", &amd, NULL },
	{ "iommu=off", &amd, "" },
	{ "iommu=off,pt iommu=pt,off", &intel, "iommu=pt iommu=pt" },
	{ "iommu=\"off\" x", &intel, "x" },
	{ "iommu=off iommu=off x iommu=off", &intel, "x" },
	{ "iommu=soft", &intel, NULL },
	{ "x -- iommu=off", &intel, NULL },
	{ "x=\"iommu=off\"", &intel, NULL },
	{ "vtd=1 vt_d=on root=x", &intel, "root=x" },
};

static struct span span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void test_way(void **state)
{
	const struct way_case *test = *state;
	CLEANUP(line_swaps_done) struct line_swaps swaps = {};
	_cleanup_free_ char *mended = NULL;

	assert_int_equal(line_find_swaps(span_of(test->name), test->wish, &swaps), 0);
	assert_int_equal(line_swap(span_of(test->name), &swaps, true, false, &mended), 0);
	assert_int_equal(!mended, !test->mended);
	if (mended)
		assert_string_equal(mended, test->mended);
}

/* Where is a word added? --------------------------------------------------------------------- */

struct add_case {
	const char *name, *more;
};

static const struct add_case adds[] = {
	{ "root=x quiet", "root=x quiet " INTEL_IOMMU_ON },
	{ "root=x quiet  ", "root=x quiet " INTEL_IOMMU_ON "  " },
	{ "", INTEL_IOMMU_ON },
	{ "  ", "   " INTEL_IOMMU_ON },
	{ "quiet -- single", "quiet " INTEL_IOMMU_ON " -- single" },
	{ "-- single", INTEL_IOMMU_ON " -- single" },
	{ " -- single", " " INTEL_IOMMU_ON " -- single" },
	{ "x" INTEL_IOMMU_ON, "x" INTEL_IOMMU_ON " " INTEL_IOMMU_ON },
	{ "x -- " INTEL_IOMMU_ON, "x " INTEL_IOMMU_ON " -- " INTEL_IOMMU_ON },
	{ INTEL_IOMMU_ON, NULL },
};

static void make_add(struct line_swaps *swaps)
{
	assert_int_equal(line_swaps_add(swaps, (struct span){}, span_of(INTEL_IOMMU_ON)),
			 0);
}

static void test_add(void **state)
{
	const struct add_case *test = *state;
	CLEANUP(line_swaps_done) struct line_swaps swaps = {};
	_cleanup_free_ char *more = NULL, *less = NULL, *none = NULL;

	make_add(&swaps);
	assert_int_equal(line_swap(span_of(test->name), &swaps, false, false, &none), 0);
	assert_null(none);
	assert_int_equal(line_swap(span_of(test->name), &swaps, true, false, &more), 0);
	assert_int_equal(!more, !test->more);
	if (!more)
		return;
	assert_string_equal(more, test->more);
	assert_int_equal(line_swap(span_of(more), &swaps, true, true, &less), 0);
	assert_string_equal(less, test->name);
}

/* Random lines -------------------------------------------------------------------------------- */

#define LINES 20000

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static void make_line(uint64_t *state, char line[static 512])
{
	static const char *const words[] = {
		"root=x",
		"quiet",
		"intel_iommu=on",
		"intel_iommu=off",
		"intel-iommu=on",
		"intel_iommu=on,sm_on",
		"intel_iommu=off,sm_on",
		"intel_iommu=igfx_off",
		"iommu=off",
		"iommu=pt",
		"iommu=off,pt",
		"iommu=soft",
		"amd_iommu=off",
		"amd_iommu=on",
		"itel_iommu=on",
		"\"intel_iommu=on\"",
		"iommu=\"off\"",
		"x=\"a intel_iommu=off b\"",
		"intel_iommu",
		"intel_iommu=",
		"--",
		"x=\"open",
		"dyndbg=\"file a.c +p\"",
		"intel_iommu=,on,",
		"\"",
		"iommu",
		"=",
		"__",
	};
	static const char *const blanks[] = { " ", "  ", "\t", " \t " };

	*line = '\0';
	if (draw(state, 4) == 0)
		strcat(line, blanks[draw(state, ARRAY_SIZE(blanks))]);
	for (uint32_t n = draw(state, 9); n; n--) {
		strcat(line, words[draw(state, ARRAY_SIZE(words))]);
		if (n > 1 || draw(state, 4) == 0)
			strcat(line, blanks[draw(state, ARRAY_SIZE(blanks))]);
	}
}

/* next_arg() and parse_args() of the kernel, and the setup functions of both drivers, as they are written
 * there: on a copy that they cut up. */
struct model {
	bool is_intel_off, is_intel_on, is_off, is_amd_off, is_display_off;
};

static void model_options(struct model *model, const char *param, char *value)
{
	bool is_intel = streq(param, "intel_iommu"), is_amd = streq(param, "amd_iommu");

	for (char *at = value; *at; at += strcspn(at, ","), at += *at == ',') {
		if (is_intel && !strncmp(at, "on", 2))
			model->is_intel_on = true, model->is_intel_off = false;
		else if (is_intel && !strncmp(at, "off", 3))
			model->is_intel_on = false, model->is_intel_off = true;
		else if (is_intel &&
			 (!strncmp(at, "igfx_off", 8) || !strncmp(at, "intgpu_off", 10)))
			model->is_display_off = true;
		else if (is_amd && !strncmp(at, "off", 3))
			model->is_amd_off = true;
		else if (streq(param, "iommu") && !strncmp(at, "off", 3))
			model->is_off = true;
	}
}

static char *model_next(char *args, char **param, char **value)
{
	size_t equals = 0, i;
	bool in_quote = false, quoted = false;

	if (*args == '"')
		args++, in_quote = quoted = true;
	for (i = 0; args[i]; i++) {
		if (strchr(" \t\n\r\v\f", args[i]) && !in_quote)
			break;
		if (!equals && args[i] == '=')
			equals = i;
		if (args[i] == '"')
			in_quote = !in_quote;
	}
	*param = args;
	*value = NULL;
	if (equals) {
		args[equals] = '\0';
		*value = args + equals + 1;
		if (**value == '"') {
			(*value)++;
			if (args[i - 1] == '"')
				args[i - 1] = '\0';
		}
	}
	if (quoted && i > 0 && args[i - 1] == '"')
		args[i - 1] = '\0';
	if (args[i])
		args[i++] = '\0';
	return args + i;
}

static struct model model_read(const char *line)
{
	_cleanup_free_ char *copy = strdup(line);
	struct model model = {};
	char *args = copy, *param, *value;

	while (*(args += strspn(args, " \t\n\r\v\f"))) {
		args = model_next(args, &param, &value);
		if (!value && streq(param, "--"))
			break;
		for (char *at = param; *at; at++)
			*at = *at == '-' ? '_' : *at;
		if (value)
			model_options(&model, param, value);
	}
	return model;
}

static bool model_does(const char *line, const struct line_wish *wish)
{
	struct model model = model_read(line);

	if (model.is_off || (wish->is_amd && model.is_amd_off) ||
	    (wish->wants_own_display && model.is_display_off))
		return false;
	if (wish->adds_parameter)
		return model.is_intel_on;
	return !wish->is_intel || !model.is_intel_off;
}

/* It takes in what is added. */
static bool has_open_quote(const char *line)
{
	size_t n = 0;

	for (; *line; line++)
		n += *line == '"';
	return n % 2;
}

static void check_line(const char *line, const struct line_wish *wish)
{
	CLEANUP(line_swaps_done) struct line_swaps swaps = {}, none = {};
	_cleanup_free_ char *mended = NULL, *again = NULL;
	const char *result;

	if (line_does(line, wish) != model_does(line, wish))
		fail_msg("the kernel reads '%s' otherwise", line);
	assert_int_equal(line_find_swaps(span_of(line), wish, &swaps), 0);
	if (wish->adds_parameter)
		make_add(&swaps);
	assert_int_equal(line_swap(span_of(line), &swaps, true, false, &mended), 0);
	result = mended ?: line;
	if (wish->adds_parameter && has_open_quote(line))
		return;
	if (!model_does(result, wish))
		fail_msg("'%s' became '%s'", line, result);
	assert_int_equal(line_find_swaps(span_of(result), wish, &none), 0);
	if (none.n)
		fail_msg("'%s' of '%s' still holds '%s'", result, line, none.items[0].from);
	assert_int_equal(line_swap(span_of(result), &none, true, false, &again), 0);
	assert_null(again);
}

/* Adding alone, and undoing that, changes no byte. */
static void check_add(const char *line)
{
	static const struct line_wish parameter = { .adds_parameter = true };
	CLEANUP(line_swaps_done) struct line_swaps swaps = {};
	_cleanup_free_ char *more = NULL, *less = NULL;

	if (model_does(line, &parameter))
		return;
	make_add(&swaps);
	assert_int_equal(line_swap(span_of(line), &swaps, true, false, &more), 0);
	if (!more || !model_does(more, &parameter))
		return;
	assert_int_equal(line_swap(span_of(more), &swaps, true, true, &less), 0);
	if (!less || !streq(less, line))
		fail_msg("'%s' became '%s' and then '%s'", line, more, less ?: "(same)");
}

static void test_random_lines(void **state)
{
	static const struct line_wish *const wishes[] = { &intel, &intel_default, &amd,
							  &display };
	uint64_t chance = 20260727;
	char line[512];

	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		make_line(&chance, line);
		for (size_t k = 0; k < ARRAY_SIZE(wishes); k++)
			check_line(line, wishes[k]);
		check_add(line);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_lines) };

	return RUN_TABLE(does, test_does) + RUN_TABLE(ways, test_way) +
	       RUN_TABLE(adds, test_add) + cmocka_run_group_tests(tests, NULL, NULL);
}
