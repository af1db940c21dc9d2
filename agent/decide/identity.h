/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

/* Room for all words of an identity. */
#define IDENTITY_SIZE (PCI_PATH_SIZE + 128)

/* Parses the words of one card, as in `gpu = ...`. NULL, or a static text with the error. */
const char *identity_parse(const char *text, size_t size, struct identity *ret_identity);
/* Adds one word. NULL, or the error. */
const char *identity_add_word(struct identity *identity, const char *word);
const char *identity_format(const struct identity *identity,
			    char buffer[static IDENTITY_SIZE]);

/* All known words of a function. */
struct identity identity_of(const struct function *function);

bool identity_equal(const struct identity *a, const struct identity *b);

/* A card without a number reads all zeros or all ones. */
static inline bool identity_is_serial(uint64_t serial)
{
	return serial && serial != UINT64_MAX;
}

/* Do the given id and subsystem match this function; or may they, if they cannot be read? The
 * serial number does not count: it tells cards of one kind apart. */
bool identity_is_kind(const struct identity *identity, const struct function *function);
bool identity_may_be_kind(const struct identity *identity, const struct function *function);
bool identity_serial_may_agree(const struct identity *identity,
			       const struct function *function);

/* Is the function at the identity's path, or at its address if no path is given? */
bool identity_is_place(const struct identity *identity, const struct function *function);
/* Is the function at both, as far as they are given? */
bool identity_is_as_written(const struct identity *identity,
			    const struct function *function);

/* Does any word of the identity match this function? Then its slot must be read in detail. */
bool identity_concerns(const struct identity *identity, const struct function *function);
