/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/*
 * From here on Ctrl-C and the like (INT, TERM, HUP) end nothing in half: the running child gets
 * them, and child_was_interrupted() tells of it. Before, they say that nothing was changed and
 * end the program.
 */
void child_guard_nothing_changed(void);
void child_guard_changes(void);
bool child_was_interrupted(void);

/*
 * Runs a program with these arguments and shows each line of its output behind a mark. Its exit
 * status, 128 and the signal's number when one ended it, or negative errno when it did not start.
 */
int MUST_CHECK child_run(const char *const *arguments);

/* The arguments as one line for people, cut off where the buffer ends. */
const char *child_format(const char *const *arguments, char *buffer, size_t size);
