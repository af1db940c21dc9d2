/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host/builder.h"

enum refusal_kind {
	REFUSAL_OF_ALL,	  /* the builder ends well and builds nothing */
	REFUSAL_OF_CLAIM, /* it builds images that do not claim */
	REFUSAL_MAYBE,	  /* of some image, or of a later one */
};

/* What a builder was told not to do. */
struct builder_refusal {
	enum refusal_kind kind;
	char *where; /* "/etc/dracut.conf.d/x.conf:3" */
	char *text;  /* for the user: what is written there, and what follows */
	const char *remedy;
};

struct builder_refusals {
	struct builder_refusal *items;
	size_t n, capacity;
};

/* Reads the builder's own configuration, as far as it can be read without a shell. 0 or -ENOMEM. */
int MUST_CHECK builder_read_refusals(const struct root *root, const struct builder *builder,
				     struct builder_refusals *ret_refusals);
void builder_refusals_done(struct builder_refusals *refusals);
