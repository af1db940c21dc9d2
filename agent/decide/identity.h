/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Room for all words of an identity. */
#define IDENTITY_SIZE (PCI_PATH_SIZE + 128)

/* The words of one card as in `gpu = ...`. NULL, or what is wrong with them, in static words. */
const char *identity_parse(const char *text, size_t size, struct identity *ret_identity);
/* One word more. NULL, or what is wrong with it. */
const char *identity_add_word(struct identity *identity, const char *word);
const char *identity_format(const struct identity *identity,
			    char buffer[static IDENTITY_SIZE]);

/* All words that are known of a function. */
struct identity identity_of(const struct function *function);

bool identity_equal(const struct identity *a, const struct identity *b);

/* Zeros and ones are what a card answers that was never given a number. */
static inline bool identity_is_serial(uint64_t serial)
{
	return serial && serial != UINT64_MAX;
}

/* The id and subsystem that are given hold for this function; or may hold, where they cannot be
 * read. The serial number is not asked: all cards of one kind are alike. */
bool identity_is_kind(const struct identity *identity, const struct function *function);
bool identity_may_be_kind(const struct identity *identity, const struct function *function);
bool identity_serial_may_agree(const struct identity *identity,
			       const struct function *function);

/* The function is where the identity says: by the path, or by the address if no path is given. */
bool identity_is_place(const struct identity *identity, const struct function *function);
/* By both, as far as they are given. */
bool identity_is_as_written(const struct identity *identity,
			    const struct function *function);

/* Could any word of the identity name this function? Then its slot must be read in detail. */
bool identity_concerns(const struct identity *identity, const struct function *function);
