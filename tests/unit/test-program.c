// SPDX-License-Identifier: GPL-2.0-or-later
/* The output of a program that a change runs: kept while all is well, and never lost when it is not. */
#include "unit.h"

#include "cmd/setup/child.h"
#include "cmd/setup/say.h"
#include "cmd/setup/setup.h"

#include <stdio.h>

struct program_case {
	const char *name;
	const char *script;
	bool is_verbose;
	int code;
	const char *expected; /* standard output and error, in the order of time */
};

#define RUNNING(script) "Running: sh -c " script "\n"

static const struct program_case cases[] = {
	{ "all is well", "echo a", .expected = RUNNING("echo a") },
	{ "a hook of ours warns", "echo a; echo W: vfio-claim: b",
	  .expected = RUNNING("echo a; echo W: vfio-claim: b") "  | W: vfio-claim: b\n" },
	{ "it fails", "echo a; echo b >&2; exit 3", .code = EXIT_NOT_AS_CONFIGURED,
	  .expected =
		  RUNNING("echo a; echo b >&2; exit 3") "  | a\n  | b\n"
							"vfio-claim: 'sh -c echo a; echo b "
							">&2; exit 3' failed with 3\n" },
	{ "it is killed", "echo a; kill $$", .code = EXIT_NOT_AS_CONFIGURED,
	  .expected = RUNNING("echo a; kill $$") "  | a\nvfio-claim: 'sh -c echo a; kill $$' "
						 "failed with 143\n" },
	{ "all is wanted", "echo a", .is_verbose = true,
	  .expected = RUNNING("echo a") "  | a\n" },
	{ "it reads nothing", "cat; echo end", .is_verbose = true,
	  .expected = RUNNING("cat; echo end") "  | end\n" },
};

static void test_program(void **state)
{
	const struct program_case *test = *state;
	const char *const command[] = { "sh", "-c", test->script, NULL };
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), code;
	const struct page page = { .width = PAGE_WIDTH_MOST };
	FILE *file = tmpfile();
	char said[1024];

	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	assert_int_equal(say_begin(&page, false, test->is_verbose), 0);
	code = program_run(command);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(said, test->expected);
	assert_int_equal(code, test->code);
}

/* With a document standard output is for it alone. */
static void test_document(void **state)
{
	const struct page page = { .width = PAGE_WIDTH_PIPE };
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	FILE *document = tmpfile(), *people = tmpfile();
	char said[64];

	(void)state;
	fflush(stdout);
	dup2(fileno(document), STDOUT_FILENO);
	dup2(fileno(people), STDERR_FILENO);
	assert_int_equal(say_begin(&page, true, false), 0);
	assert_false(say_can_ask());
	say_paragraph("for people");
	say_end();
	puts("{}");
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	rewind(people);
	assert_string_equal(fgets(said, sizeof(said), people), "for people\n");
	fclose(people);
	rewind(document);
	assert_string_equal(fgets(said, sizeof(said), document), "{}\n");
	fclose(document);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_document) };

	return RUN_TABLE(cases, test_program) +
	       _cmocka_run_group_tests("document", tests, ARRAY_SIZE(tests), NULL, NULL);
}
