/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/verb.h"
#include "survey.h"

/* In the order of help, which leaves out the verbs for programs. */
#define VERBS(X)                                                                         \
	X(list)                                                                          \
	X(check)                                                                         \
	X(explain)                                                                       \
	X(map)                                                                           \
	X(setup)                                                                         \
	X(remove)                                                                        \
	X(log)                                                                           \
	X(status)                                                                        \
	X(handover)                                                                      \
	X(claim)                                                                         \
	X(release)                                                                       \
	X(verify)                                                                        \
	X(confirm)                                                                       \
	X(dump)                                                                          \
	X(help)                                                                          \
	X(arrive)                                                                        \
	X(image_record)                                                                  \
	X(image_free)                                                                    \
	X(menu_renew)                                                                    \
	X(vf)                                                                            \
	X(tables)

#define X(name) extern const struct verb verb_##name;
VERBS(X)
#undef X

struct report;

/* This boot's report. NULL after a message when it is missing or cannot be read. */
struct report *cmd_read_report(const struct root *root);
void cmd_say_no_report(void);
/* The report as text for this page, with names; to be freed. NULL: no memory. */
char *cmd_report_text(const struct cmd *cmd, const struct report *report);
/* As text, or as the document with --json. 0 or -ENOMEM. */
int MUST_CHECK cmd_print_report(const struct cmd *cmd, const struct report *report);

/*
 * Replaces the cards that the configuration names by these selectors, and keeps its policies.
 * EXIT_USAGE after a message that names the bad selector, else 0.
 */
int cmd_select(struct config *config, char **selectors, size_t n);
/* The same for selectors as people write them on the command line (cmd/selector.h). */
int cmd_select_written(const struct cmd *cmd, struct config *config, char **selectors,
		       size_t n);
/* The same for one function, by its address. 0 or -ENOMEM. */
int MUST_CHECK cmd_select_function(struct config *config, const struct bdf *address);

/* "vfio-claim: <what>: <error>" for a negative errno; returns EXIT_NOT_AS_CONFIGURED. */
int cmd_fail(const char *what, int r);
