/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/setup/setup-parts.h"

/*
 * Prints what setup or remove did as a document for programs (schemas/setup.schema.json), by its exit
 * code. Without `setup` the verb is remove. Returns the exit code.
 */
int change_print_document(const struct root *root, struct change *change,
			  const struct setup *setup, int code);
