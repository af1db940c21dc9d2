/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

struct verb;
struct verb_option;

void help_print_verbs(FILE *stream, const struct verb *const *verbs);
void help_print_verb(const struct verb *verb);

#define HELP_OPTION_SIZE 64
/* "--boot BOOT" */
const char *help_option(const struct verb_option *row,
			char buffer[static HELP_OPTION_SIZE]);

/* " [--boot BOOT | --list] [--json]", from `column` on, in lines of `width` columns. */
void help_print_synopsis(FILE *stream, const struct verb *verb, int column, int width);
