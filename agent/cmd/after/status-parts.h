/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `status` share. */
#pragma once

#include "cmd/after/status.h"
#include "model/model.h"
#include "report/report-parse.h"

struct reading {
	const struct root *root;
	const struct config *config;
	const struct report *report; /* NULL: none */
	struct snapshot snapshot;
	const struct function **found; /* one for each line */
	enum next_boot next;
	bool has_run;	     /* the agent, in this boot */
	bool is_same_config; /* the agent's and the file's */
	bool is_off;	     /* this boot was to claim nothing */
	bool are_images_open;
	struct status *status;
};

/* Decides the state of a card and explains it; `gpu`: what this boot's report has of it, or NULL. */
void status_judge(const struct reading *reading, const struct report_gpu *gpu,
		  struct card_status *card);
/* The same of a card that this boot has claimed and the file no longer names. */
void status_judge_forgotten(const struct reading *reading, struct card_status *card);

/* Reads the virtual functions; what is wrong with them becomes a note. 0 or negative errno. */
int MUST_CHECK status_read_vfs(const struct reading *reading);
void status_vfs_done(struct status *status);

/* Adds what concerns the whole machine. */
void status_add_notes(const struct reading *reading);
