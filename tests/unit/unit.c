// SPDX-License-Identifier: GPL-2.0-or-later
/* Helpers of all unit tests; see unit.h. */
#include "unit.h"

#include "config.h"

#include <stdio.h>

int run_table(const char *group, const void *cases, size_t n, size_t size,
	      CMUnitTestFunction test)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	for (size_t i = 0; i < n; i++) {
		const char *element = (const char *)cases + i * size;

		tests[i] = (struct CMUnitTest){
			.name = *(const char *const *)element,
			.test_func = test,
			.initial_state = (void *)element,
		};
	}
	failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
	free(tests);
	return failed;
}

char *findings_to_text(const struct findings *findings)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		fprintf(stream, "%s %s %s\n", severity_name(finding->severity),
			finding_name(finding->code),
			finding->subject ? finding->subject : "-");
	}
	assert_int_equal(fclose(stream), 0);
	return text;
}

struct config config_from(const char *text, const char *cmdline)
{
	struct config config;

	config_init(&config);
	assert_int_equal(config_parse(&config, text, strlen(text)), 0);
	if (cmdline)
		assert_int_equal(config_parse_cmdline(&config, cmdline, strlen(cmdline)),
				 0);
	return config;
}
