// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words of the kernel command line and of module options are split, and ids= matches functions
 * as the kernel does.
 */
#include "base/parameter.h"
#include "model/function.h"
#include "unit.h"

#include <stdio.h>

struct word_case {
	const char *name;
	const char *text;
	const char *words; /* each as "name=value|", without '=' where there is no value */
};

/* As next_arg() in lib/cmdline.c. */
static const struct word_case word_cases[] = {
	{ "none", " \n", "" },
	{ "plain", "quiet a=b\n", "quiet|a=b|" },
	{ "empty value", "a= b", "a=|b|" },
	{ "value with '='", "root=UUID=x", "root=UUID=x|" },
	{ "quoted value", "a=\"b c\" d", "a=b c|d|" },
	{ "quoted word", "\"a=b c\" d", "a=b c|d|" },
	{ "quoted word without value", "\"a b\" c", "a b|c|" },
	{ "quotes within", "a=b\"c d\"e f", "a=b\"c d\"e|f|" },
	{ "no end of a quote", "a=\"b c", "a=b c|" },
	{ "only a quote", "\"", "|" },
	{ "empty quotes", "a=\"\" b", "a=|b|" },
	{ "'=' in front", "=a b", "=a|b|" },
};

static void test_words(void **state)
{
	const struct word_case *test = *state;
	const char *cursor = test->text;
	struct parameter parameter;
	char words[128] = "";

	while (parameter_next(&cursor, &parameter)) {
		size_t used = strlen(words);

		snprintf(words + used, sizeof(words) - used, "%.*s%s%.*s|",
			 (int)parameter.name_size, parameter.name,
			 parameter.value ? "=" : "", (int)parameter.value_size,
			 parameter.value ? parameter.value : "");
	}
	assert_string_equal(words, test->words);
}

struct find_case {
	const char *name;
	const char *cmdline;
	const char *value; /* of vfio_pci.ids; NULL: absent */
};

static const struct find_case find_cases[] = {
	{ "none", "quiet", NULL },
	{ "with '-'", "quiet vfio-pci.ids=a", "a" },
	{ "with '_'", "vfio_pci.ids=a quiet", "a" },
	{ "quoted word", "\"vfio-pci.ids=a,b\"", "a,b" },
	{ "quoted value", "vfio-pci.ids=\"a,b\"", "a,b" },
	{ "the last counts", "vfio-pci.ids=a vfio_pci.ids=b", "b" },
	{ "not behind --", "quiet -- vfio-pci.ids=a", NULL },
	{ "another's", "xvfio-pci.ids=a pci-stub.ids=b vfio-pci.idsx=c", NULL },
};

static void test_find(void **state)
{
	const struct find_case *test = *state;
	struct parameter parameter = {};
	char value[32];

	assert_int_equal(parameter_find(test->cmdline, "vfio_pci.ids", &parameter),
			 test->value != NULL);
	if (!test->value)
		return;
	snprintf(value, sizeof(value), "%.*s", (int)parameter.value_size, parameter.value);
	assert_string_equal(value, test->value);
}

struct list_case {
	const char *name;
	const char *cmdline;
	bool is_listed; /* vfio_pci */
};

/* kernel/module: blacklisted() */
static const struct list_case list_cases[] = {
	{ "alone", "module_blacklist=vfio_pci", true },
	{ "first", "module_blacklist=vfio_pci,nouveau", true },
	{ "last", "module_blacklist=nouveau,vfio_pci", true },
	{ "parameter with '-'", "module-blacklist=vfio_pci", true },
	{ "quoted", "\"module_blacklist=nouveau,vfio_pci\"", true },
	{ "name with '-': no module has it", "module_blacklist=vfio-pci", false },
	{ "longer name", "module_blacklist=vfio_pci_core", false },
	{ "shorter name", "module_blacklist=vfio", false },
	{ "blank in the list", "module_blacklist=\"nouveau, vfio_pci\"", false },
	{ "empty", "module_blacklist=", false },
	{ "no value", "module_blacklist", false },
	{ "overwritten", "module_blacklist=vfio_pci module_blacklist=nouveau", false },
	{ "only modprobe's", "modprobe.blacklist=vfio_pci", false },
};

static void test_list(void **state)
{
	const struct list_case *test = *state;
	struct parameter parameter = {};
	bool is_there = parameter_find(test->cmdline, "module_blacklist", &parameter);

	assert_int_equal(is_there && parameter_lists(&parameter, "vfio_pci"),
			 test->is_listed);
}

struct drop_case {
	const char *name;
	const char *options, *kept;
	bool is_dropped;
};

static const struct drop_case drop_cases[] = {
	{ "nothing", "", "", false },
	{ "alone", "ids=10de:2206", "", true },
	{ "first", "ids=10de:2206 disable_vga=1", "disable_vga=1", true },
	{ "last", "disable_vga=1 ids=10de:2206", "disable_vga=1", true },
	{ "several", "ids=a x=1 ids=b  y ids=c", "x=1 y", true },
	{ "quoted", "\"ids=10de:2206 x\" disable_idle_d3=1", "disable_idle_d3=1", true },
	{ "quoted value", "ids=\"10de:2206\" x", "x", true },
	{ "without value", "ids x", "x", true },
	{ "others", "disable_vga=1 \"a=b c\" idsx=1 xids=2",
	  "disable_vga=1 \"a=b c\" idsx=1 xids=2", false },
};

static void test_drop(void **state)
{
	const struct drop_case *test = *state;
	char options[128];

	snprintf(options, sizeof(options), "%s", test->options);
	assert_int_equal(options_drop_ids(options), test->is_dropped);
	assert_string_equal(options, test->kept);
}

struct reach_case {
	const char *name;
	const char *ids;
	bool is_reached; /* 10de:2206, subsystem 1458:403b, class 030000 */
	bool is_subsystem_unknown, is_identity_unknown;
};

static const struct reach_case reach_cases[] = {
	{ "its id", "10de:2206", true },
	{ "second of a list", "1002:73bf,10de:2206", true },
	{ "empty members", ",,10de:2206,", true },
	{ "other device", "10de:2207", false },
	{ "other vendor", "1002:2206", false },
	{ "any vendor", "ffffffff:2206", true },
	{ "any device", "10de:ffffffff", true },
	{ "with 0x", "0x10de:0x2206", true },
	{ "its subsystem", "10de:2206:1458:403b", true },
	{ "other subsystem", "10de:2206:1458:403c", false },
	{ "other subsystem's vendor", "10de:2206:1459", false },
	{ "any subsystem", "10de:2206:ffffffff:ffffffff", true },
	{ "other subsystem, ours not known", "10de:2206:1459:1", true,
	  .is_subsystem_unknown = true },
	{ "its class", "ffffffff:ffffffff:ffffffff:ffffffff:030000:ff0000", true },
	{ "other class", "ffffffff:ffffffff:ffffffff:ffffffff:010802:ffff00", false },
	{ "class without mask", "10de:2206:ffffffff:ffffffff:010802", true },
	{ "no id", "nvidia", false },
	{ "vendor alone", "10de", false },
	{ "empty", "", false },
	{ "who knows what it is", "1002:73bf", true, .is_identity_unknown = true },
	{ "who knows, and no id", "x", false, .is_identity_unknown = true },
};

static void test_reach(void **state)
{
	const struct reach_case *test = *state;
	struct function function = FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12);

	if (test->is_subsystem_unknown)
		function.subsystem_fact = FACT_UNREADABLE;
	if (test->is_identity_unknown)
		function.identity_fact = FACT_UNREADABLE;
	assert_int_equal(ids_reach(test->ids, strlen(test->ids), &function),
			 test->is_reached);
}

int main(void)
{
	return RUN_TABLE(word_cases, test_words) + RUN_TABLE(find_cases, test_find) +
	       RUN_TABLE(list_cases, test_list) + RUN_TABLE(drop_cases, test_drop) +
	       RUN_TABLE(reach_cases, test_reach);
}
