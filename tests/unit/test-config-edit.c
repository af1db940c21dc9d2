// SPDX-License-Identifier: GPL-2.0-or-later
/* Edits change the gpu lines of a configuration and keep everything else. */
#include "unit.h"

#include "cmd/setup/config-edit.h"

#define NEW "0000:01:00.0 id=10de:2206"
#define OTHER "0000:02:00.0 id=10de:2206"

struct edit_case {
	const char *name;
	const char *text;
	/* NEW replaces the n-th wanted of the text, from 1; 0: it is new */
	size_t replaces;
	const char *expected;
	enum wanted_kind kind;
};

static const struct edit_case edits[] = {
	{ "an only line", "gpu = 01:00.0\n", 1, "gpu = " NEW "\n" },
	{ "its comment stays", "gpu=01:00.0 # for games\n", 1,
	  "gpu = " NEW "  # for games\n" },
	{ "the same stays byte for byte", "  gpu =\t" NEW "  # x\n", 1,
	  "  gpu =\t" NEW "  # x\n" },
	{ "another card goes", "gpu = 05:00.0\non-failure = hold\n", 0,
	  "gpu = " NEW "\non-failure = hold\n" },
	{ "after the last gpu line", "gpu = 05:00.0\n# a\ngpu = 06:00.0\ntimeout = 5\n",
	  0, "# a\ngpu = " NEW "\ntimeout = 5\n" },
	{ "in its own place", "gpu = 05:00.0\n# a\ngpu = 01:00.0\n", 2,
	  "# a\ngpu = " NEW "\n" },
	{ "no gpu line", "# mine\ntimeout = 5", 0, "# mine\ntimeout = 5\ngpu = " NEW "\n" },
	{ "a repeated line goes too", "gpu = 01:00.0\ngpu = 01:00.0\n", 1,
	  "gpu = " NEW "\n" },
	{ "blanks as the parser has them", "gpu = 05:00.0\n\rgpu \t\r= 01:00.0\n", 2,
	  "gpu = " NEW "\n" },
	{ "devices and comments stay", "#gpu = 09:00.0\ndevice = 05:00.0\n\n", 0,
	  "#gpu = 09:00.0\ndevice = 05:00.0\n\ngpu = " NEW "\n" },
	{ "a device's line", "gpu = 01:00.0\ndevice = 05:00.0 # usb\n", 2,
	  "gpu = 01:00.0\ndevice = " NEW "  # usb\n", WANTED_DEVICE },
	{ "cards stay when devices change", "device = 05:00.0\ngpu = 02:00.0\n", 0,
	  "device = " NEW "\ngpu = 02:00.0\n", WANTED_DEVICE },
};

static void test_edit(void **state)
{
	const struct edit_case *test = *state;
	struct config config = config_from(test->text, NULL);
	struct config_line gpu = { .value = NEW };
	_cleanup_free_ char *text = NULL;

	if (test->replaces)
		gpu.replaces = &config.wanted[test->replaces - 1];
	assert_int_equal(config_edit(test->text, &config, test->kind, &gpu, 1, &text), 0);
	assert_string_equal(text, test->expected);
	config_done(&config);
}

static const struct {
	const char *name, *text, *expected;
} settings[] = {
	{ "at the end", "gpu = 01:00.0\n", "gpu = 01:00.0\ntrial = off\n" },
	{ "in its place", "trial=3\ntimeout = 5\n", "trial = off\ntimeout = 5\n" },
	{ "its comment stays", " trial = 3 # why\n", "trial = off  # why\n" },
	{ "no other key", "trials = 3\n#trial = 3",
	  "trials = 3\n#trial = 3\ntrial = off\n" },
	{ "an empty file", "", "trial = off\n" },
};

static void test_setting(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		free(text);
		text = NULL;
		assert_int_equal(config_edit_setting(settings[i].text, "trial", "off",
						     &text),
				 0);
		assert_string_equal(text, settings[i].expected);
	}
}

/* The text written is read again with the same meaning, from an empty file too. */
static void test_new_file(void **state)
{
	const struct config_line gpus[] = { { .value = NEW }, { .value = OTHER } };
	struct config config = config_from("", NULL);
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(config_edit("", &config, WANTED_GPU, gpus, 2, &text), 0);
	config_done(&config);
	assert_int_equal(*text, '#');
	config = config_from(text, NULL);
	assert_int_equal(config.n_wanted, 2);
	assert_int_equal(config.findings.n, 0);
	assert_string_equal(config.wanted[0].text, NEW);
	assert_string_equal(config.wanted[1].text, OTHER);
	config_done(&config);
}

static void test_fingerprint(void **state)
{
	struct function functions[] = { RTX3080(1, 12), RTX3080(2, 13) };
	struct snapshot snapshot = { .functions = functions, .n_functions = 3 };
	char text[CONFIG_LINE_SIZE];

	(void)state;
	functions[0].caps.serial_fact = FACT_KNOWN;
	functions[0].caps.serial = 0x0102030405060708;
	config_line_format(&snapshot, &functions[0], text);
	assert_string_equal(text, "0000:01:00.0 id=10de:2206 subsystem=1458:403b "
				  "serial=01-02-03-04-05-06-07-08 path=0000:00:01.0/00.0");
	snapshot.n_functions = 6; /* now it has a twin, with a number of its own */
	functions[3].caps.serial_fact = FACT_KNOWN;
	functions[3].caps.serial = 0x0102030405060709;
	config_line_format(&snapshot, &functions[0], text);
	assert_non_null(strstr(text, " serial=01-02-03-04-05-06-07-08 path="));
	functions[3].caps.serial = functions[0].caps.serial;
	config_line_format(&snapshot, &functions[0], text);
	assert_null(strstr(text, "serial="));
	functions[0].caps.serial = 0;
	config_line_format(&snapshot, &functions[0], text);
	assert_null(strstr(text, "serial="));
	functions[0].caps.serial_fact = FACT_ABSENT;
	functions[0].subsystem_fact = FACT_UNREADABLE;
	config_line_format(&snapshot, &functions[0], text);
	assert_string_equal(text, "0000:01:00.0 id=10de:2206 path=0000:00:01.0/00.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_file),
		cmocka_unit_test(test_setting),
		cmocka_unit_test(test_fingerprint),
	};

	return RUN_TABLE(edits, test_edit) +
	       cmocka_run_group_tests_name("config-edit", tests, NULL, NULL);
}
