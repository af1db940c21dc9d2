// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does any saved report harm report.c or report-text.c? What is read is told, settled, changed
 * as the supervisor changes it, and must come back the same from its own text.
 */
#include "fuzz.h"
#include "report/report.h"

static void tell(struct json_object *report)
{
	for (int colour = 0; colour < 2; colour++) {
		char *text = report_to_text(report, NULL, colour);

		CHECK(text);
		/* Nothing from a file reaches a terminal but what can be printed. */
		for (const char *c = text; *c; c++)
			CHECK((unsigned char)*c >= 0x20 || *c == '\n' ||
			      (colour && *c == '\033'));
		free(text);
	}
}

/* As the supervisor does with what a worker that died has told. */
static void repair(struct json_object *report)
{
	const char *result;

	for (size_t i = 0; i < report_count(report, "gpus"); i++) {
		struct json_object *gpu = report_item(report, "gpus", i);

		for (size_t k = 0; k < report_count(gpu, "functions"); k++)
			report_set_driver(report_item(gpu, "functions", k), "nouveau");
	}
	report_add_failure(report, FINDING_DEADLINE, "too slow", NULL);
	report_set_duration(report, 1.5);
	report_settle(report);
	/* No function has vfio-pci: nothing is claimed. */
	result = report_string(report, "result");
	CHECK(!strcmp(result, "failed") || !strcmp(result, "refused"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *report, *again;
	const char *problem, *text;
	size_t text_size;
	char *copy = malloc(size + 1);

	CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	report = report_parse(copy, size, &problem);
	free(copy);
	if (!report) {
		CHECK(problem && *problem);
		return 0;
	}
	(void)report_number(report, "duration_ms");
	tell(report);
	text = report_serialize(report, &text_size);
	CHECK(text && strlen(text) == text_size);
	again = report_parse(text, text_size, &problem);
	CHECK(again);
	CHECK(report_count(again, "gpus") == report_count(report, "gpus"));
	CHECK(report_count(again, "findings") == report_count(report, "findings"));
	report_put(again);
	repair(report);
	tell(report);
	report_put(report);
	return 0;
}
