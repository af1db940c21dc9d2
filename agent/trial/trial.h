/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides trial boots: a new or changed claim is trusted only after a boot with it has come up. One
 * small record in an EFI variable outlives the boot. It has a few claims, each with its own count,
 * because a machine has several boot images; and the black boxes of the last boots.
 */
#pragma once

#include "model/model.h"

#define TRIAL_KEY_SIZE 16
#define TRIAL_TAG_SIZE 4 /* the start of a key: unique enough in one record */
#define TRIAL_CLAIMS 4	 /* in the record; a new one replaces the oldest */
#define TRIAL_BOXES 4	 /* boots in the record */
#define TRIAL_BOX_FUNCTIONS 8
#define TRIAL_BOX_FINDINGS 4
#define TRIAL_CODE_SIZE 24
#define TRIAL_RECORD_SIZE_MAX 1000 /* of the encoded record */
/* The characters of a kernel release in the record. */
#define TRIAL_KERNEL_CHARACTERS                                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_~"

enum trial_state {
	TRIAL_STATE_TRYING = 1,
	TRIAL_STATE_CONFIRMED,
	TRIAL_STATE_SPENT,
};

/* The last known stage of a boot's early run. */
enum trial_stage {
	TRIAL_STAGE_CLAIMING = 1,
	TRIAL_STAGE_CLAIMED,
	TRIAL_STAGE_FAILED,  /* the plan was not carried out completely */
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

/* In both lists the newest is the last. */
struct trial_record {
	struct trial_claim claims[TRIAL_CLAIMS];
	size_t n_claims;
	struct trial_box boxes[TRIAL_BOXES];
	size_t n_boxes;
};

/* Encodes the record and returns the number of bytes. */
size_t trial_encode(const struct trial_record *record,
		    uint8_t buffer[static TRIAL_RECORD_SIZE_MAX]);
/* False if the bytes are not exactly a record of this version. */
bool trial_decode(const uint8_t *data, size_t size, struct trial_record *ret_record);

/*
 * The key of a claim: its functions and their groups, configuration, image, kernel, firmware and
 * boot display. The same key is the same claim. 0 or -ENOMEM.
 */
int MUST_CHECK trial_find_key(const struct config *config, const struct snapshot *snapshot,
			      const struct plan *plan, uint8_t key[static TRIAL_KEY_SIZE]);

/* NULL: the record has no such claim. */
struct trial_claim *trial_find_claim(struct trial_record *record,
				     const uint8_t key[static TRIAL_KEY_SIZE]);

/*
 * May this boot claim? `stored` is the stored record or NULL, `box` describes this boot. If
 * *ret_is_changed, *ret_record must be stored before anything is claimed; it has this claim. False:
 * the trial is spent, and nothing may be claimed.
 */
bool MUST_CHECK trial_decide(const struct trial_record *stored, unsigned limit,
			     const uint8_t key[static TRIAL_KEY_SIZE],
			     const struct trial_box *box, struct trial_record *ret_record,
			     bool *ret_is_changed);

/* The newest box of this boot, or NULL. */
struct trial_box *trial_find_box(struct trial_record *record,
				 const uint8_t boot_id[static 16]);

enum trial_confirmation {
	TRIAL_CONFIRMED_NOW,
	TRIAL_CONFIRMED_BEFORE,
	TRIAL_NOT_CLAIMED, /* the claim failed: the boot proves nothing, and the count begins again */
	TRIAL_NOT_THIS_BOOT, /* this boot tried nothing */
	TRIAL_IS_SPENT,
};

/*
 * Confirms the boot with this id and this claim (NULL: not known): it came up. Changes the record
 * with the first and the third answer. The caller files the boxes.
 */
enum trial_confirmation trial_confirm(struct trial_record *record, const uint8_t *key,
				      const uint8_t boot_id[static 16]);

/*
 * Starts trials over: of the claim with this key (NULL: not known) if it is spent, otherwise of all
 * spent claims, otherwise of the one with the key. Returns their number.
 */
size_t trial_renew(struct trial_record *record, const uint8_t *key);

/*
 * Withdraws the attempt of the boot that resumed this one (`boot_id`) from hibernation. `before` is
 * the boot of the newest box at hibernation, or NULL. A newer box belongs to the resuming boot:
 * true, with the box.
 */
bool MUST_CHECK trial_give_back(struct trial_record *record,
				const uint8_t boot_id[static 16], const uint8_t *before,
				struct trial_box *ret_box);

/* Starts a box for this boot: its id and its kernel. */
void trial_fill_box(const struct snapshot *snapshot, struct trial_box *ret_box);
/* Adds the result. `outcome` is NULL if nothing was done. */
void trial_tell_box(struct trial_box *box, const struct config *config,
		    const struct snapshot *snapshot, const struct plan *plan,
		    const struct outcome *outcome);

/*
 * Refuses every card, and holds none: the trial is spent. `uncounted` is the error that keeps this
 * boot from being counted, or NULL.
 */
void plan_refuse_all(struct plan *plan, unsigned boots, const char *uncounted);

/* Parses `n` bytes of two hexadecimal digits each; formats them as 2 * n characters. */
bool trial_parse_hex(const char *text, uint8_t *ret_bytes, size_t n);
#define TRIAL_KEY_TEXT_SIZE (2 * TRIAL_KEY_SIZE + 1)
void trial_format_hex(const uint8_t *bytes, size_t n, char *buffer);
/* Parses and formats the 36 characters of a boot id, as the kernel writes it. */
bool trial_parse_boot_id(const char *text, uint8_t ret_boot_id[static 16]);
#define BOOT_ID_SIZE 37
const char *trial_format_boot_id(const uint8_t boot_id[static 16],
				 char buffer[static BOOT_ID_SIZE]);

/* The state of the trial in this boot's report. */
enum trial_standing {
	TRIAL_NOT_ASKED, /* nothing is to be claimed */
	TRIAL_OFF,	 /* `trial = off` */
	TRIAL_NONE,	 /* the system has no EFI variables */
	TRIAL_UNAVAILABLE, /* EFI variables cannot be used, or nothing would confirm the boot */
	TRIAL_TRYING,
	TRIAL_CONFIRMED,
	TRIAL_SPENT,
	TRIAL_UNFINISHED, /* a boot on trial that left only its black box */
	TRIAL_UNKNOWN,	  /* another word, in a report */
};

struct trial_status {
	enum trial_standing standing;
	unsigned attempt, limit;
	bool has_key; /* the record was read */
	uint8_t key[TRIAL_KEY_SIZE];
	char reason[160]; /* of TRIAL_UNAVAILABLE, and of TRIAL_SPENT if this boot cannot be counted */
};

const char *trial_standing_name(enum trial_standing standing);
enum trial_standing trial_standing_parse(const char *name);
