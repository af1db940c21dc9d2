/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/live/watch-card.h"

/* What the watch needs of the system besides its files. */
struct watch_ops {
	/*
	 * The path below /sys of the next device with an event, to be freed. 0; -EAGAIN: there is none
	 * now; -ENOBUFS: events were lost; any other errno ends the watch.
	 */
	int (*receive)(void *data, char **ret_path);
	void (*tell)(void *data, const struct event *event);
	void *data;
	int monitor_fd; /* readable when there are events */
	int stop_fd;	/* readable when the watch is to end */
	/* Events come in groups: a look waits until none has come for this time, but no longer than
	 * the second time. */
	int quiet_ms, most_ms;
};

struct watch {
	const struct root *root;
	const struct watch_ops *ops;
	struct watch_card *cards;
	size_t n_cards;
	int64_t first_ms,
		last_ms; /* when the events came that the next look is for; 0: none came */
};

/* Looks at all cards that this boot's report calls claimed. 0 or -ENOMEM. */
int MUST_CHECK watch_begin(const struct root *root, const struct watch_ops *ops,
			   struct watch *ret_watch);
/* Looks and tells until the watch is to end. 0 or negative errno. */
int MUST_CHECK watch_run(struct watch *watch);
void watch_done(struct watch *watch);
