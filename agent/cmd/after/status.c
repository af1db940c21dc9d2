// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares this boot's report with the driver links of its functions as they are now. Writes
 * nothing.
 */
#include "cmd/after/status.h"

#include "decide/judge.h"
#include "facts/pci.h"
#include "report/report-parse.h"

const char *card_state_name(enum card_state state)
{
	static const char *const names[] = {
		[CARD_CLAIMED] = "claimed",
		[CARD_PENDING] = "pending",
		[CARD_NOT_IN_IMAGE] = "not in any image",
		[CARD_REFUSED] = "refused",
		[CARD_FAILED] = "failed",
		[CARD_LOST] = "lost",
		[CARD_GIVEN_UP] = "given up",
		[CARD_NOT_CONFIGURED] = "not configured any more",
		[CARD_CLAIMABLE] = "claimable",
		[CARD_OFF] = "off",
	};

	return names[state];
}

static const char *first_code(const struct report_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct report_finding *finding = &findings->items[i];

		if (finding->severity == SEVERITY_ERROR ||
		    finding->code == FINDING_MODE_OFF ||
		    finding->code == FINDING_CRASH_KERNEL)
			return finding->code_word;
	}
	return "";
}

/* The code of the first error: the agent's own errors come before those of `verify`. */
static const char *find_code(const struct report *report)
{
	const char *code = first_code(&report->findings);

	return *code ? code : first_code(&report->verified.findings);
}

static void count_held(const struct root *root, const struct report_functions *functions,
		       struct card_status *card)
{
	card->n_functions = functions->n;
	for (size_t i = 0; i < functions->n; i++) {
		_cleanup_free_ char *driver = NULL;
		struct bdf address;

		if (bdf_parse(functions->items[i].address, &address) &&
		    pci_read_driver(root, &address, &driver) == 0 && driver &&
		    is_vfio_driver(driver)) {
			card->n_held++;
		} else if (!card->lost) {
			card->lost = functions->items[i].address;
			card->lost_driver = steal(driver);
		}
	}
}

static enum card_state state_of(enum result result)
{
	switch (result) {
	case RESULT_CLAIMED:
		return CARD_CLAIMED;
	case RESULT_CLAIMABLE:
		return CARD_CLAIMABLE;
	case RESULT_REFUSED:
		return CARD_REFUSED;
	case RESULT_OFF:
		return CARD_OFF;
	default:
		return CARD_FAILED;
	}
}

static void read_card(const struct root *root, const struct report_gpu *gpu,
		      const char *code, struct card_status *card)
{
	*card = (struct card_status){
		.configured = gpu->configured,
		.kind = gpu->kind,
		.address = *gpu->address ? gpu->address : gpu->configured,
		.result = gpu->result_word,
		.code = code,
	};
	count_held(root, &gpu->functions, card);
	card->state = state_of(gpu->result);
	if (gpu->result != RESULT_CLAIMED)
		return;
	card->is_lost = card->n_held < card->n_functions;
	card->is_claimed = !card->is_lost;
	card->code = "";
	if (card->is_lost) {
		card->state = CARD_LOST;
		card->result = "lost";
		card->code = finding_name(card->lost_driver ? FINDING_RIVAL_BOUND :
							      FINDING_CLAIM_LOST);
	}
}

int status_read(const struct root *root, const struct report *report,
		struct status *ret_status)
{
	struct status status = {
		.report = report,
		.n_cards = report->n_gpus,
		.code = find_code(report),
		.is_as_configured = true,
	};

	status.cards = calloc(status.n_cards + 1, sizeof(*status.cards));
	if (!status.cards)
		return -ENOMEM;
	for (size_t i = 0; i < status.n_cards; i++) {
		read_card(root, &report->gpus[i], status.code, &status.cards[i]);
		status.is_as_configured &= status.cards[i].is_claimed;
	}
	if (!status.n_cards)
		status.is_as_configured = report->result == RESULT_NOTHING_CONFIGURED;
	if (report->result == RESULT_OFF ||
	    (report->verified.is_there &&
	     report->verified.result == VERIFIED_NOT_AS_CONFIGURED))
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
