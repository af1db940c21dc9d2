// SPDX-License-Identifier: GPL-2.0-or-later
/* The image record is read whatever the order of its lines; aliases usually come last. */
#include "unit.h"

#include "facts/record.h"
#include "tree.h"

#include <stdio.h>

#define RECORD "usr/lib/vfio-claim/image-record"
#define PCI "pci:v000010DEd00002206sv00001458sd0000403Bbc03sc00i00"
#define HEAD "built-at 2026-11-27T12:00:00Z\nneeds known\n"
#define TAIL "confirmed-by vfio-claim-confirm.service\n"
#define VENDOR "vendor pci:v000010DE\n"
#define NOUVEAU "alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n"
#define EXACT "alias " PCI " exact\n"
#define OTHERS                                                                           \
	"alias pci:v000010DEd00002207sv*sd*bc*sc*i* other\n"                             \
	"alias pci:v000010DEd00002206sv00001458sd0000403Cbc03sc00i00 other\n"            \
	"alias pci:v000010DEd0000220 other\n"                                            \
	"alias pci:v000010DEd00002206sv00001458sd0000403Bbc03sc00i001 other\n"           \
	"alias p other\n"
#define VARIANT "alias vfio_pci:v000010DEd00002206sv*sd*bc*sc*i* nv_vfio_pci\n"

static const struct record_case {
	const char *name;
	const char *record;
	const char *rivals, *variants; /* each followed by a blank */
	bool is_confirmed;
} cases[] = {
	{ "no aliases", HEAD TAIL, "", "", true },
	{ "aliases last", HEAD TAIL VENDOR OTHERS NOUVEAU, "nouveau ", "", true },
	{ "aliases last, no line end", HEAD TAIL VENDOR OTHERS "alias pci:* all", "all ",
	  "", true },
	{ "a variant among them", HEAD TAIL VENDOR NOUVEAU VARIANT OTHERS, "nouveau ",
	  "nv_vfio_pci ", true },
	{ "a variant first", HEAD TAIL VENDOR VARIANT NOUVEAU, "nouveau ", "nv_vfio_pci ",
	  true },
	{ "the whole modalias", HEAD TAIL VENDOR OTHERS EXACT, "exact ", "", true },
	{ "a line behind them", HEAD VENDOR NOUVEAU VARIANT TAIL, "nouveau ",
	  "nv_vfio_pci ", true },
	{ "a line between them", HEAD VENDOR NOUVEAU TAIL EXACT, "nouveau exact ", "",
	  true },
	{ "aliases first", NOUVEAU VARIANT VENDOR TAIL, "nouveau ", "nv_vfio_pci ", true },
	{ "aliases alone", VENDOR NOUVEAU VARIANT, "nouveau ", "nv_vfio_pci ", false },
	{ "what begins like one", HEAD VENDOR NOUVEAU "aliased x y\n" TAIL, "nouveau ",
	  "", true },
	{ "an empty line behind them", HEAD TAIL VENDOR NOUVEAU "\n", "nouveau ", "", true },
};

static void compare(const struct strings *strings, const char *wanted)
{
	char text[256] = "";

	for (size_t i = 0; i < strings->n; i++) {
		strcat(text, strings->items[i]);
		strcat(text, " ");
	}
	assert_string_equal(text, wanted);
}

static void test_lines(void **state)
{
	const struct record_case *test = *state;
	CLEANUP(strings_done) struct strings rivals = {};
	CLEANUP(strings_done) struct strings variants = {};
	CLEANUP(record_done) struct record record = {};
	char path[64];
	struct tree tree;
	bool is_known;
	FILE *file;

	tree_make(&tree, RECORD " = \n");
	snprintf(path, sizeof(path), "%s/" RECORD, tree.folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(test->record, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(record_read(&tree.root, &record), 0);
	assert_int_equal(record_find_rivals(&record, PCI, &rivals, &is_known), 0);
	assert_int_equal(record_find_variants(&record, PCI, &variants), 0);
	compare(&rivals, test->rivals);
	compare(&variants, test->variants);
	assert_int_equal(record_is_confirmed_by(&record), test->is_confirmed);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(cases, test_lines);
}
