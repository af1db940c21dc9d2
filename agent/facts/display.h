/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * Marks the boot display and the one with the firmware's framebuffer; records the framebuffer's
 * device, driver and console. Unreadable facts stay unreadable. 0 or -ENOMEM.
 */
int MUST_CHECK display_read(const struct root *root, struct snapshot *snapshot);
