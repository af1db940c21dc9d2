/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

#define CONFIG_PATH "/etc/vfio-claim.conf"
#define CONFIG_SIZE_MAX (64 * 1024)

void config_init(struct config *config);

/*
 * Reads configuration text of `size` bytes; any bytes will do. What is wrong is added to
 * config->findings, with file, line and text; then nothing may be claimed (see plan.c).
 * 0, or -ENOMEM.
 */
int MUST_CHECK config_parse(struct config *config, const char *text, size_t size);

/* The vfio_claim.* parameters of a kernel command line. 0, or -ENOMEM. */
int MUST_CHECK config_parse_cmdline(struct config *config, const char *text);
