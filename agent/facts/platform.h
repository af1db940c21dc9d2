/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* The makers, as far as the system tells. 0 or -ENOMEM. */
int MUST_CHECK platform_read(const struct root *root, struct platform *platform);

/* Firmware and machine, to be freed; NULL: not known. */
int MUST_CHECK platform_read_firmware(const struct root *root, char **ret_firmware);

/* ID of os-release, to be freed; NULL: it does not say. An image has its record instead. */
int MUST_CHECK platform_read_distribution(const struct root *root, char **ret_distribution);
