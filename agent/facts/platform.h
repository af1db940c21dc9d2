/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

#define CMDLINE_PATH "/proc/cmdline"
/* The kernel command line, to be freed. 0 or negative errno. */
int MUST_CHECK platform_read_cmdline(const struct root *root, char **ret_cmdline);

/* The id of this boot. 0 or negative errno. */
#define PLATFORM_BOOT_ID_SIZE 64
int MUST_CHECK platform_read_boot_id(const struct root *root,
				     char buffer[static PLATFORM_BOOT_ID_SIZE]);

/* Firmware and machine in one line, to be freed; NULL: unknown. */
int MUST_CHECK platform_read_firmware(const struct root *root, char **ret_firmware);
