/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * The absolute path that a link points to, from its text alone. The path to the link must have no
 * links itself, as in /sys/class, /sys/dev, /sys/bus and /dev. -EINVAL: not a link; -ENAMETOOLONG.
 */
int MUST_CHECK device_path_resolve(const struct root *root, const char *link,
				   char *buffer, size_t size);

/*
 * The PCI functions that the device at this resolved /sys/devices path depends on: the last one on
 * the path (its controller, not the bridges above), and each one that creates a PCI domain below
 * itself (Intel VMD). Returns their number.
 */
#define DEVICE_PATH_FUNCTIONS 4
size_t device_path_functions(const char *path, struct bdf functions[DEVICE_PATH_FUNCTIONS]);
