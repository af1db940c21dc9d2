/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/*
 * Of every display function: is it the boot display, and is the firmware's framebuffer on it?
 * And the framebuffer's own device
 * and console. What cannot be read stays unreadable. 0 or -ENOMEM.
 */
int MUST_CHECK display_read(const struct root *root, struct snapshot *snapshot);
