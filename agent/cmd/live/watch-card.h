/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/root.h"
#include "cmd/live/watch-step.h"

struct report;
struct report_gpu;
struct report_events;

/* A card that this boot's report calls claimed. */
struct watch_card {
	struct bdf address; /* of its first function */
	struct bdf *functions;
	size_t n_functions;
	bool is_due; /* an event concerns it */
	struct watch_state state;
};

/* 0, -ENOMEM, or -EINVAL: the report names no function of the card. */
int MUST_CHECK watch_card_read(const struct report_gpu *gpu, struct watch_card *ret_card);
void watch_card_done(struct watch_card *card);

/* May the event of the device at this path below /sys change what a look at the card finds? */
bool watch_card_concerns(const struct root *root, const struct watch_card *card,
			 const char *path);

/* Looks at the functions and their groups. `report` NULL: it cannot be read. */
void watch_card_look(const struct root *root, const struct watch_card *card,
		     const struct report *report, const struct report_events *events,
		     struct watch_look *ret_look);

/* A function has come back, and `arrive`, which takes a moment, has not told what became of it. */
bool watch_card_is_arriving(const struct root *root, const struct watch_card *card);
