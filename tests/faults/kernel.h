/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/util.h"

/* Effects of the agent's writes and loads on the layer's folder: a small driver core. */
bool kernel_is_attribute(const char *path);
ssize_t kernel_write(const char *path, const char *text, size_t size);
void kernel_load(const char *path);

/* "" for none. The override without its line break; "" for none. */
void kernel_driver(const char *address, char driver[static 64]);
void kernel_override(const char *address, char override[static 64]);

/* The function's state before the agent: with this driver, or NULL. */
void kernel_reset_function(const char *address, const char *driver);
void kernel_reset(void);
