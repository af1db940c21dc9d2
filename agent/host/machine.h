/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Reads what is above, around and in the kernel into snapshot->platform. 0 or -ENOMEM. */
int MUST_CHECK machine_read(const struct root *root, struct snapshot *snapshot);

/*
 * Reduces /proc/cpuinfo and a kernel's configuration, in place, to the words that machine_read()
 * looks for. Returns the new size.
 */
size_t machine_reduce_cpu(char *text, size_t size);
size_t machine_reduce_config(char *text);
