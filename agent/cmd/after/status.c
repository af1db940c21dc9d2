// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares what the file wants now, what the boot images hold, and what this boot did: its report and
 * the driver links of its functions now. Writes nothing.
 */
#include "cmd/after/boot-time.h"
#include "cmd/after/resolve.h"
#include "cmd/after/status-parts.h"
#include "cmd/after/verify-verdict.h"
#include "decide/remedies.h"
#include "facts/pci.h"
#include "host/builder.h"
#include "model/finding.h"
#include "model/function.h"

#include <stdio.h>

/* Adds "0000:01:00.1 has the driver snd_hda_intel now" to the reason. */
static void add_lost(struct card_status *card, const char *address, const char *driver)
{
	_cleanup_free_ char *earlier = steal(card->reason);

	card->reason = text_format("%s%s%s has %s%s now", earlier ? earlier : "",
				   earlier ? ", " : "", address,
				   driver ? "the driver " : "no driver",
				   driver ? driver : "");
}

static void read_drivers(const struct reading *reading, const struct report_gpu *gpu,
			 struct card_status *card)
{
	enum finding_code code = FINDING_CLAIM_LOST;

	card->n_functions = gpu->functions.n;
	for (size_t i = 0; i < gpu->functions.n; i++) {
		const char *name = gpu->functions.items[i].address;
		_cleanup_free_ char *driver = NULL;
		struct bdf address;

		if (bdf_parse(name, &address) &&
		    pci_read_driver(reading->root, &address, &driver) == 0 && driver &&
		    is_vfio_driver(driver)) {
			card->n_held++;
			continue;
		}
		if (driver)
			code = FINDING_RIVAL_BOUND;
		add_lost(card, name, driver);
	}
	if (card->n_held == card->n_functions)
		return;
	card->code = finding_name(code);
}

/* Cards ---------------------------------------------------------------------------------------- */

/* The card of the report that a line means: that line's, or the one that it seems to mean now. */
static const struct report_gpu *find_gpu(const struct reading *reading, size_t line)
{
	const struct report *report = reading->report;
	const struct function *function = reading->found[line];
	char address[PCI_ADDRESS_SIZE] = "";

	for (size_t i = 0; report && i < report->n_gpus; i++)
		if (streq(report->gpus[i].configured, reading->config->wanted[line].text))
			return &report->gpus[i];
	if (function)
		bdf_format(&function->address, address);
	for (size_t i = 0; report && *address && i < report->n_gpus; i++) {
		const struct report_functions *functions = &report->gpus[i].functions;

		for (size_t k = 0; k < functions->n; k++)
			if (streq(functions->items[k].address, address))
				return &report->gpus[i];
	}
	return NULL;
}

static int add_card(struct status *status, struct card_status **ret_card)
{
	if (array_reserve(&status->cards, status->n_cards, &status->cards_capacity,
			  sizeof(**ret_card)) < 0)
		return -ENOMEM;
	*ret_card = &status->cards[status->n_cards++];
	**ret_card = (struct card_status){ .code = "" };
	return 0;
}

static int name_card(const struct report_gpu *gpu, const struct function *function,
		     struct card_status *card)
{
	char address[PCI_ADDRESS_SIZE];

	if (gpu && gpu->functions.n)
		snprintf(card->id, sizeof(card->id), "%s", gpu->functions.items[0].id);
	else if (function)
		snprintf(card->id, sizeof(card->id), "%04x:%04x", function->id.vendor,
			 function->id.device);
	card->address = strdup(gpu && *gpu->address ? gpu->address :
			       function ? bdf_format(&function->address, address) :
					  card->configured);
	return card->address ? 0 : -ENOMEM;
}

static int read_wanted(const struct reading *reading, size_t line)
{
	const struct wanted *wanted = &reading->config->wanted[line];
	const struct report_gpu *gpu = find_gpu(reading, line);
	struct card_status *card;
	int r;

	r = add_card(reading->status, &card);
	if (r < 0)
		return r;
	card->configured = wanted->text;
	card->kind = wanted->kind == WANTED_GPU ? "gpu" : "device";
	r = name_card(gpu, reading->found[line], card);
	if (r < 0)
		return r;
	if (gpu) {
		card->result = gpu->result_word;
		read_drivers(reading, gpu, card);
	}
	status_judge(reading, gpu, card);
	return 0;
}

static bool is_wanted(const struct reading *reading, const struct report_gpu *gpu)
{
	for (size_t i = 0; i < reading->config->n_wanted; i++)
		if (find_gpu(reading, i) == gpu)
			return true;
	return false;
}

static int read_forgotten(const struct reading *reading, const struct report_gpu *gpu)
{
	struct card_status *card;
	int r;

	r = add_card(reading->status, &card);
	if (r < 0)
		return r;
	card->configured = gpu->configured;
	card->kind = gpu->kind;
	card->result = gpu->result_word;
	r = name_card(gpu, NULL, card);
	if (r < 0)
		return r;
	read_drivers(reading, gpu, card);
	status_judge_forgotten(reading, card);
	return 0;
}

static int read_cards(const struct reading *reading)
{
	const struct report *report = reading->report;
	int r = 0;

	for (size_t i = 0; i < reading->config->n_wanted && r == 0; i++)
		r = read_wanted(reading, i);
	for (size_t i = 0; report && i < report->n_gpus && r == 0; i++)
		if (report->gpus[i].result == RESULT_CLAIMED &&
		    !is_wanted(reading, &report->gpus[i]))
			r = read_forgotten(reading, &report->gpus[i]);
	return r;
}

/* Images --------------------------------------------------------------------------------------- */

/* Or one that could not be reached, on a volume that is not there. */
static bool has_bad_image(const struct report_verified *verified)
{
	for (size_t i = 0; i < verified->n_images; i++)
		if (!streq(verified->images[i].state, image_state_name(IMAGE_CURRENT)))
			return true;
	for (size_t i = 0; i < verified->image_findings.n; i++)
		if (verified->image_findings.items[i].code == FINDING_IMAGE_STALE)
			return true;
	return false;
}

/* Opening images takes seconds, so only if this boot does not tell what they hold. */
static bool must_open_images(const struct reading *reading)
{
	if (!reading->report)
		return reading->config->n_wanted > 0;
	if (!reading->is_same_config)
		return true;
	return reading->config->n_wanted && has_bad_image(&reading->report->verified);
}

static int open_images(struct reading *reading)
{
	struct status *status = reading->status;
	int r;

	if (!must_open_images(reading))
		return 0;
	reading->are_images_open = true;
	r = images_read(reading->root, reading->config->sha256, &status->images);
	if (r == -ENOMEM)
		return r;
	reading->next = r < 0 ? NEXT_BOOT_UNKNOWN :
				next_boot_judge(&status->images,
						boot_time_read(reading->root), time(NULL));
	return 0;
}

/* The verdict ---------------------------------------------------------------------------------- */

static bool is_as_configured(const struct reading *reading)
{
	const struct status *status = reading->status;
	const struct report *report = reading->report;

	if (status->is_vf_wrong)
		return false;
	for (size_t i = 0; i < status->n_cards; i++)
		if (status->cards[i].state != CARD_CLAIMED &&
		    status->cards[i].state != CARD_NOT_CONFIGURED)
			return false;
	if (!reading->config->n_wanted)
		return !findings_have_error(&reading->config->findings);
	return !reading->is_off && !findings_have_error(&reading->config->findings) &&
	       !(report && report->verified.is_there &&
		 report->verified.result == VERIFIED_NOT_AS_CONFIGURED);
}

/* The agent's remedies too: it does not know how this system's images are built. */
static void take_way(struct status *status, const char *way)
{
	for (size_t i = 0; i < status->n_cards; i++)
		remedy_take_way(&status->cards[i].remedy, way);
	remedies_take_way(&status->notes, way);
}

static int compare(struct reading *reading)
{
	int r;

	r = resolve_wanted(reading->root, reading->config, &reading->snapshot,
			   reading->found);
	if (r == 0)
		r = open_images(reading);
	if (r == 0)
		r = read_cards(reading);
	if (r == 0)
		r = status_read_vfs(reading);
	if (r < 0)
		return r;
	status_add_notes(reading);
	take_way(reading->status, builder_find_way(reading->root));
	reading->status->is_as_configured = is_as_configured(reading);
	return 0;
}

int status_read(const struct root *root, const struct config *config,
		const struct report *report, struct status *ret_status)
{
	CLEANUP(status_done)
	struct status status = { .report = report, .config = config };
	struct reading reading = {
		.root = root,
		.config = config,
		.report = report,
		.found = calloc(config->n_wanted + 1, sizeof(*reading.found)),
		.has_run = report && verify_has_run(report),
		.is_off = report ? report->mode == MODE_OFF : config->mode == MODE_OFF,
		.status = &status,
	};
	int r;

	if (!reading.found)
		return -ENOMEM;
	reading.is_same_config = reading.has_run &&
				 streq(report->config_sha256, config->sha256);
	r = compare(&reading);
	snapshot_done(&reading.snapshot);
	free(reading.found);
	if (r < 0)
		return r;
	*ret_status = status;
	status = (struct status){};
	return 0;
}

void status_done(struct status *status)
{
	for (size_t i = 0; i < status->n_cards; i++) {
		free(status->cards[i].address);
		free(status->cards[i].reason);
		free(status->cards[i].remedy);
	}
	free(status->cards);
	status_vfs_done(status);
	images_done(&status->images);
	findings_done(&status->notes);
	*status = (struct status){};
}
