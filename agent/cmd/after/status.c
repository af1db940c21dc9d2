// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is every configured card still ours, now? The agent's report, and what `verify` added to it,
 * against the driver links as they are.
 */
#include "cmd/after/status.h"

#include "cmd/after/verify.h"
#include "decide/judge.h"
#include "facts/pci.h"
#include "report/report.h"

static const char *first_code(const struct json_object *object)
{
	for (size_t i = 0; i < report_count(object, "findings"); i++) {
		const struct json_object *finding = report_item(object, "findings", i);

		if (streq(report_string(finding, "severity"), "error") ||
		    streq(report_string(finding, "code"), "MODE_OFF") ||
		    streq(report_string(finding, "code"), "CRASH_KERNEL"))
			return report_string(finding, "code");
	}
	return "";
}

/* The first error's, so that one line says why; the agent's own before what came later. */
static const char *find_code(const struct json_object *report)
{
	const char *code = first_code(report);

	return *code ? code : first_code(report_member(report, "verified"));
}

static void count_held(const struct root *root, const struct json_object *gpu,
		       struct card_status *card)
{
	card->n_functions = report_count(gpu, "functions");
	for (size_t i = 0; i < card->n_functions; i++) {
		const char *text =
			report_string(report_item(gpu, "functions", i), "address");
		_cleanup_free_ char *driver = NULL;
		struct bdf address;

		if (bdf_parse(text, &address) &&
		    pci_read_driver(root, &address, &driver) == 0 && driver &&
		    is_vfio_driver(driver)) {
			card->n_held++;
		} else if (!card->lost) {
			card->lost = text;
			card->lost_driver = steal(driver);
		}
	}
}

static void read_card(const struct root *root, const struct json_object *gpu,
		      const char *code, struct card_status *card)
{
	card->configured = report_string(gpu, "configured");
	card->kind = report_string(gpu, "kind");
	card->address = report_string(gpu, "address");
	if (!*card->address)
		card->address = card->configured;
	card->result = report_string(gpu, "result");
	card->code = code;
	count_held(root, gpu, card);
	if (!streq(card->result, "claimed"))
		return;
	card->code = "";
	if (card->n_held < card->n_functions) {
		card->result = "lost";
		card->code = card->lost_driver ? "RIVAL_BOUND" : "CLAIM_LOST";
	}
}

int status_read(const struct root *root, const struct json_object *report,
		struct status *ret_status)
{
	struct status status = {
		.report = report,
		.n_cards = report_count(report, "gpus"),
		.code = find_code(report),
		.is_as_configured = true,
	};
	const char *result = report_string(report, "result");

	status.cards = calloc(status.n_cards + 1, sizeof(*status.cards));
	if (!status.cards)
		return -ENOMEM;
	for (size_t i = 0; i < status.n_cards; i++) {
		struct card_status *card = &status.cards[i];

		read_card(root, report_item(report, "gpus", i), status.code, card);
		status.is_as_configured &= streq(card->result, "claimed");
	}
	if (!status.n_cards)
		status.is_as_configured = streq(result, "nothing-configured");
	if (streq(result, "off"))
		status.is_as_configured = false;
	if (!report_is_null(report, "verified") &&
	    verified_of(report) == VERIFIED_NOT_AS_CONFIGURED)
		status.is_as_configured = false;
	*ret_status = status;
	return 0;
}

void status_done(struct status *status)
{
	for (size_t i = 0; i < status->n_cards; i++)
		free(status->cards[i].lost_driver);
	free(status->cards);
	*status = (struct status){};
}
