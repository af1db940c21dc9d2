/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "decide/plan.h"
#include "facts/load.h"
#include "facts/snapshot.h"

/* All that is known before anything is changed: configuration, facts and plan. */
struct survey {
	struct config config;
	enum snapshot_depth depth;
	/* Finds what the host boots from when there is no image record: bootdisk_find(), or NULL.
	 * A pointer, so that the boot agent does not link it. */
	int (*find_needs)(const struct root *root, struct host_needs *ret_needs);
	/* Merges the remembered cards with those present when there is no image record:
	 * known_merge(), or NULL, for the same reason. */
	int (*merge_known)(const struct known_cards *remembered,
			   const struct config *config, struct snapshot *snapshot);
	struct host_needs needs;
	bool is_known_unreadable; /* the file exists */
	char *cmdline;		  /* of the kernel; NULL: not looked yet, or unreadable */
	struct record record;
	struct modules *modules;
	struct snapshot snapshot;
	struct plan plan;
};

/* From the file and the kernel command line. Problems become findings. 0 or -ENOMEM. */
int MUST_CHECK survey_read_config(const struct root *root, struct config *ret_config);

/* From the file only, for an image that is being built. */
int MUST_CHECK survey_read_config_file(const struct root *root, struct config *ret_config);

/* survey_look() takes a fresh snapshot and needs survey->config; survey_decide() makes the plan. */
int MUST_CHECK survey_look(const struct root *root, struct survey *survey);
int MUST_CHECK survey_decide(struct survey *survey);

/* Valid as long as the survey. */
struct load_sources survey_sources(const struct root *root, const struct survey *survey);

void survey_done(struct survey *survey);
