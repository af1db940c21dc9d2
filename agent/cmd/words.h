/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"
#include "model/model.h"

/* The reason for a refusal in few words, or the code's name; static. */
const char *reason_words(enum finding_code code);

/* A verdict of check_display() for people: "can be claimed", "no: shared group"; static, or buffer. */
#define VERDICT_WORDS_SIZE 48
const char *verdict_words(const char *verdict, char buffer[static VERDICT_WORDS_SIZE]);
enum colour verdict_colour(const char *verdict);

/* The kind of a port of PCI Express, "root port"; NULL: no port, or not known. */
const char *port_words(const struct function *function);
/* The class, or the kind of a port as far as it is known: "display", "root port". */
const char *function_words(const struct function *function);
