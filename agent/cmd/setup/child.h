/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/*
 * child_guard_nothing_changed(): INT, TERM and HUP print that nothing was changed, and end the program.
 * child_guard_changes(): from now on they only go to the running child, and child_was_interrupted()
 * becomes true.
 */
void child_guard_nothing_changed(void);
void child_guard_changes(void);
bool child_was_interrupted(void);

/*
 * Runs a program and hands over each line of its output. Returns its exit status, 128 plus the number
 * of the signal that ended it, or negative errno when it did not start.
 */
int MUST_CHECK child_run(const char *const *arguments,
			 void (*take)(void *data, const char *line), void *data);

/* The arguments as one line for people, cut off at the end of the buffer. */
const char *child_format(const char *const *arguments, char *buffer, size_t size);
