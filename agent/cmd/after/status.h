/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/after/next-boot.h"
#include "cmd/live/vf-state.h"
#include "model/model.h"

struct report;

/* What became of a configured card, and what the next boot does. */
enum card_state {
	CARD_CLAIMED, /* every function is on a VFIO driver now */
	CARD_PENDING, /* the boot images have its line: the next boot tries to claim it */
	CARD_NOT_IN_IMAGE,
	CARD_REFUSED,
	CARD_FAILED,
	CARD_LOST,	     /* claimed, but no longer on VFIO */
	CARD_RELEASED,	     /* given to the host by `release`, as asked */
	CARD_HELD,	     /* given to no driver, the same */
	CARD_GIVEN_UP,	     /* its trial is spent */
	CARD_NOT_CONFIGURED, /* this boot claimed it, but the file no longer names it */
	CARD_CLAIMABLE,	     /* judged alone: vfio_claim.mode=check */
	CARD_OFF,	     /* not examined: vfio_claim.mode=off, or a crash kernel */
};

/* "claimed", "not in any image"; the words of every screen, of JSON and of metrics. */
const char *card_state_name(enum card_state state);

/* A card that the file names now, or that this boot has claimed. */
struct card_status {
	const char *configured; /* its line; of this boot's configuration if the file has none */
	const char *kind;	      /* "gpu", "device" */
	char *address;		      /* as configured, if no card was found */
	char id[sizeof("10de:2206")]; /* of its first function; "": not known */
	const char *result; /* the agent's word, or "lost"; NULL: this boot did not know it */
	enum card_state state;
	const char *code;      /* of the finding that explains the state; "": none */
	char *reason, *remedy; /* NULL: none */
	size_t n_functions, n_held;
};

/* The virtual functions of a `vf =` line. */
struct vf_status {
	char *configured, *address; /* address: NULL without a physical function */
	char id[sizeof("10de:2206")];
	unsigned wanted; /* so many virtual functions */
	struct vf_function *items;
	size_t n, n_taken, n_held; /* there are; wanted for VMs; on a VFIO driver of these */
};

struct status {
	const struct report *report; /* NULL: the agent left none */
	const struct config *config;
	struct card_status *cards; /* in the file's order; then those that it no longer names */
	size_t n_cards, cards_capacity;
	struct boot_images images; /* read only where this boot does not tell what the next does */
	struct vf_status *vfs;
	size_t n_vfs;
	bool is_vf_wrong;
	struct findings notes; /* about the whole machine */
	bool is_as_configured;
};

/*
 * Compares the configuration (the file's, with this boot's kernel command line), the boot images, this
 * boot's report or NULL, and the drivers now. The status refers to the first and the third. 0 or
 * negative errno.
 */
int MUST_CHECK status_read(const struct root *root, const struct config *config,
			   const struct report *report, struct status *ret_status);
void status_done(struct status *status);

/* For node_exporter's textfile collector; to be freed. NULL: no memory. */
char *status_to_metrics(const struct status *status);

/* For the local source of Node Feature Discovery; the same. */
char *status_to_nfd(const struct status *status);
