// SPDX-License-Identifier: GPL-2.0-or-later
/* Each difference between two boots' reports is one line. */
#include "unit.h"

#include "cmd/after/compare.h"
#include "report/report-parse.h"

#include <stdio.h>

#define FUNCTION_AT(address, id, driver)                                                 \
	"{ 'address': '" address "', 'id': '" id "', 'driver': '" driver "' }"
#define MEMBER_AT(address, id) "{ 'address': '" address "', 'id': '" id "' }"
#define BOOT(more) "{ 'version': 1, 'result': 'claimed', 'kernel': '6.1'" more " }"
#define CARD_AT(address, functions, members)                                                 \
	BOOT(", 'gpus': [ { 'configured': 'card', 'result': 'claimed', 'address': '" address \
	     "', 'functions': [ " functions                                                  \
	     " ], 'groups': [ { 'number': 1, 'members': [ " members " ] } ] } ]")
#define FINDINGS(items) BOOT(", 'findings': [ " items " ]")
#define SHARED "{ 'severity': 'error', 'code': 'GROUP_SHARED', 'subject': '02:00.0' }"

static const struct change_case {
	const char *name, *before, *now;
	const char *expected; /* a line for each change */
} changes[] = {
	{ "nothing", BOOT(""), BOOT(""), "" },
	{ "machine",
	  BOOT(", 'config_sha256': 'a', 'iommu': { 'kind': 'intel', 'dma_remapping': 'on' }"),
	  "{ 'version': 1, 'result': 'refused', 'kernel': '6.12', 'config_sha256': 'b',"
	  " 'iommu': { 'kind': 'none', 'dma_remapping': 'off' } }",
	  "result: refused, was claimed\nkernel: 6.12, was 6.1\nIOMMU: none, was intel\n"
	  "DMA remapping: off, was on\nthe configuration has changed\n" },
	{ "image", BOOT(", 'image_built_at': 'x'"), BOOT(""), "image built: none, was x\n" },
	{ "verified", BOOT(", 'verified': { 'result': 'as-configured' }"),
	  BOOT(", 'verified': { 'result': 'not-as-configured' }"),
	  "verified: not-as-configured, was as-configured\n" },
	{ "not verified then", BOOT(""),
	  BOOT(", 'verified': { 'result': 'as-configured' }"), "" },
	{ "the card moved, and nothing else",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1")),
	  CARD_AT("02:00.0", FUNCTION_AT("02:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("02:00.0", "10de:1")),
	  "02:00.0: the card moved here from 01:00.0\n" },
	{ "the group grew",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1")),
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1") "," MEMBER_AT("03:00.0", "8086:1")),
	  "01:00.0: 03:00.0 (8086:1) joined its IOMMU group\n" },
	{ "the group shrank",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1") "," MEMBER_AT("03:00.0", "8086:1")),
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"),
		  MEMBER_AT("01:00.0", "10de:1")),
	  "01:00.0: 03:00.0 (8086:1) left its IOMMU group\n" },
	{ "another card with more functions and another driver",
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:1", "vfio-pci"), ""),
	  CARD_AT("01:00.0",
		  FUNCTION_AT("01:00.0", "10de:2",
			      "nouveau") "," FUNCTION_AT("01:00.1", "10de:3", "vfio-pci"),
		  ""),
	  "01:00.0: id: 10de:2, was 10de:1\n01:00.0: driver: nouveau, was vfio-pci\n"
	  "01:00.1: the function is new (10de:3)\n" },
	{ "a function less",
	  CARD_AT("01:00.0",
		  FUNCTION_AT("01:00.0", "10de:2", "") "," FUNCTION_AT("01:00.1",
								       "10de:3", ""),
		  ""),
	  CARD_AT("01:00.0", FUNCTION_AT("01:00.0", "10de:2", ""), ""),
	  "01:00.1: the function is gone (10de:3)\n" },
	{ "lines of the configuration", BOOT(", 'gpus': [ { 'configured': 'a' } ]"),
	  BOOT(", 'gpus': [ { 'configured': 'b' } ]"),
	  "'b' is configured now\n'a' is no longer configured\n" },
	{ "the card went", CARD_AT("01:00.0", "", ""),
	  BOOT(", 'gpus': [ { 'configured': 'card', 'result': 'refused', 'address': null } ]"),
	  "01:00.0: the card is gone\ncard: result: refused, was claimed\n" },
	{ "findings", FINDINGS(""), FINDINGS(SHARED), "new: error GROUP_SHARED 02:00.0\n" },
	{ "findings gone", FINDINGS(SHARED), FINDINGS(""),
	  "gone: error GROUP_SHARED 02:00.0\n" },
	{ "findings stay", FINDINGS(SHARED), FINDINGS(SHARED), "" },
	{ "members of other types",
	  BOOT(", 'gpus': [ 1, null, 'x', { 'functions': 3, 'groups': [ 7 ] } ]"),
	  BOOT(", 'gpus': 'none', 'findings': {}, 'iommu': [], 'verified': 1"),
	  "'' is no longer configured\n'' is no longer configured\n"
	  "'' is no longer configured\n'' is no longer configured\n" },
};

static void test_change(void **state)
{
	const struct change_case *row = *state;
	struct report *before = report_from(row->before), *now = report_from(row->now);
	struct strings found = {};
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(compare_reports(before, now, &found), 0);
	for (size_t i = 0; i < found.n; i++)
		fprintf(stream, "%s\n", found.items[i]);
	fclose(stream);
	assert_string_equal(text, row->expected);
	free(text);
	strings_done(&found);
	report_free(before);
	report_free(now);
}

int main(void)
{
	return RUN_TABLE(changes, test_change);
}
