// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No saved report harms report-parse.c, report-change.c or report-text.c. The parsed report is
 * printed, settled and changed as the supervisor does it, and must be the same when its own
 * text is parsed again.
 */
#include "fuzz.h"
#include "report/report-change.h"
#include "report/report-document.h"
#include "report/report-pack.h"
#include "report/report.h"

static void tell(struct report *report)
{
	for (int colour = 0; colour < 2; colour++) {
		const struct page page = { PAGE_WIDTH_LEAST, colour };
		char *text = report_to_text(report, NULL, &page);

		CHECK(text);
		/* Only printable bytes of a file may reach a terminal. */
		for (const char *c = text; *c; c++)
			CHECK((unsigned char)*c >= 0x20 || *c == '\n' ||
			      (colour && *c == '\033'));
		free(text);
	}
}

/* As the supervisor does with the report of a worker that died. */
static void repair(struct report *report)
{
	for (size_t i = 0; i < report->n_gpus; i++)
		for (size_t k = 0; k < report->gpus[i].functions.n; k++)
			report_set_driver(&report->gpus[i].functions.items[k], "nouveau");
	report_add_error(report, FINDING_DEADLINE, NULL, "too slow", NULL);
	report_set_duration(report, 1.5);
	report_set_trial(report, TRIAL_CONFIRMED);
	report_settle(report);
	/* No function has vfio-pci: nothing is claimed. */
	CHECK(report->result == RESULT_FAILED || report->result == RESULT_REFUSED);
}

/* The report and its own text must agree. */
static void compare_with_text(const struct report *report)
{
	const char *problem, *text;
	struct report *again;
	size_t size;

	text = report_serialize(report, &size);
	CHECK(text && strlen(text) == size);
	again = report_parse(text, size, &problem);
	CHECK(again);
	CHECK(again->n_gpus == report->n_gpus);
	CHECK(again->findings.n == report->findings.n);
	CHECK(again->result == report->result);
	CHECK(again->trial.state == report->trial.state);
	for (size_t i = 0; i < report->n_gpus; i++)
		CHECK(again->gpus[i].result == report->gpus[i].result);
	report_free(again);
}

/* Of 19 digits or more, which may be more than an int64_t holds. */
static bool has_long_number(const char *text)
{
	while (*text) {
		size_t digits = strspn(text, "0123456789");

		if (digits >= 19)
			return true;
		text += digits ? digits : 1;
	}
	return false;
}

/*
 * As the worker hands it to the supervisor. A NUL in a string ends it there, and a number has the values of
 * int64_t, as all that a report is built of.
 */
static void compare_with_packed(const struct report *report, const char *saved)
{
	struct json_object *document;
	size_t size, text_size, again_size;
	const char *text, *again;
	char *bytes;

	bytes = document_pack(report->document, &size);
	CHECK(bytes);
	document = document_unpack(bytes, size);
	if (document && !strstr(saved, "\\u0000") && !has_long_number(saved)) {
		text = document_serialize(report->document, &text_size);
		again = document_serialize(document, &again_size);
		CHECK(text_size == again_size && streq(text, again));
	}
	document_put(document);
	if (size)
		document_put(document_unpack(bytes, size - 1));
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report *report;
	const char *problem;
	char *copy = malloc(size + 1);

	CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	document_put(document_unpack(copy, size));
	report = report_parse(copy, size, &problem);
	if (!report) {
		CHECK(problem && *problem);
		free(copy);
		return 0;
	}
	compare_with_packed(report, copy);
	free(copy);
	tell(report);
	compare_with_text(report);
	repair(report);
	tell(report);
	compare_with_text(report);
	report_free(report);
	return 0;
}
