/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/parameter.h"

/* What a kernel command line does to an Intel IOMMU. */
enum intel_state { INTEL_UNSET, INTEL_ON, INTEL_OFF };

struct intel_words {
	enum intel_state state;
	struct parameter decides; /* INTEL_OFF */
	bool has_mistake;	  /* a word that was meant to switch it on */
	struct parameter mistake;
};

/* NULL: nothing is known, and no word is there. */
struct intel_words line_read_intel(const char *line);

/* What the next boot's kernel command line is to do. */
struct line_wish {
	bool is_intel, is_amd; /* the IOMMU that nothing may switch off */
	bool adds_parameter;   /* INTEL_IOMMU_ON must be in effect */
	bool wants_own_display; /* an Intel IOMMU must serve the processor's own display too */
};

/* Will a kernel with this command line do so? */
bool line_does(const char *line, const struct line_wish *wish);

/* One change of a line: `from` becomes `to`. NULL: a word is added, or goes. */
struct line_swap {
	char *from, *to;
};

struct line_swaps {
	struct line_swap *items;
	size_t n, capacity;
};

/* Does nothing if the list has it. 0 or -ENOMEM. */
int MUST_CHECK line_swaps_add(struct line_swaps *swaps, struct span from, struct span to);
void line_swaps_done(struct line_swaps *swaps);

/*
 * Adds a swap for each word that stands in the way of the wish: those that switch the IOMMU off, and
 * those that were meant to switch it on and do not. 0 or -ENOMEM.
 */
int MUST_CHECK line_find_swaps(struct span line, const struct line_wish *wish,
			       struct line_swaps *swaps);

/*
 * The line with these changes, to be freed; all other bytes stay. Words are added before "--", and
 * `adds` says whether they are at all. NULL in *ret_line: no change is needed. `is_backward` undoes
 * them. 0 or -ENOMEM.
 */
int MUST_CHECK line_swap(struct span line, const struct line_swaps *swaps, bool adds,
			 bool is_backward, char **ret_line);
