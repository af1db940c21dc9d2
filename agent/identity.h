/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"

/* The words of one card as in `gpu = ...`. NULL, or what is wrong with them, in static words. */
const char *identity_parse(const char *text, size_t size, struct identity *ret_identity);

bool identity_equal(const struct identity *a, const struct identity *b);

/* All words of the identity but the address hold for this function. */
bool identity_agrees(const struct identity *identity, const struct function *function);

/* Could any word of the identity name this function? Then its slot must be read in detail. */
bool identity_concerns(const struct identity *identity, const struct function *function);

/* The id, subsystem and serial number that are given hold, or may hold, for this function. */
bool identity_print_agrees(const struct identity *identity,
			   const struct function *function);
bool identity_print_may_agree(const struct identity *identity,
			      const struct function *function);
