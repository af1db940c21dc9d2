/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"

/*
 * Writes what kernel packages run after proxmox-boot-tool, so that the entry on its ESPs names a kernel that is
 * there. EXIT_... after a message.
 */
int kernel_hooks_write(const struct root *root);
/* 0 or negative errno. */
int MUST_CHECK kernel_hooks_remove(const struct root *root);
