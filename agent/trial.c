// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * May a claim be tried in this boot, and what is written down of it? Pure: the record that was
 * found, and what is to be claimed, in; a decision and the record to store, out.
 */
#include "trial.h"

#include "sha256.h"

#include <stdarg.h>
#include <stdio.h>

#define FORMAT_VERSION 1
#define HEAD_SIZE 40
#define BOX_SIZE 240
#define FUNCTION_SIZE 8
#define STARTED_MOST ((int64_t)1 << 40)

_Static_assert(HEAD_SIZE + TRIAL_BOXES * BOX_SIZE == TRIAL_RECORD_SIZE_MAX, "size");

/* Where in a box what stands. */
enum {
	AT_STARTED = 16,
	AT_KERNEL = 24,
	AT_ATTEMPT = 72,
	AT_STAGE,
	AT_N_FUNCTIONS,
	AT_N_FINDINGS,
	AT_ELAPSED,
	AT_FUNCTIONS = 80,
	AT_FINDINGS = 144,
};

/* Bytes ---------------------------------------------------------------------------------- */

static void put_number(uint8_t *at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = value >> (8 * i);
}

static uint64_t get_number(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static bool is_zero(const uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (at[i])
			return false;
	return true;
}

/* A text of `size` bytes at most, the last one zero and all behind it: nothing that needs a quote. */
static bool is_plain(const uint8_t *at, size_t size, const char *allowed)
{
	size_t length = 0;

	while (length < size && at[length])
		length++;
	if (length == size || !is_zero(at + length, size - length))
		return false;
	return strspn((const char *)at, allowed) == length;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define KERNEL_CHARACTERS UPPER "abcdefghijklmnopqrstuvwxyz0123456789.+-_~"
#define CODE_CHARACTERS UPPER "_"

static unsigned listed_functions(unsigned n)
{
	return n < TRIAL_BOX_FUNCTIONS ? n : TRIAL_BOX_FUNCTIONS;
}

static void encode_box(const struct trial_box *box, uint8_t *at)
{
	memcpy(at, box->boot_id, sizeof(box->boot_id));
	put_number(at + AT_STARTED, box->started, 8);
	memcpy(at + AT_KERNEL, box->kernel, sizeof(box->kernel));
	at[AT_ATTEMPT] = box->attempt;
	at[AT_STAGE] = box->stage;
	at[AT_N_FUNCTIONS] = box->n_functions;
	at[AT_N_FINDINGS] = box->n_findings;
	put_number(at + AT_ELAPSED, box->elapsed_ms, 4);
	for (unsigned i = 0; i < listed_functions(box->n_functions); i++) {
		const struct trial_function *function = &box->functions[i];
		uint8_t *entry = at + AT_FUNCTIONS + i * FUNCTION_SIZE;

		put_number(entry, function->address.domain, 4);
		entry[4] = function->address.bus;
		entry[5] = function->address.device << 3 | function->address.function;
		entry[6] = function->result;
	}
	for (unsigned i = 0; i < box->n_findings; i++)
		memcpy(at + AT_FINDINGS + i * TRIAL_CODE_SIZE, box->findings[i],
		       TRIAL_CODE_SIZE);
}

size_t trial_encode(const struct trial_record *record,
		    uint8_t buffer[static TRIAL_RECORD_SIZE_MAX])
{
	memset(buffer, 0, TRIAL_RECORD_SIZE_MAX);
	buffer[0] = FORMAT_VERSION;
	buffer[1] = record->state;
	buffer[2] = record->attempts;
	buffer[3] = record->limit;
	buffer[4] = record->n_boxes;
	memcpy(buffer + 8, record->key, TRIAL_KEY_SIZE);
	for (size_t i = 0; i < record->n_boxes; i++)
		encode_box(&record->boxes[i], buffer + HEAD_SIZE + i * BOX_SIZE);
	return HEAD_SIZE + record->n_boxes * BOX_SIZE;
}

/* The results are the words of the report; their numbers stay what they are. */
static bool decode_function(const uint8_t *at, struct trial_function *function)
{
	function->address = (struct bdf){ get_number(at, 4), at[4], at[5] >> 3, at[5] & 7 };
	function->result = at[6];
	return (at[6] == RESULT_NOT_TRIED || at[6] == RESULT_CLAIMED ||
		at[6] == RESULT_REFUSED || at[6] == RESULT_FAILED) &&
	       !at[7];
}

static bool decode_box(const uint8_t *at, struct trial_box *box)
{
	unsigned listed;

	memcpy(box->boot_id, at, sizeof(box->boot_id));
	box->started = get_number(at + AT_STARTED, 8);
	if (box->started < 0 || box->started > STARTED_MOST ||
	    !is_plain(at + AT_KERNEL, sizeof(box->kernel), KERNEL_CHARACTERS))
		return false;
	memcpy(box->kernel, at + AT_KERNEL, sizeof(box->kernel));
	box->attempt = at[AT_ATTEMPT];
	box->stage = at[AT_STAGE];
	box->n_functions = at[AT_N_FUNCTIONS];
	box->n_findings = at[AT_N_FINDINGS];
	box->elapsed_ms = get_number(at + AT_ELAPSED, 4);
	if (box->attempt > TRIAL_LIMIT_MAX || box->stage < TRIAL_STAGE_CLAIMING ||
	    box->stage > TRIAL_STAGE_REFUSED || box->n_findings > TRIAL_BOX_FINDINGS)
		return false;
	listed = listed_functions(box->n_functions);
	for (unsigned i = 0; i < listed; i++)
		if (!decode_function(at + AT_FUNCTIONS + i * FUNCTION_SIZE,
				     &box->functions[i]))
			return false;
	for (unsigned i = 0; i < box->n_findings; i++) {
		const uint8_t *code = at + AT_FINDINGS + i * TRIAL_CODE_SIZE;

		if (!*code || !is_plain(code, TRIAL_CODE_SIZE, CODE_CHARACTERS))
			return false;
		memcpy(box->findings[i], code, TRIAL_CODE_SIZE);
	}
	return is_zero(at + AT_FUNCTIONS + listed * FUNCTION_SIZE,
		       (TRIAL_BOX_FUNCTIONS - listed) * FUNCTION_SIZE) &&
	       is_zero(at + AT_FINDINGS + box->n_findings * TRIAL_CODE_SIZE,
		       (TRIAL_BOX_FINDINGS - box->n_findings) * TRIAL_CODE_SIZE);
}

bool trial_decode(const uint8_t *data, size_t size, struct trial_record *ret_record)
{
	struct trial_record record = {};

	if (size < HEAD_SIZE || data[0] != FORMAT_VERSION || !is_zero(data + 5, 3))
		return false;
	record.state = data[1];
	record.attempts = data[2];
	record.limit = data[3];
	record.n_boxes = data[4];
	memcpy(record.key, data + 8, TRIAL_KEY_SIZE);
	if (record.state < TRIAL_STATE_TRYING || record.state > TRIAL_STATE_SPENT ||
	    record.limit < 1 || record.limit > TRIAL_LIMIT_MAX ||
	    record.attempts > record.limit || record.n_boxes > TRIAL_BOXES ||
	    size != HEAD_SIZE + record.n_boxes * BOX_SIZE)
		return false;
	for (size_t i = 0; i < record.n_boxes; i++)
		if (!decode_box(data + HEAD_SIZE + i * BOX_SIZE, &record.boxes[i]))
			return false;
	*ret_record = record;
	return true;
}

/* Which claim ---------------------------------------------------------------------------- */

struct text {
	char *bytes;
	size_t used, capacity;
};

/* Adds a line of at most `most` bytes. */
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

/* A refused card that is to be held is kept from the host as well. */
static const char *treatment(const struct config *config, const struct target *target)
{
	if (!target->is_the_card_meant)
		return NULL;
	if (target->verdict == VERDICT_CLAIM)
		return "claim";
	return config->on_failure == ON_FAILURE_HOLD ? "hold" : NULL;
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
	return r;
}

static unsigned hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

int trial_find_key(const struct config *config, const struct snapshot *snapshot,
		   const struct plan *plan, uint8_t key[static TRIAL_KEY_SIZE])
{
	const char *built_at = or_none(snapshot->image_built_at);
	const char *kernel = or_none(snapshot->kernel);
	struct text text = {};
	char hex[65];
	int r;

	r = add_line(&text, strlen(built_at) + strlen(kernel) + 128,
		     "config %s\nimage %s\nkernel %s\n", config->sha256, built_at, kernel);
	for (size_t i = 0; i < plan->n_targets && r == 0; i++)
		r = add_target(&text, config, snapshot, &plan->targets[i]);
	if (r == 0) {
		sha256_hex(text.bytes, text.used, hex);
		for (size_t i = 0; i < TRIAL_KEY_SIZE; i++)
			key[i] = hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]);
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

struct trial_box *trial_find_box(struct trial_record *record,
				 const uint8_t boot_id[static 16])
{
	struct trial_box *last = record->n_boxes ? &record->boxes[record->n_boxes - 1] :
						   NULL;

	return last && !memcmp(last->boot_id, boot_id, 16) ? last : NULL;
}

/* A second run in the same boot, by hand, is the same attempt. */
static void forget_this_boot(struct trial_record *record, const struct trial_box *box)
{
	if (record->attempts && !is_zero(box->boot_id, sizeof(box->boot_id)) &&
	    trial_find_box(record, box->boot_id)) {
		record->n_boxes--;
		record->attempts--;
	}
}

bool trial_decide(const struct trial_record *stored, unsigned limit,
		  const uint8_t key[static TRIAL_KEY_SIZE], const struct trial_box *box,
		  struct trial_record *ret_record, bool *ret_is_changed)
{
	struct trial_record record = { .state = TRIAL_STATE_TRYING };
	struct trial_box now = *box;
	bool is_known;

	is_known = stored && !memcmp(stored->key, key, TRIAL_KEY_SIZE);
	if (stored)
		record = *stored; /* also of another claim: its boxes are still to be read */
	*ret_is_changed = false;
	if (is_known && record.state != TRIAL_STATE_TRYING) {
		*ret_record = record;
		return record.state == TRIAL_STATE_CONFIRMED;
	}
	if (!is_known) {
		record.state = TRIAL_STATE_TRYING;
		record.attempts = 0;
		memcpy(record.key, key, TRIAL_KEY_SIZE);
	} else {
		forget_this_boot(&record, box);
	}
	record.limit = limit;
	if (record.attempts >= limit) {
		record.attempts = limit;
		record.state = TRIAL_STATE_SPENT;
		now.stage = TRIAL_STAGE_REFUSED;
		now.attempt = 0;
	} else {
		now.attempt = ++record.attempts;
	}
	push_box(&record, &now);
	*ret_record = record;
	*ret_is_changed = true;
	return record.state == TRIAL_STATE_TRYING;
}

enum trial_confirmation trial_confirm(struct trial_record *record,
				      const uint8_t boot_id[static 16])
{
	const struct trial_box *box = trial_find_box(record, boot_id);

	if (record->state == TRIAL_STATE_CONFIRMED)
		return TRIAL_CONFIRMED_BEFORE;
	if (record->state == TRIAL_STATE_SPENT)
		return TRIAL_IS_SPENT;
	if (!box)
		return TRIAL_NOT_THIS_BOOT;
	if (box->stage != TRIAL_STAGE_CLAIMED) {
		record->attempts = 0;
		return TRIAL_NOT_CLAIMED;
	}
	record->state = TRIAL_STATE_CONFIRMED;
	return TRIAL_CONFIRMED_NOW;
}

void trial_renew(struct trial_record *record)
{
	record->state = TRIAL_STATE_TRYING;
	record->attempts = 0;
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

/* Errors first: there is room for four. */
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
		box.kernel[i] = strchr(KERNEL_CHARACTERS, snapshot->kernel[i]) ?
					snapshot->kernel[i] :
					'_';
	*ret_box = box;
}

/* Of a plan that may be another than before: on probation a card can be judged twice. */
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

/* In the order in which they are listed. A card that was claimed and then refused was given back. */
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

void trial_disarm(struct plan *plan, unsigned boots, const char *uncounted)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		plan->targets[i].verdict = VERDICT_REFUSE;
	plan->n_steps = 0;
	if (uncounted) {
		findings_add(&plan->findings, FINDING_TRIAL_SPENT, NULL,
			     "make room in the firmware's store of variables, or write 'trial = off' in "
			     "the configuration and run 'vfio-claim setup --rebuild'",
			     "the last boot with this claim did not reach the default target, and this "
			     "one cannot be counted (%s), so that it would never be given up: every "
			     "card is left to the host",
			     uncounted);
		return;
	}
	findings_add(&plan->findings, FINDING_TRIAL_SPENT, NULL,
		     "look at 'vfio-claim log --list' for how far the boots before came; then change "
		     "the configuration, or try the same again with 'vfio-claim confirm --again'",
		     "%u boot%s in a row with this claim did not reach the default target, or "
		     "were switched off before: every card is left to the host",
		     boots, boots == 1 ? "" : "s");
}

/* Words ---------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool trial_parse_boot_id(const char *text, uint8_t ret_boot_id[static 16])
{
	uint8_t boot_id[16];

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (*text++ != '-')
				return false;
		if (!is_hex(text[0]) || !is_hex(text[1]))
			return false;
		boot_id[i] = hex_value(text[0]) << 4 | hex_value(text[1]);
		text += 2;
	}
	if (*text)
		return false;
	memcpy(ret_boot_id, boot_id, sizeof(boot_id));
	return true;
}

const char *trial_format_boot_id(const uint8_t boot_id[static 16],
				 char buffer[static BOOT_ID_SIZE])
{
	size_t used = 0;

	for (int i = 0; i < 16; i++)
		used += snprintf(buffer + used, BOOT_ID_SIZE - used, "%s%02x",
				 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
				 boot_id[i]);
	return buffer;
}

const char *trial_standing_name(enum trial_standing standing)
{
	static const char *const names[] = {
		[TRIAL_NOT_ASKED] = "not-asked", [TRIAL_OFF] = "off",
		[TRIAL_NONE] = "none",		 [TRIAL_UNAVAILABLE] = "unavailable",
		[TRIAL_TRYING] = "on-trial",	 [TRIAL_CONFIRMED] = "confirmed",
		[TRIAL_SPENT] = "spent",
	};

	return names[standing];
}
