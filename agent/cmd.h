/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "root.h"

/* Exit codes of the command: a contract. */
enum {
	EXIT_AS_CONFIGURED = 0,
	EXIT_NOT_AS_CONFIGURED = 1,
	EXIT_USAGE = 2,
};

/* What every verb takes, and the verb's own switches. */
struct cmd_options {
	struct root root;
	bool wants_json;
	bool wants_colour;
	bool is_done; /* --help was asked and answered */
};

/* Reads the verb's options; EXIT_USAGE after a message when they are wrong, else 0. */
int cmd_parse(int argc, char **argv, const char *usage, struct cmd_options *ret_options);
void cmd_options_done(struct cmd_options *options);

struct json_object;

/* This boot's report. NULL after a message when there is none that can be read. */
struct json_object *cmd_read_report(const struct root *root);

int cmd_log(int argc, char **argv);
int cmd_status(int argc, char **argv);
