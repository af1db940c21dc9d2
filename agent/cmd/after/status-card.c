// SPDX-License-Identifier: GPL-2.0-or-later
/* Decides the state of one card, with its reason and remedy. Reads no image. */
#include "cmd/after/card-reason.h"
#include "cmd/after/released.h"
#include "cmd/after/status-parts.h"
#include "decide/config.h"
#include "decide/judge.h"
#include "facts/pci.h"
#include "host/grub-trial.h"
#include "model/finding.h"
#include "trial/trial-store.h"

#define TEXT_REBOOT "the boot images have its line: the next boot tries to claim it"
#define TEXT_TRIED_BEFORE                                                                \
	"this boot %s it (%s), but the boot images have another configuration now"
#define TEXT_ON_TRIAL_AGAIN "it was given up, and is on trial again from the next boot on"
#define TEXT_CHECK_MODE                                                                  \
	"the mode of this boot was check: the card was judged, and not claimed"
#define REMEDY_CHECK_MODE                                                                \
	"remove vfio_claim.mode=check from the kernel command line to claim it"
#define TEXT_NO_IMAGE                                                                    \
	"no boot image has this line yet, so the next boot does not claim it"
#define TEXT_IMAGES_UNKNOWN                                                              \
	"whether a boot image has its line is not known: the images cannot be read"
#define TEXT_IGNORED                                                                     \
	"this boot %s, although a boot image had this card's line when it began"
#define CLAUSE_DID_NOT_RUN "did not run the agent"
#define CLAUSE_OTHER_IMAGE "used another configuration"
#define REMEDY_IGNORED                                                                   \
	"check that the boot loader loads this image, and not another kernel's or a copy of it; " REMEDY_REBUILD
#define TEXT_UNKNOWN_TO_BOOT "this boot's report does not name the card"
#define TEXT_OFF "nothing was claimed in this boot: %s"
#define TEXT_FORGOTTEN "this boot claimed it, but %s no longer names it; the next boot %s"
#define REMEDY_ROOT "run this as root"

const char *card_state_name(enum card_state state)
{
	static const char *const names[] = {
		[CARD_CLAIMED] = "claimed",
		[CARD_PENDING] = "pending",
		[CARD_NOT_IN_IMAGE] = "not in any image",
		[CARD_REFUSED] = "refused",
		[CARD_FAILED] = "failed",
		[CARD_LOST] = "lost",
		[CARD_RELEASED] = "released",
		[CARD_HELD] = "held",
		[CARD_GIVEN_UP] = "given up",
		[CARD_NOT_CONFIGURED] = "not configured any more",
		[CARD_CLAIMABLE] = "claimable",
		[CARD_OFF] = "off",
	};

	return names[state];
}

static void explain(struct card_status *card, enum card_state state, const char *code,
		    const char *remedy, const char *reason)
{
	free(card->reason);
	free(card->remedy);
	card->state = state;
	card->code = code;
	card->reason = reason && *reason ? strdup(reason) : NULL;
	card->remedy = remedy && *remedy ? strdup(remedy) : NULL;
}

static void explain_by(struct card_status *card, enum card_state state,
		       const struct report_finding *finding)
{
	if (finding)
		explain(card, state, finding->code_word, finding->remedy, finding->text);
	else
		explain(card, state, "", NULL, NULL);
}

static void judge_claimed(const struct reading *reading, const struct report_gpu *gpu,
			  struct card_status *card)
{
	if (card->n_held == card->n_functions) {
		explain_by(card, CARD_CLAIMED, card_reason_of_verify(reading->report, gpu));
		return;
	}
	card->state = CARD_LOST;
	card->result = "lost";
	card->remedy = strdup(REMEDY_REBOOT);
}

/* `confirm --again` has put the claim on trial since. */
static bool is_renewed(const struct reading *reading)
{
	const struct report_trial *trial = &reading->report->trial;
	const struct trial_claim *claim;
	struct trial_record record;
	struct grub_trial menu;

	if (!trial->has_key) /* GRUB counted */
		return grub_trial_read(reading->root, &menu) == 0 && menu.limit &&
		       !menu.count;
	if (trial_load(reading->root, &record) < 0)
		return false;
	claim = trial_find_claim(&record, trial->key);
	return claim && claim->state != TRIAL_STATE_SPENT;
}

/* RESULT_CLAIMED is judged by the drivers now. */
static enum card_state state_of(enum result result)
{
	return result == RESULT_OFF	? CARD_OFF :
	       result == RESULT_REFUSED ? CARD_REFUSED :
					  CARD_FAILED;
}

static void judge_refused(const struct reading *reading, const struct report_gpu *gpu,
			  struct card_status *card)
{
	const struct report_finding *reason = card_reason_find(reading->report, gpu);

	if (gpu->result == RESULT_CLAIMABLE)
		explain(card, CARD_CLAIMABLE, finding_name(FINDING_MODE_OFF),
			REMEDY_CHECK_MODE, TEXT_CHECK_MODE);
	else if (!reason || reason->code != FINDING_TRIAL_SPENT)
		explain_by(card, state_of(gpu->result), reason);
	else if (is_renewed(reading))
		explain(card, CARD_PENDING, "", REMEDY_REBOOT_ALONE, TEXT_ON_TRIAL_AGAIN);
	else
		explain_by(card, CARD_GIVEN_UP, reason);
}

static void judge_released(const struct reading *reading, const struct report_gpu *gpu,
			   struct card_status *card)
{
	_cleanup_free_ char *reason = released_describe(reading->report, gpu);
	_cleanup_free_ char *remedy = released_remedy(gpu);

	explain(card, gpu->result == RESULT_HELD ? CARD_HELD : CARD_RELEASED,
		finding_name(FINDING_CARD_RELEASED), remedy, reason);
}

static void judge_off(const struct reading *reading, struct card_status *card)
{
	const struct config *config = reading->config;
	_cleanup_free_ char *reason =
		text_format(TEXT_OFF,
			    config->is_crash_kernel ?
				    "this kernel was started after a crash, to save its dump" :
				    "the mode of this boot is off");

	explain(card, CARD_OFF,
		finding_name(config->is_crash_kernel ? FINDING_CRASH_KERNEL :
						       FINDING_MODE_OFF),
		config->is_crash_kernel ? REMEDY_REBOOT_ALONE :
					  "remove vfio_claim.mode=off from the kernel "
					  "command line to claim again",
		reason);
}

static const struct finding *find_error(const struct config *config)
{
	for (size_t i = 0; i < config->findings.n; i++)
		if (config->findings.items[i].severity == SEVERITY_ERROR)
			return &config->findings.items[i];
	return NULL;
}

static bool has_agent(const struct boot_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		if (images->items[i].state == IMAGE_STALE)
			return true;
	return false;
}

static void explain_ignored(const struct reading *reading, struct card_status *card)
{
	_cleanup_free_ char *reason =
		text_format(TEXT_IGNORED,
			    reading->has_run ? CLAUSE_OTHER_IMAGE : CLAUSE_DID_NOT_RUN);

	explain(card, CARD_FAILED,
		finding_name(reading->has_run ? FINDING_IMAGE_STALE :
						FINDING_IMAGE_WITHOUT_AGENT),
		REMEDY_IGNORED, reason);
}

static void explain_pending(const struct reading *reading, const struct report_gpu *gpu,
			    struct card_status *card)
{
	const struct report_finding *before =
		gpu && reading->has_run ? card_reason_find(reading->report, gpu) : NULL;
	_cleanup_free_ char *tried = before ? text_format(TEXT_TRIED_BEFORE,
							  gpu->result_word,
							  before->code_word) :
					      NULL;

	explain(card, CARD_PENDING, "", REMEDY_REBOOT_ALONE, tried ? tried : TEXT_REBOOT);
}

/* Neither on VFIO nor judged by this boot: what will the next one do? */
static void judge_next(const struct reading *reading, const struct report_gpu *gpu,
		       struct card_status *card)
{
	const struct finding *error = find_error(reading->config);

	if (error) {
		explain(card, CARD_REFUSED, finding_name(error->code), error->remedy,
			error->text);
		return;
	}
	switch (reading->next) {
	case NEXT_BOOT_HAS_IT:
		explain_pending(reading, gpu, card);
		break;
	case NEXT_BOOT_IGNORES_IT:
		explain_ignored(reading, card);
		break;
	case NEXT_BOOT_LACKS_IT:
		explain(card, CARD_NOT_IN_IMAGE,
			finding_name(has_agent(&reading->status->images) ?
					     FINDING_IMAGE_STALE :
					     FINDING_IMAGE_WITHOUT_AGENT),
			REMEDY_REBUILD, TEXT_NO_IMAGE);
		break;
	case NEXT_BOOT_UNKNOWN:
		explain(card, CARD_PENDING, finding_name(FINDING_FACT_UNKNOWN),
			geteuid() ? REMEDY_ROOT : NULL, TEXT_IMAGES_UNKNOWN);
		break;
	}
}

void status_judge(const struct reading *reading, const struct report_gpu *gpu,
		  struct card_status *card)
{
	if (gpu && gpu->result == RESULT_CLAIMED)
		judge_claimed(reading, gpu, card);
	else if (gpu && is_given_away(gpu->result) && reading->is_same_config)
		judge_released(reading, gpu, card);
	else if (!gpu && reading->is_off)
		judge_off(reading, card);
	else if (gpu && (reading->is_same_config || reading->is_off))
		judge_refused(reading, gpu, card);
	else if (reading->is_same_config)
		explain(card, CARD_FAILED, "", NULL, TEXT_UNKNOWN_TO_BOOT);
	else
		judge_next(reading, gpu, card);
}

static const char *next_claim(enum next_boot next)
{
	switch (next) {
	case NEXT_BOOT_HAS_IT:
	case NEXT_BOOT_IGNORES_IT:
		return "does not claim it";
	case NEXT_BOOT_LACKS_IT:
		return "claims it all the same, because no boot image has the file as it is now";
	default:
		return "may claim it: the boot images cannot be read";
	}
}

void status_judge_forgotten(const struct reading *reading, struct card_status *card)
{
	_cleanup_free_ char *reason =
		text_format(TEXT_FORGOTTEN, CONFIG_PATH, next_claim(reading->next));

	explain(card, CARD_NOT_CONFIGURED, "",
		reading->next == NEXT_BOOT_LACKS_IT ?
			"run 'vfio-claim setup --rebuild' to give it to the host from the next boot on" :
			NULL,
		reason);
}
