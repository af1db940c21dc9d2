/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * Where a link leads, from its text alone, as an absolute path. The folder that holds the link
 * must not be reached through links itself; so it is in /sys/class, /sys/dev, /sys/bus, /dev.
 * -EINVAL when it is not a link, -ENAMETOOLONG.
 */
int MUST_CHECK device_path_resolve(const struct root *root, const char *link,
				   char *buffer, size_t size);

/*
 * The PCI functions that the device at this resolved /sys/devices path hangs on: the last one
 * on the way (its controller, not the bridges above), and each that makes a PCI domain of its
 * own below itself (Intel VMD). Their number; 0: the path holds none.
 */
#define DEVICE_PATH_FUNCTIONS 4
size_t device_path_functions(const char *path, struct bdf functions[DEVICE_PATH_FUNCTIONS]);
