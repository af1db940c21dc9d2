/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trial boots: a claim that is new or changed must bring the machine up before it is trusted. What
 * of this outlives a boot is one small record, kept in an EFI variable: a few claims, for a machine
 * has several boot images, each with a count of its own, and the black boxes of the last boots.
 */
#pragma once

#include "model/model.h"

#define TRIAL_KEY_SIZE 16
#define TRIAL_TAG_SIZE 4 /* of a key, enough to tell those in one record apart */
#define TRIAL_CLAIMS 4	 /* that the record knows; the one written longest ago goes */
#define TRIAL_BOXES 4	 /* boots that the record tells of */
#define TRIAL_BOX_FUNCTIONS 8
#define TRIAL_BOX_FINDINGS 4
#define TRIAL_CODE_SIZE 24
#define TRIAL_RECORD_SIZE_MAX 1000 /* of the encoded record */
/* Of which a kernel release in the record consists. */
#define TRIAL_KERNEL_CHARACTERS                                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_~"

enum trial_state {
	TRIAL_STATE_TRYING = 1,
	TRIAL_STATE_CONFIRMED,
	TRIAL_STATE_SPENT,
};

/* How far a boot's early run had come when it was last heard of. */
enum trial_stage {
	TRIAL_STAGE_CLAIMING = 1,
	TRIAL_STAGE_CLAIMED,
	TRIAL_STAGE_FAILED,  /* of what was to be done, not all was */
	TRIAL_STAGE_REFUSED, /* the trial was spent */
};

struct trial_function {
	struct bdf address;
	enum result result;
};

/* The black box of one boot. */
struct trial_box {
	uint8_t boot_id[16];
	int64_t started; /* of the kernel, seconds since 1970 by the clock of that boot */
	char kernel[40];
	uint8_t tag[TRIAL_TAG_SIZE]; /* the beginning of its claim's key */
	unsigned attempt, limit;     /* attempt 0: the trial was spent */
	enum trial_stage stage;
	unsigned elapsed_ms;  /* of the agent's run, at that stage */
	unsigned n_functions; /* may be more than are listed */
	struct trial_function functions[TRIAL_BOX_FUNCTIONS];
	unsigned n_findings;
	char findings[TRIAL_BOX_FINDINGS][TRIAL_CODE_SIZE]; /* the first codes */
};

struct trial_claim {
	uint8_t key[TRIAL_KEY_SIZE];
	enum trial_state state;
	unsigned attempts, limit;
};

/* The newest last, in both. */
struct trial_record {
	struct trial_claim claims[TRIAL_CLAIMS];
	size_t n_claims;
	struct trial_box boxes[TRIAL_BOXES];
	size_t n_boxes;
};

/* The record as bytes; their number. */
size_t trial_encode(const struct trial_record *record,
		    uint8_t buffer[static TRIAL_RECORD_SIZE_MAX]);
/* False when these bytes are no record of this version, to the last bit. */
bool trial_decode(const uint8_t *data, size_t size, struct trial_record *ret_record);

/*
 * What is claimed or held, with whom in its groups, under which configuration, image, kernel and
 * firmware, beside which boot display: the same key is the same claim. 0 or -ENOMEM.
 */
int MUST_CHECK trial_find_key(const struct config *config, const struct snapshot *snapshot,
			      const struct plan *plan, uint8_t key[static TRIAL_KEY_SIZE]);

/* NULL: the record does not know it. */
struct trial_claim *trial_find_claim(struct trial_record *record,
				     const uint8_t key[static TRIAL_KEY_SIZE]);

/*
 * May this boot go on? `stored` is what was found, NULL when nothing was; `box` tells of this
 * boot. *ret_record is what must be stored before anything is claimed, when *ret_is_changed; this
 * claim is in it. False: the trial is spent, and nothing may be claimed.
 */
bool MUST_CHECK trial_decide(const struct trial_record *stored, unsigned limit,
			     const uint8_t key[static TRIAL_KEY_SIZE],
			     const struct trial_box *box, struct trial_record *ret_record,
			     bool *ret_is_changed);

/* The newest box of this boot; NULL: there is none. */
struct trial_box *trial_find_box(struct trial_record *record,
				 const uint8_t boot_id[static 16]);

enum trial_confirmation {
	TRIAL_CONFIRMED_NOW,
	TRIAL_CONFIRMED_BEFORE,
	TRIAL_NOT_CLAIMED, /* the attempt is taken back, but a claim that failed proves nothing */
	TRIAL_NOT_THIS_BOOT, /* this boot tried nothing: there is nothing to be said of it */
	TRIAL_IS_SPENT,
};

/*
 * The boot with this id, with this claim (NULL: not known), came up. The record is changed under
 * the first and the third answer; its boxes stay for the caller to file.
 */
enum trial_confirmation trial_confirm(struct trial_record *record, const uint8_t *key,
				      const uint8_t boot_id[static 16]);

/*
 * Lets claims be tried again from the first attempt on: the one with this key (NULL: not known)
 * where it is spent, else all that are, else the one with the key. How many.
 */
size_t trial_renew(struct trial_record *record, const uint8_t *key);

/*
 * This boot (its id) was resumed from hibernation. `before` is the boot of the newest box when it
 * went to sleep, NULL: there was none. A newer one is of the boot that resumed it, whose attempt
 * is given back: true, with its box.
 */
bool MUST_CHECK trial_give_back(struct trial_record *record,
				const uint8_t boot_id[static 16], const uint8_t *before,
				struct trial_box *ret_box);

/* A box for this boot: which, and its kernel. */
void trial_fill_box(const struct snapshot *snapshot, struct trial_box *ret_box);
/* What came of it. `outcome` may be NULL when nothing was done. */
void trial_tell_box(struct trial_box *box, const struct config *config,
		    const struct snapshot *snapshot, const struct plan *plan,
		    const struct outcome *outcome);

/*
 * The plan of a claim whose trial is spent: every card is left to the host, none is held. What
 * kept this boot from being counted, when that is why; else NULL.
 */
void trial_disarm(struct plan *plan, unsigned boots, const char *uncounted);

/* The first `n` bytes of a text of two hexadecimal digits each; and back, 2 * n characters. */
bool trial_parse_hex(const char *text, uint8_t *ret_bytes, size_t n);
#define TRIAL_KEY_TEXT_SIZE (2 * TRIAL_KEY_SIZE + 1)
void trial_format_hex(const uint8_t *bytes, size_t n, char *buffer);
/* 36 characters of hexadecimal digits and dashes, as the kernel writes a boot id; and back. */
bool trial_parse_boot_id(const char *text, uint8_t ret_boot_id[static 16]);
#define BOOT_ID_SIZE 37
const char *trial_format_boot_id(const uint8_t boot_id[static 16],
				 char buffer[static BOOT_ID_SIZE]);

/* What is said of the trial in this boot's report. */
enum trial_standing {
	TRIAL_NOT_ASKED,   /* nothing is to be claimed */
	TRIAL_OFF,	   /* by configuration */
	TRIAL_NONE,	   /* the system has no EFI variables */
	TRIAL_UNAVAILABLE, /* it has, and they cannot be used */
	TRIAL_TRYING,
	TRIAL_CONFIRMED,
	TRIAL_SPENT,
	TRIAL_UNFINISHED, /* a boot on trial that left only its black box */
	TRIAL_UNKNOWN,	  /* another word, in a report */
};

struct trial_status {
	enum trial_standing standing;
	unsigned attempt, limit;
	bool has_key; /* the record was looked at */
	uint8_t key[TRIAL_KEY_SIZE];
	char reason[160]; /* of TRIAL_UNAVAILABLE, and of TRIAL_SPENT when this boot cannot be counted */
};

const char *trial_standing_name(enum trial_standing standing);
enum trial_standing trial_standing_parse(const char *name);
