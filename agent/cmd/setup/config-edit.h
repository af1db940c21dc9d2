/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/identity.h"

/*
 * The file's text with these values of `gpu =` in place of those it has: each where one stood
 * before that it replaces, the others after them. All other lines stay as they are, byte for
 * byte. `old` is what the text was parsed to. To be freed; 0 or -ENOMEM.
 */
struct config_gpu {
	const char *value;
	const struct wanted *replaces; /* of old->wanted; NULL: a new line */
};
int MUST_CHECK config_edit(const char *text, const struct config *old,
			   const struct config_gpu *gpus, size_t n_gpus, char **ret_text);

/*
 * The file's text with this value for a setting, where it stands or at the end; its comment stays.
 * To be freed; 0 or -ENOMEM.
 */
int MUST_CHECK config_edit_setting(const char *text, const char *key, const char *value,
				   char **ret_text);

/* What configures this function, in full; no serial number that another card has too. */
#define CONFIG_GPU_SIZE IDENTITY_SIZE
const char *config_gpu_format(const struct snapshot *snapshot,
			      const struct function *function,
			      char buffer[static CONFIG_GPU_SIZE]);
