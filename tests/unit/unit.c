// SPDX-License-Identifier: GPL-2.0-or-later
/* Helpers of all unit tests; see unit.h. */
#include "unit.h"

#include "decide/config.h"
#include "report/report-parse.h"

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

struct snapshot machine_join_groups(const struct snapshot *machine)
{
	struct snapshot joined = *machine;

	joined.groups = calloc(machine->n_groups + 1, sizeof(*joined.groups));
	assert_non_null(joined.groups);
	for (size_t i = 0; i < machine->n_groups; i++) {
		struct group *group = &joined.groups[i];

		*group = machine->groups[i];
		group->members = calloc(machine->n_functions + 1, sizeof(*group->members));
		assert_non_null(group->members);
		for (size_t k = 0; k < machine->n_functions; k++)
			if (machine->functions[k].group_fact == FACT_KNOWN &&
			    machine->functions[k].group == group->number)
				group->members[group->n_members++] = k;
	}
	return joined;
}

void machine_done(struct snapshot *machine)
{
	for (size_t i = 0; i < machine->n_groups; i++)
		free(machine->groups[i].members);
	free(machine->groups);
}

struct config config_from(const char *text, const char *cmdline)
{
	struct config config;

	config_init(&config);
	assert_int_equal(config_parse(&config, text, strlen(text)), 0);
	if (cmdline)
		assert_int_equal(config_parse_cmdline(&config, cmdline), 0);
	return config;
}

struct report *report_from(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct report *report;
	const char *problem;

	assert_non_null(copy);
	for (char *quote = copy; (quote = strchr(quote, '\''));)
		*quote = '"';
	report = report_parse(copy, strlen(copy), &problem);
	if (!report)
		fail_msg("%s: %s", problem, text);
	return report;
}
