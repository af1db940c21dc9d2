/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"
#include "model/model.h"

struct check;
struct pci_names;

/* What the screen of `check` shows. */
struct screen {
	struct check *check;
	const struct page *page;
	const struct snapshot *snapshot;
	const struct plan *plan;
	struct pci_names *names; /* NULL: there are none */
};

/* The first card that a finding is about, so that it is printed once. NULL: none. */
const struct target *check_target_of(const struct screen *screen,
				     const struct finding *finding);
/* Each card has such a finding, and its cause and remedy are the machine's. */
bool check_is_of_machine(const struct finding *finding);

/* Why the card is refused, in a few words. */
#define REASON_SIZE 512
const char *check_find_reason(const struct screen *screen, const struct target *target,
			      char buffer[static REASON_SIZE]);

/* Calls back for each function that blocks one of the target's groups; returns how many there are. */
typedef void check_blocker(const struct screen *screen, const struct function *function,
			   size_t n, void *data);
size_t check_for_each_blocker(const struct screen *screen, const struct target *target,
			      check_blocker *callback, void *data);

/* The findings about sharing; none unless each is about one function that blocks a group. */
struct sharing {
	const struct finding *items[FINDINGS_MAX];
	size_t n;
};

void check_find_sharing(const struct screen *screen, const struct target *target,
			struct sharing *ret_sharing);
bool check_is_shared_by(const struct sharing *sharing, const struct finding *finding);
