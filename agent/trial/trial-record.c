// SPDX-License-Identifier: GPL-2.0-or-later
/* Encodes and decodes the trial record, to the byte. Opens nothing. */
#include "trial/trial.h"

#include <stdio.h>

#define FORMAT_VERSION 2
#define HEAD_SIZE 4
#define CLAIM_SIZE (TRIAL_KEY_SIZE + 4)
#define BOX_SIZE 226
#define FUNCTION_SIZE 7

_Static_assert(HEAD_SIZE + TRIAL_CLAIMS * CLAIM_SIZE + TRIAL_BOXES * BOX_SIZE <=
		       TRIAL_RECORD_SIZE_MAX,
	       "size");

/* The offsets in an encoded box. */
enum {
	AT_TAG = 16,
	AT_ELAPSED = 20,
	AT_STARTED = 24, /* five bytes */
	AT_ATTEMPT = 29,
	AT_LIMIT,
	AT_STAGE,
	AT_N_FUNCTIONS,
	AT_N_FINDINGS,
	AT_KERNEL,
	AT_FUNCTIONS = AT_KERNEL + 40,
	AT_FINDINGS = AT_FUNCTIONS + TRIAL_BOX_FUNCTIONS * FUNCTION_SIZE,
};

_Static_assert(AT_FINDINGS + TRIAL_BOX_FINDINGS * TRIAL_CODE_SIZE == BOX_SIZE, "box");

/* Bytes ---------------------------------------------------------------------------------- */

struct trial_claim *trial_find_claim(struct trial_record *record,
				     const uint8_t key[static TRIAL_KEY_SIZE])
{
	for (size_t i = 0; i < record->n_claims; i++)
		if (!memcmp(record->claims[i].key, key, TRIAL_KEY_SIZE))
			return &record->claims[i];
	return NULL;
}

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

/* A text of allowed characters that ends within `size` bytes, with only zeros behind it. */
static bool is_plain(const uint8_t *at, size_t size, const char *allowed)
{
	size_t length = 0;

	while (length < size && at[length])
		length++;
	if (length == size || !is_zero(at + length, size - length))
		return false;
	return strspn((const char *)at, allowed) == length;
}

#define CODE_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static unsigned listed_functions(unsigned n)
{
	return n < TRIAL_BOX_FUNCTIONS ? n : TRIAL_BOX_FUNCTIONS;
}

static void encode_claim(const struct trial_claim *claim, uint8_t *at)
{
	memcpy(at, claim->key, TRIAL_KEY_SIZE);
	at[TRIAL_KEY_SIZE] = claim->state;
	at[TRIAL_KEY_SIZE + 1] = claim->attempts;
	at[TRIAL_KEY_SIZE + 2] = claim->limit;
}

static void encode_box(const struct trial_box *box, uint8_t *at)
{
	memcpy(at, box->boot_id, sizeof(box->boot_id));
	memcpy(at + AT_TAG, box->tag, TRIAL_TAG_SIZE);
	put_number(at + AT_ELAPSED, box->elapsed_ms, 4);
	put_number(at + AT_STARTED, box->started, 5);
	at[AT_ATTEMPT] = box->attempt;
	at[AT_LIMIT] = box->limit;
	at[AT_STAGE] = box->stage;
	at[AT_N_FUNCTIONS] = box->n_functions;
	at[AT_N_FINDINGS] = box->n_findings;
	memcpy(at + AT_KERNEL, box->kernel, sizeof(box->kernel));
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
	size_t used = HEAD_SIZE;

	memset(buffer, 0, TRIAL_RECORD_SIZE_MAX);
	buffer[0] = FORMAT_VERSION;
	buffer[1] = record->n_claims;
	buffer[2] = record->n_boxes;
	for (size_t i = 0; i < record->n_claims; i++, used += CLAIM_SIZE)
		encode_claim(&record->claims[i], buffer + used);
	for (size_t i = 0; i < record->n_boxes; i++, used += BOX_SIZE)
		encode_box(&record->boxes[i], buffer + used);
	return used;
}

static bool decode_claim(const uint8_t *at, struct trial_claim *claim)
{
	memcpy(claim->key, at, TRIAL_KEY_SIZE);
	claim->state = at[TRIAL_KEY_SIZE];
	claim->attempts = at[TRIAL_KEY_SIZE + 1];
	claim->limit = at[TRIAL_KEY_SIZE + 2];
	return claim->state >= TRIAL_STATE_TRYING && claim->state <= TRIAL_STATE_SPENT &&
	       claim->limit >= 1 && claim->limit <= TRIAL_LIMIT_MAX &&
	       claim->attempts <= claim->limit && !at[TRIAL_KEY_SIZE + 3];
}

/* The results are the words of the report. Their numbers never change. */
static bool decode_function(const uint8_t *at, struct trial_function *function)
{
	function->address = (struct bdf){ get_number(at, 4), at[4], at[5] >> 3, at[5] & 7 };
	function->result = at[6];
	return at[6] == RESULT_NOT_TRIED || at[6] == RESULT_CLAIMED ||
	       at[6] == RESULT_REFUSED || at[6] == RESULT_FAILED;
}

static bool decode_box(const uint8_t *at, struct trial_box *box)
{
	unsigned listed;

	memcpy(box->boot_id, at, sizeof(box->boot_id));
	memcpy(box->tag, at + AT_TAG, TRIAL_TAG_SIZE);
	box->started = get_number(at + AT_STARTED, 5);
	if (!is_plain(at + AT_KERNEL, sizeof(box->kernel), TRIAL_KERNEL_CHARACTERS))
		return false;
	memcpy(box->kernel, at + AT_KERNEL, sizeof(box->kernel));
	box->attempt = at[AT_ATTEMPT];
	box->limit = at[AT_LIMIT];
	box->stage = at[AT_STAGE];
	box->n_functions = at[AT_N_FUNCTIONS];
	box->n_findings = at[AT_N_FINDINGS];
	box->elapsed_ms = get_number(at + AT_ELAPSED, 4);
	if (box->limit < 1 || box->limit > TRIAL_LIMIT_MAX || box->attempt > box->limit ||
	    box->stage < TRIAL_STAGE_CLAIMING || box->stage > TRIAL_STAGE_REFUSED ||
	    box->n_findings > TRIAL_BOX_FINDINGS)
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
	size_t used = HEAD_SIZE;

	if (size < HEAD_SIZE || data[0] != FORMAT_VERSION || data[3])
		return false;
	record.n_claims = data[1];
	record.n_boxes = data[2];
	if (record.n_claims > TRIAL_CLAIMS || record.n_boxes > TRIAL_BOXES ||
	    size != HEAD_SIZE + record.n_claims * CLAIM_SIZE + record.n_boxes * BOX_SIZE)
		return false;
	for (size_t i = 0; i < record.n_claims; i++, used += CLAIM_SIZE)
		if (!decode_claim(data + used, &record.claims[i]) ||
		    trial_find_claim(&record, record.claims[i].key) != &record.claims[i])
			return false; /* a claim that stands there twice */
	for (size_t i = 0; i < record.n_boxes; i++, used += BOX_SIZE)
		if (!decode_box(data + used, &record.boxes[i]))
			return false;
	*ret_record = record;
	return true;
}

/* Words ---------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static unsigned hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

bool trial_parse_hex(const char *text, uint8_t *ret_bytes, size_t n)
{
	for (size_t i = 0; i < n; i++, text += 2) {
		if (!is_hex(text[0]) || !is_hex(text[1]))
			return false;
		ret_bytes[i] = hex_value(text[0]) << 4 | hex_value(text[1]);
	}
	return true;
}

void trial_format_hex(const uint8_t *bytes, size_t n, char *buffer)
{
	for (size_t i = 0; i < n; i++)
		snprintf(buffer + 2 * i, 3, "%02x", bytes[i]);
}

bool trial_parse_boot_id(const char *text, uint8_t ret_boot_id[static 16])
{
	uint8_t boot_id[16];

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (*text++ != '-')
				return false;
		if (!trial_parse_hex(text, boot_id + i, 1))
			return false;
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
