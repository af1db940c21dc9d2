// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds to the status what no single card can say: the configuration, the images, `verify`. */
#include "cmd/after/card-reason.h"
#include "cmd/after/status-parts.h"
#include "decide/config.h"
#include "model/finding.h"

#define TEXT_NEXT_CONFIG                                                                 \
	"the configuration was changed since this boot's image was built; the next boot uses it"
#define TEXT_NO_NEXT_CONFIG                                                              \
	"the configuration was changed, and no boot image has it: the next boot uses the former one"
#define TEXT_CANNOT_READ "the boot images cannot be read"
#define REMEDY_ROOT "run this as root"

static bool has_only(const struct status *status, enum card_state state)
{
	for (size_t i = 0; i < status->n_cards; i++)
		if (status->cards[i].state != state)
			return false;
	return status->n_cards > 0;
}

/* Where every card is claimed, none has said what the next boot will do. */
static void note_next(const struct reading *reading)
{
	struct findings *notes = &reading->status->notes;

	if (reading->is_same_config || findings_have_error(&reading->config->findings) ||
	    !has_only(reading->status, CARD_CLAIMED))
		return;
	if (reading->next == NEXT_BOOT_LACKS_IT)
		findings_add(notes, CONFIG_PATH, FINDING_IMAGE_STALE, REMEDY_REBUILD,
			     "%s", TEXT_NO_NEXT_CONFIG);
	else if (reading->next == NEXT_BOOT_UNKNOWN)
		findings_add(notes, CONFIG_PATH, FINDING_FACT_UNKNOWN,
			     geteuid() ? REMEDY_ROOT : NULL, "%s", TEXT_CANNOT_READ);
	else
		findings_add_as(notes, SEVERITY_INFO, CONFIG_PATH, FINDING_IMAGE_STALE,
				REMEDY_REBOOT_ALONE, "%s", TEXT_NEXT_CONFIG);
}

/* Images of single kernels: where none is right, the cards have said so. */
static void note_images(const struct reading *reading)
{
	const struct status *status = reading->status;

	if (reading->config->n_wanted &&
	    (reading->is_same_config || reading->next != NEXT_BOOT_LACKS_IT))
		next_boot_add_findings(&status->images, &reading->status->notes);
}

static bool is_told_by_card(const struct reading *reading,
			    const struct report_finding *finding)
{
	/* The images and the virtual functions were looked at again. */
	if (finding->code == FINDING_IMAGE_STALE ||
	    finding->code == FINDING_IMAGE_WITHOUT_AGENT ||
	    finding->code == FINDING_VF_NOT_CREATED ||
	    finding->code == FINDING_VF_NOT_TAKEN)
		return true;
	for (size_t i = 0; i < reading->report->n_gpus; i++)
		if (card_reason_is_own(&reading->report->gpus[i], finding))
			return true;
	return false;
}

static void note_verify(const struct reading *reading)
{
	const struct report_findings *findings;

	if (!reading->report)
		return;
	findings = &reading->report->verified.findings;
	for (size_t i = 0; i < findings->n; i++) {
		const struct report_finding *finding = &findings->items[i];

		if (finding->severity == SEVERITY_ERROR &&
		    !is_told_by_card(reading, finding) &&
		    !(reading->status->is_vf_wrong &&
		      findings_have_of(&reading->status->notes, finding->code,
				       finding->subject)))
			findings_add(&reading->status->notes, finding->subject,
				     finding->code,
				     *finding->remedy ? finding->remedy : NULL, "%s",
				     finding->text);
	}
}

/* Where no image was opened, nothing else says what the next boot does. */
static void note_unjudged(const struct reading *reading)
{
	const struct report_verified *verified =
		reading->report ? &reading->report->verified : NULL;

	if (!verified || !verified->is_there || *verified->images_at ||
	    !reading->config->n_wanted || reading->are_images_open)
		return;
	findings_add(&reading->status->notes, "boot images", SAY_IMAGES_NOT_YET);
}

static void note_config(const struct reading *reading)
{
	const struct findings *findings = &reading->config->findings;

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->severity == SEVERITY_ERROR)
			findings_add(&reading->status->notes, finding->subject,
				     finding->code, finding->remedy, "%s", finding->text);
	}
}

void status_add_notes(const struct reading *reading)
{
	note_config(reading);
	note_next(reading);
	note_images(reading);
	note_unjudged(reading);
	note_verify(reading);
}
