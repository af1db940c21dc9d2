// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No image record harms record.c, and no kernel command line harms loader.c, which loads the
 * record's modules. An input is a modalias, a kernel command line and the record, separated by
 * line breaks.
 */
#include "fuzz.h"
#include "act/loader.h"
#include "base/parameter.h"
#include "facts/record.h"
#include "model/function.h"

#include <stdio.h>

static void check_rivals(const struct record *record, const char *modalias)
{
	CLEANUP(strings_done) struct strings rivals = {};
	CLEANUP(strings_done) struct strings variants = {};
	bool is_known = false;

	CHECK(record_find_rivals(record, modalias, &rivals, &is_known) == 0);
	for (size_t i = 0; i < rivals.n; i++) {
		CHECK(*rivals.items[i] && !strchr(rivals.items[i], '\n'));
		for (size_t k = 0; k < i; k++)
			CHECK(!streq(rivals.items[i], rivals.items[k]));
	}
	CHECK(record_find_variants(record, modalias, &variants) == 0);
	for (size_t i = 0; i < variants.n; i++)
		CHECK(!strchr(variants.items[i], '\n'));
	(void)record_is_card_class(modalias);
}

static void check_loads(const struct record *record)
{
	static const char *const names[] = { "vfio_pci", "v", "" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *cursor = NULL;
		struct record_load load;
		size_t n = 0;

		while (record_next_load(record, names[i], &cursor, &load)) {
			CHECK(!strpbrk(load.path, " \n") && !strchr(load.options, '\n'));
			options_drop_ids(load.options);
			CHECK(!options_drop_ids(load.options));
			CHECK(n++ <= strlen(record->text));
		}
	}
}

static void check_parameters(const char *cmdline)
{
	const struct function function = { .id = { 0x10de, 0x2206 }, .class = 0x030000 };
	const char *cursor = cmdline, *before = cmdline;
	struct parameter parameter;

	while (parameter_next(&cursor, &parameter)) {
		CHECK(cursor > before && cursor <= cmdline + strlen(cmdline));
		CHECK(parameter.name + parameter.name_size <=
		      parameter.text + parameter.size);
		CHECK(!parameter.value || parameter.value + parameter.value_size <=
						  parameter.text + parameter.size);
		if (parameter.value)
			(void)ids_reach(parameter.value, parameter.value_size, &function);
		(void)parameter_lists(&parameter, "vfio_pci");
		before = cursor;
	}
}

/* In place of modules.c: no module exists. */
int modules_load(struct modules *modules, const char *name, const struct strings *never)
{
	(void)modules, (void)name, (void)never;
	return -ENOENT;
}

/* No file can be opened here: only built-in and loaded modules are available. */
static void check_loader(const struct record *record, const char *cmdline)
{
	struct root root = fuzz_root((const uint8_t *)"", 0);
	struct load_sources sources = { .root = &root, .cmdline = cmdline, .record = record };
	const char *cursor = NULL;
	struct record_load load;
	int r;

	root.is_live = true;
	r = loader_load(&sources, "vfio_pci", NULL);
	CHECK(r == 0 || r == -ENOENT);
	CHECK(r < 0 || record_next_load(record, "vfio_pci", &cursor, &load));
	/* libkmod adds the command line's options. */
	if (strstr(record->text, "load vfio_pci /vfio_pci.ko") == record->text &&
	    has_prefix(cmdline, "vfio-pci.disable_vga="))
		CHECK(r < 0);
}

/* A function of the record that is missing here leaves the needs unknown. */
static void check_needs(const struct record *record, const char *cmdline)
{
	struct function functions[] = {
		{ .address = { 0, 0, 0x17, 0 }, .id = { 0x8086, 0xa352 } },
		{ .address = { 0, 1, 0, 0 }, .id = { 0x10de, 0x2206 } },
	};
	struct snapshot snapshot = { .functions = functions,
				     .n_functions = ARRAY_SIZE(functions) };

	CHECK(record_mark_needs(record, cmdline, &snapshot) == 0);
	if (!strstr(record->text, "needs known"))
		CHECK(snapshot.needs_fact == FACT_UNREADABLE);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		CHECK(!functions[i].is_needed || functions[i].used_for);
		free(functions[i].used_for);
		free(functions[i].in_use);
	}
}

/* Remembered cards stay the same after a write and a read. */
static void check_cards(const struct record *record)
{
	struct known_cards known = {};

	CHECK(known_parse(record->text, &known) == 0);
	CHECK(known.n <= KNOWN_MAX);
	for (size_t i = 0; i < known.n; i++) {
		char line[KNOWN_LINE_SIZE], again[KNOWN_LINE_SIZE];
		struct known_cards second = {};

		known_format(&known.items[i], line);
		CHECK(strlen(line) < sizeof(line) - 1 && !strchr(line, '\n'));
		CHECK(known_parse(line, &second) == 0 && second.n == 1);
		CHECK(streq(known_format(&second.items[0], again), line));
		free(second.items);
	}
	free(known.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	struct record record = {};
	char *modalias, *cmdline, *rest = text;

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	modalias = strsep(&rest, "\n");
	cmdline = strsep(&rest, "\n");
	if (!rest)
		return 0;
	record.text = strdup(rest);
	CHECK(record.text);
	check_rivals(&record, modalias);
	check_loads(&record);
	check_parameters(cmdline);
	check_loader(&record, cmdline);
	check_needs(&record, cmdline);
	check_cards(&record);
	free(record.text);
	return 0;
}
