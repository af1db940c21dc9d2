// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decides whether a claim may be tried in this boot. Pure: the stored record and the plan in, the
 * decision and the record to store out.
 */
#include "trial/trial.h"

#include "base/sha256.h"
#include "model/finding.h"

#include <stdarg.h>
#include <stdio.h>

/* Which claim ---------------------------------------------------------------------------- */

struct text {
	char *bytes;
	size_t used, capacity;
};

/* Adds a line of up to `most` bytes. */
static int PRINTF_LIKE(3, 4)
	add_line(struct text *text, size_t most, const char *format, ...)
{
	va_list arguments;
	char *grown;

	if (text->capacity - text->used <= most) {
		grown = reallocarray(text->bytes, text->capacity + most + 1024, 1);
		if (!grown)
			return -ENOMEM;
		text->bytes = grown;
		text->capacity += most + 1024;
	}
	va_start(arguments, format);
	text->used += vsnprintf(text->bytes + text->used, most + 1, format, arguments);
	va_end(arguments);
	return 0;
}

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

/* A held card is kept from the host like a claimed one. */
static const char *treatment(const struct config *config, const struct target *target)
{
	if (!target->is_the_card_meant)
		return NULL;
	if (target->verdict == VERDICT_CLAIM)
		return "claim";
	return config->on_failure == ON_FAILURE_HOLD ? "hold" : NULL;
}

/* The members of the card's group. Its number is left out: it may change from boot to boot. */
static int add_group(struct text *text, const struct snapshot *snapshot,
		     const struct group *group)
{
	int r = add_line(text, 64, "group of %zu\n", group->n_members + group->n_unknown);

	for (size_t i = 0; i < group->n_members && r == 0; i++) {
		const struct function *member = &snapshot->functions[group->members[i]];
		char address[PCI_ADDRESS_SIZE];

		r = add_line(text, 64, "%s %04x:%04x\n",
			     bdf_format(&member->address, address), member->id.vendor,
			     member->id.device);
	}
	return r;
}

static int add_target(struct text *text, const struct config *config,
		      const struct snapshot *snapshot, const struct target *target)
{
	const char *what = treatment(config, target);
	int r = 0;

	for (size_t i = 0; what && i < target->n_functions && r == 0; i++) {
		const struct function *function =
			&snapshot->functions[target->functions[i]];
		char address[PCI_ADDRESS_SIZE];

		r = add_line(text, 96, "%s %s %04x:%04x %04x:%04x\n", what,
			     bdf_format(&function->address, address), function->id.vendor,
			     function->id.device, function->subsystem.vendor,
			     function->subsystem.device);
	}
	for (size_t i = 0; what && i < target->n_groups && r == 0; i++) {
		const struct group *group = snapshot_group(snapshot, target->groups[i]);

		if (group)
			r = add_group(text, snapshot, group);
	}
	return r;
}

/* The firmware's boot display: with another one the host keeps another screen. */
static int add_boot_display(struct text *text, const struct snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; i < snapshot->n_functions && r == 0; i++) {
		const struct function *function = &snapshot->functions[i];
		char address[PCI_ADDRESS_SIZE];

		if (function->is_boot_vga || function->has_firmware_framebuffer)
			r = add_line(text, 64, "boot display %s\n",
				     bdf_format(&function->address, address));
	}
	return r;
}

int trial_find_key(const struct config *config, const struct snapshot *snapshot,
		   const struct plan *plan, uint8_t key[static TRIAL_KEY_SIZE])
{
	const char *built_at = or_none(snapshot->image_built_at);
	const char *kernel = or_none(snapshot->kernel);
	const char *firmware = or_none(snapshot->platform.firmware);
	struct text text = {};
	char hex[65];
	int r;

	r = add_line(&text, strlen(built_at) + strlen(kernel) + strlen(firmware) + 160,
		     "config %s\nimage %s\nkernel %s\nfirmware %s\n", config->sha256,
		     built_at, kernel, firmware);
	if (r == 0)
		r = add_boot_display(&text, snapshot);
	for (size_t i = 0; i < plan->n_targets && r == 0; i++)
		r = add_target(&text, config, snapshot, &plan->targets[i]);
	if (r == 0) {
		sha256_hex(text.bytes, text.used, hex);
		(void)trial_parse_hex(hex, key, TRIAL_KEY_SIZE);
	}
	free(text.bytes);
	return r;
}

/* The decision --------------------------------------------------------------------------- */

static void push_box(struct trial_record *record, const struct trial_box *box)
{
	if (record->n_boxes == TRIAL_BOXES) {
		for (size_t i = 1; i < TRIAL_BOXES; i++)
			record->boxes[i - 1] = record->boxes[i];
		record->n_boxes--;
	}
	record->boxes[record->n_boxes++] = *box;
}

static struct trial_claim *claim_of(struct trial_record *record, const struct trial_box *box)
{
	for (size_t i = 0; i < record->n_claims; i++)
		if (!memcmp(record->claims[i].key, box->tag, TRIAL_TAG_SIZE))
			return &record->claims[i];
	return NULL;
}

/* Makes the claim the newest one of the record, and adds it if it is new. */
static struct trial_claim *use_claim(struct trial_record *record,
				     const uint8_t key[static TRIAL_KEY_SIZE])
{
	struct trial_claim *known = trial_find_claim(record, key), claim = {};
	size_t at = known ? (size_t)(known - record->claims) : 0;

	claim.state = TRIAL_STATE_TRYING;
	memcpy(claim.key, key, TRIAL_KEY_SIZE);
	if (known)
		claim = *known;
	if (known || record->n_claims == TRIAL_CLAIMS) {
		for (; at + 1 < record->n_claims; at++)
			record->claims[at] = record->claims[at + 1];
		record->n_claims--;
	}
	record->claims[record->n_claims] = claim;
	return &record->claims[record->n_claims++];
}

struct trial_box *trial_find_box(struct trial_record *record,
				 const uint8_t boot_id[static 16])
{
	static const uint8_t unknown[16];

	if (!memcmp(boot_id, unknown, sizeof(unknown)))
		return NULL; /* without an id no boot can be found */
	for (size_t i = record->n_boxes; i > 0; i--)
		if (!memcmp(record->boxes[i - 1].boot_id, boot_id, 16))
			return &record->boxes[i - 1];
	return NULL;
}

/* Undoes the attempt of that boot. A spent claim stays spent. */
static void withdraw(struct trial_record *record, const struct trial_box *box)
{
	struct trial_claim *claim = claim_of(record, box);
	size_t at = box - record->boxes;

	if (claim && claim->state == TRIAL_STATE_TRYING && claim->attempts)
		claim->attempts--;
	for (; at + 1 < record->n_boxes; at++)
		record->boxes[at] = record->boxes[at + 1];
	record->n_boxes--;
}

bool trial_decide(const struct trial_record *stored, unsigned limit,
		  const uint8_t key[static TRIAL_KEY_SIZE], const struct trial_box *box,
		  struct trial_record *ret_record, bool *ret_is_changed)
{
	struct trial_record record = {};
	struct trial_box now = *box;
	const struct trial_box *earlier;
	struct trial_claim *claim;

	if (stored)
		record = *stored;
	*ret_is_changed = false;
	claim = trial_find_claim(&record, key);
	if (claim && claim->state != TRIAL_STATE_TRYING) {
		*ret_record = record;
		return claim->state == TRIAL_STATE_CONFIRMED;
	}
	/* A second run in the same boot, by hand, is the same attempt. */
	earlier = trial_find_box(&record, box->boot_id);
	if (earlier)
		withdraw(&record, earlier);
	claim = use_claim(&record, key);
	claim->limit = now.limit = limit;
	memcpy(now.tag, key, TRIAL_TAG_SIZE);
	if (claim->attempts >= limit) {
		claim->attempts = limit;
		claim->state = TRIAL_STATE_SPENT;
		now.stage = TRIAL_STAGE_REFUSED;
		now.attempt = 0;
	} else {
		now.attempt = ++claim->attempts;
	}
	push_box(&record, &now);
	*ret_record = record;
	*ret_is_changed = true;
	return claim->state == TRIAL_STATE_TRYING;
}

enum trial_confirmation trial_confirm(struct trial_record *record, const uint8_t *key,
				      const uint8_t boot_id[static 16])
{
	const struct trial_box *box = trial_find_box(record, boot_id);
	struct trial_claim *claim = box ? claim_of(record, box) : NULL;

	if (!claim && key)
		claim = trial_find_claim(record, key);
	if (!claim)
		return TRIAL_NOT_THIS_BOOT;
	if (claim->state == TRIAL_STATE_CONFIRMED)
		return TRIAL_CONFIRMED_BEFORE;
	if (claim->state == TRIAL_STATE_SPENT)
		return TRIAL_IS_SPENT;
	if (!box)
		return TRIAL_NOT_THIS_BOOT;
	if (box->stage != TRIAL_STAGE_CLAIMED) {
		claim->attempts = 0;
		return TRIAL_NOT_CLAIMED;
	}
	claim->state = TRIAL_STATE_CONFIRMED;
	return TRIAL_CONFIRMED_NOW;
}

static void renew(struct trial_claim *claim)
{
	claim->state = TRIAL_STATE_TRYING;
	claim->attempts = 0;
}

size_t trial_renew(struct trial_record *record, const uint8_t *key)
{
	struct trial_claim *mine = key ? trial_find_claim(record, key) : NULL;
	bool is_mine = mine && mine->state == TRIAL_STATE_SPENT;
	size_t renewed = 0;

	for (size_t i = 0; i < record->n_claims && !is_mine; i++) {
		if (record->claims[i].state != TRIAL_STATE_SPENT)
			continue;
		renew(&record->claims[i]);
		renewed++;
	}
	if (renewed || !mine)
		return renewed;
	renew(mine);
	return 1;
}

bool trial_give_back(struct trial_record *record, const uint8_t boot_id[static 16],
		     const uint8_t *before, struct trial_box *ret_box)
{
	const struct trial_box *newest =
		record->n_boxes ? &record->boxes[record->n_boxes - 1] : NULL;

	if (!newest || !memcmp(newest->boot_id, boot_id, 16) ||
	    (before && !memcmp(newest->boot_id, before, 16)))
		return false;
	*ret_box = *newest;
	withdraw(record, newest);
	return true;
}

/* The black box -------------------------------------------------------------------------- */

static void add_code(struct trial_box *box, enum finding_code code)
{
	const char *name = finding_name(code);

	if (box->n_findings == TRIAL_BOX_FINDINGS || strlen(name) >= TRIAL_CODE_SIZE)
		return;
	for (unsigned i = 0; i < box->n_findings; i++)
		if (streq(box->findings[i], name))
			return;
	strcpy(box->findings[box->n_findings++], name);
}

/* Adds errors first, as there is room for four codes only. */
static void add_codes(struct trial_box *box, const struct findings *const *lists, size_t n)
{
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_WARNING; severity--)
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; lists[i] && k < lists[i]->n; k++)
				if ((int)lists[i]->items[k].severity == severity)
					add_code(box, lists[i]->items[k].code);
}

void trial_fill_box(const struct snapshot *snapshot, struct trial_box *ret_box)
{
	struct trial_box box = { .stage = TRIAL_STAGE_CLAIMING };

	if (snapshot->boot_id)
		(void)trial_parse_boot_id(snapshot->boot_id, box.boot_id);
	for (size_t i = 0;
	     snapshot->kernel && snapshot->kernel[i] && i < sizeof(box.kernel) - 1; i++)
		box.kernel[i] = strchr(TRIAL_KERNEL_CHARACTERS, snapshot->kernel[i]) ?
					snapshot->kernel[i] :
					'_';
	*ret_box = box;
}

/* The plan may have changed since the last call: a card with a deferred group is judged twice. */
static void list_functions(struct trial_box *box, const struct snapshot *snapshot,
			   const struct plan *plan)
{
	box->n_functions = 0;
	memset(box->functions, 0, sizeof(box->functions));
	for (size_t i = 0; i < plan->n_targets; i++)
		for (size_t k = 0; k < plan->targets[i].n_functions; k++) {
			size_t index = plan->targets[i].functions[k];

			if (box->n_functions < TRIAL_BOX_FUNCTIONS)
				box->functions[box->n_functions].address =
					snapshot->functions[index].address;
			if (box->n_functions < UINT8_MAX)
				box->n_functions++;
		}
}

/* In the order of list_functions(). A card that was claimed and then refused was given back. */
static bool tell_functions(struct trial_box *box, const struct plan *plan,
			   const struct outcome *outcome)
{
	unsigned n = 0;
	bool is_all_done = true;

	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct target *target = &plan->targets[i];
		enum result result = target->verdict == VERDICT_REFUSE ? RESULT_REFUSED :
				     outcome ? outcome->targets[i] :
					       RESULT_NOT_TRIED;

		if (target->verdict == VERDICT_CLAIM ?
			    result != RESULT_CLAIMED :
			    outcome && outcome->targets[i] == RESULT_CLAIMED)
			is_all_done = false;
		for (size_t k = 0; k < target->n_functions && n < TRIAL_BOX_FUNCTIONS; k++)
			box->functions[n++].result = result;
	}
	return is_all_done;
}

void trial_tell_box(struct trial_box *box, const struct config *config,
		    const struct snapshot *snapshot, const struct plan *plan,
		    const struct outcome *outcome)
{
	const struct findings *lists[] = { &config->findings, &snapshot->findings,
					   &plan->findings,
					   outcome ? &outcome->findings : NULL };
	bool is_all_done;

	list_functions(box, snapshot, plan);
	is_all_done = tell_functions(box, plan, outcome);
	box->n_findings = 0;
	memset(box->findings, 0, sizeof(box->findings));
	add_codes(box, lists, ARRAY_SIZE(lists));
	if (outcome)
		box->stage = is_all_done ? TRIAL_STAGE_CLAIMED : TRIAL_STAGE_FAILED;
}

void plan_refuse_all(struct plan *plan, unsigned boots, const char *uncounted)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		plan->targets[i].verdict = VERDICT_REFUSE;
	plan->n_steps = 0;
	if (uncounted)
		findings_add(&plan->findings, NULL, SAY_TRIAL_UNCOUNTED, uncounted);
	else if (boots == 1)
		findings_add(&plan->findings, NULL, SAY_TRIAL_SPENT_ONCE);
	else
		findings_add(&plan->findings, NULL, SAY_TRIAL_SPENT, boots);
}

static const char *const standing_names[] = {
	[TRIAL_NOT_ASKED] = "not-asked", [TRIAL_OFF] = "off",
	[TRIAL_NONE] = "none",		 [TRIAL_UNAVAILABLE] = "unavailable",
	[TRIAL_TRYING] = "on-trial",	 [TRIAL_CONFIRMED] = "confirmed",
	[TRIAL_SPENT] = "spent",	 [TRIAL_UNFINISHED] = "unfinished",
	[TRIAL_UNKNOWN] = "unknown",
};

const char *trial_standing_name(enum trial_standing standing)
{
	return standing_names[standing];
}

enum trial_standing trial_standing_parse(const char *name)
{
	return text_find(standing_names, TRIAL_UNKNOWN, name);
}
