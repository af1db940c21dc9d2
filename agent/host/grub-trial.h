/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trial that GRUB counts where there are no EFI variables, as its environment block holds it. */
#pragma once

#include "base/root.h"
#include "model/model.h"

/* Before 10_linux, whose entries are expanded with the variables that the generator sets. */
#define GRUB_TRIAL_GENERATOR "/usr/lib/vfio-claim/grub-trial"
#define GRUB_TRIAL_NAME "09_vfio-claim"
#define GRUB_TRIAL_PATH "/etc/grub.d/" GRUB_TRIAL_NAME
#define GRUB_TRIAL_WORDS_NAME "vfio-claim-trial.cfg"
#define GRUB_TRIAL_WORDS_PATH "/etc/default/grub.d/" GRUB_TRIAL_WORDS_NAME
/* On the kernel's line of each entry. */
#define GRUB_TRIAL_WORDS "$vfio_claim_mode $vfio_claim_trial"

/* Variables of the environment block. */
#define GRUB_TRIAL_DIGEST "vfio_claim_config"
#define GRUB_TRIAL_LIMIT "vfio_claim_limit"
#define GRUB_TRIAL_COUNT "vfio_claim_count"

struct grub_trial {
	char digest[MENU_TRIAL_DIGEST + 1]; /* of the configuration; "": no trial is kept */
	unsigned limit;			    /* 0: confirmed */
	unsigned count; /* boots that GRUB has started since the trial began */
};

/* From the text of an environment block; what is not understood counts as not there. */
void grub_trial_parse(const char *text, struct grub_trial *ret_trial);

/* The environment block: "/boot/grub/grubenv" or grub2's; NULL: none. */
const char *grub_trial_find_block(const struct root *root);
/* No trial is kept where there is no block. 0 or negative errno. */
int MUST_CHECK grub_trial_read(const struct root *root, struct grub_trial *ret_trial);
bool grub_trial_equal(const struct grub_trial *a, const struct grub_trial *b);

/* Does the menu that is there count, and do its entries carry the words? */
bool grub_trial_is_in_menu(const struct root *root, const char *config_folder);
