/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "survey.h"

/* Exit codes of the command: a contract. */
enum {
	EXIT_AS_CONFIGURED = 0,
	EXIT_NOT_AS_CONFIGURED = 1,
	EXIT_USAGE = 2,
};

/* What the verbs take; which of it a verb knows is its own affair. */
struct cmd_options {
	struct root root;
	char **arguments; /* of argv */
	size_t n_arguments;
	bool wants_json;
	bool wants_all;
	bool wants_headings;
	bool wants_colour;
	const char *columns;	  /* NULL: the default ones */
	const char *boot, *since; /* NULL: not given */
	bool wants_list, wants_metrics;
	bool wants_again, is_hibernating, has_resumed;
	bool is_dry_run, wants_yes;
	bool wants_apply_cmdline, wants_force, wants_rebuild, wants_no_trial,
		wants_menu_entry;
	bool is_done; /* --help was asked and answered */
};

/* Letters of the options that a verb knows beside --json, --sysroot and --help. */
#define CMD_ALL "a"
#define CMD_HEADINGS "n" /* --noheadings */
#define CMD_COLUMNS "no" /* and -o */
#define CMD_BOOTS "blS"	 /* --boot, --list, --since */
#define CMD_METRICS "m"
#define CMD_CONFIRM "AHW" /* --again, --hibernating, --resumed */
#define CMD_ARGUMENTS "+"
#define CMD_CHANGE "DY" /* --dry-run, --yes */
#define CMD_SETUP                                                                        \
	"CFRTM" /* --apply-cmdline, --force, --rebuild, --no-trial, --menu-entry */

/* Reads the verb's options; EXIT_USAGE after a message when they are wrong, else 0. */
int cmd_parse(int argc, char **argv, const char *usage, const char *known,
	      struct cmd_options *ret_options);
void cmd_options_done(struct cmd_options *options);

/* What brings agent and configuration into the boot images, whatever builds them. */
#define REMEDY_REBUILD "run 'vfio-claim setup --rebuild', then reboot"

struct report;

/* This boot's report. NULL after a message when there is none that can be read. */
struct report *cmd_read_report(const struct root *root);
void cmd_say_no_report(void);

/*
 * Replaces what the configuration names by these selectors, keeping its policies. EXIT_USAGE
 * after a message that names the bad one, else 0.
 */
int cmd_select(struct config *config, char **selectors, size_t n);
/* The same for one function, by its address. 0 or -ENOMEM. */
int MUST_CHECK cmd_select_function(struct config *config, const struct bdf *address);

/* "vfio-claim: <what>: <error>" for a negative errno; returns EXIT_NOT_AS_CONFIGURED. */
int cmd_fail(const char *what, int r);

int cmd_check(int argc, char **argv);
int cmd_confirm(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_image_record(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_setup(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_verify(int argc, char **argv);
