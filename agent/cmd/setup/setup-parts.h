/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `setup` share. */
#pragma once

#include "cmd/check.h"
#include "cmd/setup/cmdline-change.h"
#include "cmd/setup/owner-rule.h"
#include "cmd/setup/setup.h"

/* A setting of the configuration that is an option of the same name. */
struct policy {
	const char *key, *value; /* NULL: not given */
};

struct setup {
	const struct cmd *cmd;
	const struct policy *policies;
	size_t n_policies;
	const struct strings *devices; /* of --device */
	struct check check;
	struct change change;
	struct menu_change menu_change;
	struct cmdline_change cmdline; /* what the kernel command line lacks */
	struct trial_change trial_change;
	struct owner_rule owner_rule;
	bool is_refused;
	bool has_menu_trial; /* GRUB counts the boots of this claim */
	/* What is to be done: */
	bool changes_cmdline, adds_entry, writes_config, builds;
};

/* The configuration's new text ------------------------------------------------------------- */

/* All of these return EXIT_... after a message, else 0. */

/* The old text with the settings and devices of the options, and with the cards as they were. */
int setup_keep_cards(struct setup *setup);
/* The same with the cards that the arguments name, or that are chosen on the terminal. */
int setup_choose_cards(struct setup *setup, const struct config *old);

/* The screen ------------------------------------------------------------------------------- */

/* Each display with a number and its verdict, as if it alone were configured. */
int setup_show_choice(struct check *look, const struct config *old, size_t *ret_n);
/* The configured cards with their verdicts; then what stands in the way, and the warnings. */
void setup_show_cards(const struct setup *setup);
void setup_show_plan(const struct setup *setup);
void setup_show_end(const struct setup *setup);

/* What is to be done by hand where the builder has a recipe and no command. EXIT_... */
int setup_show_recipe(const struct setup *setup);

/* The document ----------------------------------------------------------------------------- */

/* "claimable", "claimed" or "refused". */
const char *setup_verdict(const struct snapshot *snapshot, const struct target *target);
/* Why a target is refused; NULL: it is not. */
const struct finding *setup_find_reason(const struct survey *survey,
					const struct target *target);
