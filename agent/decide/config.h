/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/model.h"

#define CONFIG_PATH "/etc/vfio-claim.conf"
#define CONFIG_SIZE_MAX (64 * 1024)

void config_init(struct config *config);

/*
 * Parses `size` bytes of configuration text, whatever they are. Each error becomes a finding with
 * file, line and text, and then nothing may be claimed (see plan.c). 0, or -ENOMEM.
 */
int MUST_CHECK config_parse(struct config *config, const char *text, size_t size);

/*
 * What a setting of the file takes, as text for a message; NULL: this value is one of them. `key` is a
 * setting's.
 */
const char *config_find_wrong(const char *key, const char *value);

/* Parses the vfio_claim.* parameters of a kernel command line. 0, or -ENOMEM. */
int MUST_CHECK config_parse_cmdline(struct config *config, const char *text);
