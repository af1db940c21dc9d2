/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "survey.h"

#define OWNER_RULE_FOLDER "/etc/udev/rules.d"
#define OWNER_RULE_NAME "72-vfio-claim-owner.rules"
#define OWNER_RULE_PATH OWNER_RULE_FOLDER "/" OWNER_RULE_NAME

/* The rule of udev that gives VFIO's device nodes to the owners that the configuration names. */
struct owner_rule {
	char *text;  /* NULL: no owner is configured, and there shall be no rule */
	bool is_new; /* the file says something else */
};

/*
 * Makes the rule for the cards that the survey has found. EXIT_... after a message that names the line if
 * a user or group does not exist. `config` is the text that the survey's configuration is from.
 */
int owner_rule_find(const struct root *root, const struct survey *survey,
		    const char *config, struct owner_rule *rule);
bool owner_rule_is_configured(const struct config *config);
/* Prints what owner_rule_apply() would do. */
void owner_rule_show(const struct owner_rule *rule);
/* EXIT_... after a message. */
int owner_rule_apply(const struct root *root, const struct owner_rule *rule);
void owner_rule_done(struct owner_rule *rule);
