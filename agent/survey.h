/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/plan.h"
#include "facts/modules.h"
#include "facts/record.h"
#include "facts/snapshot.h"

/* What the configuration asks, what is so, and what follows: all that comes before acting. */
struct survey {
	struct config config;
	enum snapshot_depth depth;
	/* How to find what the host boots from where no record tells: bootdisk_find(), or NULL.
	 * A pointer, so that the boot agent need not carry it. */
	int (*find_needs)(const struct root *root, struct host_needs *ret_needs);
	/* How to bring what is remembered of cards together with what is here where there is no
	 * record: known_merge(), or NULL for the same reason. */
	int (*merge_known)(const struct known_cards *remembered,
			   const struct config *config, struct snapshot *snapshot);
	struct host_needs needs;
	bool is_known_unreadable; /* the file is there; what it says is not known */
	struct record record;
	struct modules *modules;
	struct snapshot snapshot;
	struct plan plan;
};

/* File and kernel parameters. Problems of theirs are findings; 0, or -ENOMEM. */
int MUST_CHECK survey_read_config(const struct root *root, struct config *ret_config);

/* The same from the file alone, for an image that is being built. */
int MUST_CHECK survey_read_config_file(const struct root *root, struct config *ret_config);

/* With survey->config read: the snapshot, anew each time. Then: the plan. */
int MUST_CHECK survey_look(const struct root *root, struct survey *survey);
int MUST_CHECK survey_decide(struct survey *survey);

void survey_done(struct survey *survey);
